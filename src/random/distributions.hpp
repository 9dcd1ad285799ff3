// What samplers make of random bits, one place a distribution. `V` is an Array, or a Value of a Program.
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

#include "copse/ops/elementwise.hpp"
#include "program.hpp"

namespace copse::random {

/// Uniform in [0, 1): 23 bits are the mantissa of a number in [1, 2).
template <class V>
V unit(const V& bits) {
  const V mantissa = right_shift(bits, Array(9));
  return subtract(bitcast(bitwise_or(mantissa, Array(0x3F800000)), DType::float32), Array(1.0));
}

/// The same of bfloat16, whose mantissa is 7 of the low 8 bits. Like all arithmetic on bfloat16 it rounds
/// after each step, as JAX does.
inline Array unit_bfloat16(const Array& bits) {
  const Array mantissa = right_shift(bitwise_and(bits, Array(0xFF)), Array(1));
  return astype(astype(mantissa, DType::float32) * Array(0x1p-7), DType::bfloat16);
}

/// The dtype that samples are computed in: float32, or bfloat16 if that is asked for.
inline DType computed_in(DType dtype) { return dtype == DType::bfloat16 ? dtype : DType::float32; }
/// The distance of 1 to the next number below it, and the smallest normal number.
inline double epsilon_below_one(DType dtype) { return dtype == DType::bfloat16 ? 0x1p-8 : 0x1p-24; }
inline constexpr double smallest = 0x1p-126;  // of both

class Uniform {
 public:
  /// From 0 to 1.
  explicit Uniform(DType dtype = DType::float32) : dtype_(computed_in(dtype)) {}
  /// Unless bounds are concrete scalars, only Arrays can be sampled.
  Uniform(const Array& low, const Array& high, DType dtype = DType::float32)
      : dtype_(computed_in(dtype)), low_(astype(low, dtype_)), span_(subtract(astype(high, dtype_), low_)) {}

  /// Whether a Program can do it.
  bool simple() const { return dtype_ == DType::float32 && (whole() || (plain(low_) && plain(span_))); }

  template <class V>
  V operator()(const V& bits) const {
    if constexpr (std::is_same_v<V, Array>)
      if (dtype_ == DType::bfloat16) {
        const Array u = unit_bfloat16(bits);
        return whole() ? u : maximum(add(multiply(u, span_), low_), low_);
      }
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
  DType dtype_;
  Array low_, span_;
};

// Uniform numbers, and a function of each.
struct Transformed {
  bool simple() const { return uniform.simple(); }
  Uniform uniform;
};

struct Normal : Transformed {
  explicit Normal(DType dtype) : Transformed{{Array(epsilon_below_one(dtype) - 1.0), Array(1.0), dtype}} {}
  template <class V>
  V operator()(const V& bits) const {
    return multiply(erfinv(uniform(bits)), Array(1.41421356237309515));
  }
};

class TruncatedNormal : public Transformed {
 public:
  TruncatedNormal(double lower, double upper, DType dtype)
      : Transformed{{bound(lower, dtype), bound(upper, dtype), dtype}},
        low_(inside(lower, dtype, std::numeric_limits<double>::infinity())),
        high_(inside(upper, dtype, -std::numeric_limits<double>::infinity())) {}
  template <class V>
  V operator()(const V& bits) const {
    return minimum(maximum(multiply(erfinv(uniform(bits)), Array(root)), low_), high_);
  }

 private:
  static constexpr double root = 1.41421356237309515;
  static Array bound(double x, DType dtype) { return erf(astype(Array(x), computed_in(dtype)) / root); }
  // The next number towards another.
  static Array inside(double x, DType dtype, double to) {
    if (dtype != DType::bfloat16) return Array(std::nextafter(static_cast<float>(x), static_cast<float>(to)));
    bfloat16 next{static_cast<float>(x)};
    const bool outwards = std::signbit(static_cast<float>(next)) == (to < 0);
    if (static_cast<float>(next) == 0)
      next.bits = to < 0 ? 0x8001 : 0x0001;
    else
      next.bits = static_cast<std::uint16_t>(outwards ? next.bits + 1 : next.bits - 1);
    return astype(Array(static_cast<float>(next)), DType::bfloat16);
  }
  Array low_, high_;
};

struct Bernoulli {
  Array p;  // float32 or bfloat16
  bool simple() const { return p.dtype() == DType::float32 && !p.tracer() && p.ndim() == 0; }
  template <class V>
  V operator()(const V& bits) const {
    return less(Uniform(p.dtype())(bits), p);
  }
};

struct Gumbel : Transformed {
  explicit Gumbel(DType dtype) : Transformed{{Array(smallest), Array(1.0), dtype}} {}
  template <class V>
  V operator()(const V& bits) const {
    return negative(log(negative(log(uniform(bits)))));
  }
};

struct Exponential : Transformed {
  explicit Exponential(DType dtype) : Transformed{Uniform(dtype)} {}
  template <class V>
  V operator()(const V& bits) const {
    return negative(log1p(negative(uniform(bits))));
  }
};

struct Laplace : Transformed {
  explicit Laplace(DType dtype) : Transformed{{Array(epsilon_below_one(dtype) - 1.0), Array(1.0), dtype}} {}
  template <class V>
  V operator()(const V& bits) const {
    const V u = uniform(bits);
    return multiply(sign(u), log1p(negative(abs(u))));
  }
};

}  // namespace copse::random
