// What samplers make of random bits, one place a distribution. `V` is an Array, or a Value of a Program.
#pragma once

#include <cmath>
#include <limits>

#include "copse/ops/elementwise.hpp"
#include "program.hpp"

namespace copse::random {

/// Uniform in [0, 1): 23 bits are the mantissa of a number in [1, 2).
template <class V>
V unit(const V& bits) {
  const V mantissa = right_shift(bits, Array(9));
  return subtract(bitcast(bitwise_or(mantissa, Array(0x3F800000)), DType::float32), Array(1.0));
}

class Uniform {
 public:
  Uniform() = default;
  /// float32 bounds; unless they are concrete scalars, only Arrays can be sampled.
  Uniform(const Array& low, const Array& high)
      : low_(astype(low, DType::float32)), span_(subtract(astype(high, DType::float32), low_)) {}

  /// Whether a Program can do it.
  bool simple() const { return whole() || (plain(low_) && plain(span_)); }

  template <class V>
  V operator()(const V& bits) const {
    const V u = unit(bits);
    if (whole()) return u;
    if (exact()) return maximum(add(multiply(u, span_), low_), low_);
    // Rounded once, as XLA's processors do it: that keeps the digits of what is near 0.
    return maximum(multiply_add(u, span_, low_), low_);
  }

 private:
  static bool plain(const Array& x) { return !x.tracer() && x.ndim() == 0; }
  // From 0 to 1 the arithmetic changes nothing.
  bool whole() const {
    return !low_.has_value() ||
           (plain(low_) && plain(span_) && low_.item<float>() == 0 && span_.item<float>() == 1);
  }
  // Times a power of two the product needs no rounding.
  bool exact() const {
    int exponent = 0;
    return plain(low_) && plain(span_) && std::frexp(span_.item<float>(), &exponent) == 0.5f;
  }
  Array low_, span_;
};

struct Normal {
  Uniform uniform{Array(static_cast<double>(std::nextafter(-1.0f, 0.0f))), Array(1.0)};
  bool simple() const { return true; }
  template <class V>
  V operator()(const V& bits) const {
    return multiply(erfinv(uniform(bits)), Array(1.41421356237309515));
  }
};

struct TruncatedNormal {
  TruncatedNormal(float lower, float upper)
      : uniform(erf(Array(lower) / root), erf(Array(upper) / root)),
        low(std::nextafter(lower, std::numeric_limits<float>::infinity())),
        high(std::nextafter(upper, -std::numeric_limits<float>::infinity())) {}
  bool simple() const { return uniform.simple(); }
  template <class V>
  V operator()(const V& bits) const {
    return minimum(maximum(multiply(erfinv(uniform(bits)), Array(root)), Array(low)), Array(high));
  }
  static constexpr double root = 1.41421356237309515;
  Uniform uniform;
  float low, high;
};

struct Bernoulli {
  Array p;
  bool simple() const { return !p.tracer() && p.ndim() == 0; }
  template <class V>
  V operator()(const V& bits) const {
    return less(unit(bits), p);
  }
};

struct Gumbel {
  Uniform uniform{Array(static_cast<double>(std::numeric_limits<float>::min())), Array(1.0)};
  bool simple() const { return true; }
  template <class V>
  V operator()(const V& bits) const {
    return negative(log(negative(log(uniform(bits)))));
  }
};

struct Exponential {
  bool simple() const { return true; }
  template <class V>
  V operator()(const V& bits) const {
    return negative(log1p(negative(unit(bits))));
  }
};

struct Laplace {
  Uniform uniform{Array(-1.0 + 0x1p-24), Array(1.0)};
  bool simple() const { return true; }
  template <class V>
  V operator()(const V& bits) const {
    const V u = uniform(bits);
    return multiply(sign(u), log1p(negative(abs(u))));
  }
};

}  // namespace copse::random
