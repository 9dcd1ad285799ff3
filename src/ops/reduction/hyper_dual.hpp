// Products in numbers x + t_1 d_1 + ... + t_m d_m with t_i t_i = 0: hyper-dual numbers, whose parts are
// derivatives.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace copse::reduction {

/// Hyper-dual numbers in memory: a coefficient for each subset of the m directions, by its bits, and behind
/// them an exponent of 2 that all have in common. So products neither overflow nor underflow on their way,
/// and a zero among the factors is never lost to an infinity.
class HyperDual {
 public:
  explicit HyperDual(int directions) : directions_(directions), size_(std::int64_t{1} << directions) {}

  int directions() const noexcept { return directions_; }
  /// How many doubles a number takes.
  std::int64_t stride() const noexcept { return size_ + 1; }

  /// a = x: a number without directions.
  void set(double* a, double x) const {
    std::fill_n(a, size_ + 1, 0.0);
    a[0] = x;
    normalize(a);
  }
  /// a = x + t_1 d_1 + ..., given as x, d_1, ...
  void set(double* a, const double* x) const {
    std::fill_n(a, size_ + 1, 0.0);
    a[0] = x[0];
    for (int l = 0; l < directions_; ++l) a[std::int64_t{1} << l] = x[l + 1];
    normalize(a);
  }
  void copy(const double* from, double* to) const { std::copy_n(from, size_ + 1, to); }

  /// a *= x + t_1 d_1 + ...; `x` is room that is changed.
  void multiply(double* a, double* x) const {
    a[size_] += scale(x, directions_ + 1);
    // From the largest subset on: each reads smaller ones, as they were.
    for (std::int64_t s = size_ - 1; s >= 0; --s) {
      double sum = a[s] * x[0];
      for (int l = 0; l < directions_; ++l)
        if (s >> l & 1) sum += a[s ^ std::int64_t{1} << l] * x[l + 1];
      a[s] = sum;
    }
    normalize(a);
  }
  /// a += c.
  void add(double* a, double c) const {
    double shift = -a[size_];
    if (shift > 0) {  // to the exponent 0, that of c
      for (std::int64_t s = 0; s < size_; ++s) a[s] = shifted(a[s], -shift);
      a[size_] = shift = 0;
    }
    a[0] += shifted(c, shift);
    normalize(a);
  }

  /// The part of all directions together.
  double last(const double* a) const { return shifted(a[size_ - 1], a[size_]); }
  /// The same of a * b.
  double last(const double* a, const double* b) const {
    double sum = 0;
    for (std::int64_t s = 0; s < size_; ++s) sum += a[s] * b[size_ - 1 - s];
    return shifted(sum, a[size_] + b[size_]);
  }

 private:
  static double shifted(double x, double exponent) {
    return std::ldexp(x, static_cast<int>(std::clamp(exponent, -1e6, 1e6)));
  }
  // Brings numbers near 1 and gives the exponent that was taken out, 0 for most.
  static double scale(double* x, std::int64_t n) {
    double most = 0;
    for (std::int64_t i = 0; i < n; ++i) most = std::max(most, std::abs(x[i]));
    if ((most < 0x1p300 && most > 0x1p-300) || most == 0 || !std::isfinite(most)) return 0;
    int exponent = 0;
    (void)std::frexp(most, &exponent);
    for (std::int64_t i = 0; i < n; ++i) x[i] = std::ldexp(x[i], -exponent);
    return exponent;
  }
  void normalize(double* a) const {
    a[size_] += scale(a, size_);
    if (a[size_] != 0 && std::all_of(a, a + size_, [](double x) { return x == 0; })) a[size_] = 0;
  }

  int directions_;
  std::int64_t size_;
};

}  // namespace copse::reduction
