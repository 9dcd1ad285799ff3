#include "copse/ops/math.hpp"

#include <array>
#include <limits>
#include <numbers>

#include "copse/ops/elementwise.hpp"

namespace copse {
namespace {

constexpr double pi = std::numbers::pi;

Array as_float(const Array& x) { return is_floating(x.dtype()) ? x : astype(x, DType::float32); }

// Both in a common floating dtype, and of the same shape.
struct Pair {
  Array a, b;
};
Pair floats(const Array& a, const Array& b) {
  // Times one broadcasts and promotes, and keeps the sign of zero.
  const Array x = as_float(a), y = as_float(b);
  return {x * ones_like(y), y * ones_like(x)};
}

// y with the derivatives of `model`, which has the same values but for rounding. model - model is zero, so it
// must be finite.
Array with_derivative_of(const Array& y, const Array& model) {
  return stop_gradient(y) + (model - stop_gradient(model));
}

}  // namespace

Array exp2(const Array& x) { return power(2.0, as_float(x)); }
Array log2(const Array& x) { return log(as_float(x)) / std::numbers::ln2; }
Array log10(const Array& x) { return log(as_float(x)) / std::numbers::ln10; }

Array cbrt(const Array& x) {
  // In bfloat16 the exponent would not be a third.
  const Array f = as_float(x), wide = f.dtype() == DType::bfloat16 ? astype(f, DType::float32) : f;
  const Array size = power(abs(wide), 1.0 / 3);
  return astype(where(less(wide, 0), -size, size), f.dtype());
}

Array hypot(const Array& a, const Array& b) {
  const auto [p, q] = floats(a, b);
  const Array x = abs(p), y = abs(q), infinite = logical_or(isinf(x), isinf(y));
  const Array most = maximum(x, y), least = minimum(x, y);
  // What is infinite, zero or nan needs no scaling, and would not bear it.
  const Array ordinary = logical_and(greater(most, 0), isfinite(most));
  const Array ratio = where(ordinary, least, 0) / where(ordinary, most, 1);
  const Array length = where(ordinary, most * sqrt(1 + square(ratio)), most);
  return where(infinite, std::numeric_limits<double>::infinity(), length);  // whatever the other one is
}

Array logaddexp(const Array& a, const Array& b) {
  const auto [x, y] = floats(a, b);
  const Array most = maximum(x, y), least = minimum(x, y);
  return most +
         log1p(exp(where(equal(least, most), 0, least - most)));  // infinities of one sign have no difference
}

Array sinc(const Array& x) {
  const Array f = as_float(x), zero = equal(f, 0), angle = pi * where(zero, 1, f);
  return where(zero, 1, sin(angle) / angle);
}

Array deg2rad(const Array& x) { return as_float(x) * (pi / 180); }
Array rad2deg(const Array& x) { return as_float(x) * (180 / pi); }

Array fmod(const Array& a, const Array& b) {
  const DType common = promote_types(a.dtype(), b.dtype());
  // Of bool there is a rest only where nothing divides it.
  if (common == DType::bool_) return astype(logical_and(a, logical_not(b)), DType::int32);
  if (!is_floating(common)) {
    // Not of absolute values: the least integer has none.
    const Array floored = mod(a, b);
    const Array other_sign = not_equal(less(floored, 0), less(a, 0));
    return where(logical_and(not_equal(floored, 0), other_sign), floored - b, floored);
  }
  const Array size = mod(abs(a), abs(b));
  return where(less(a, 0), -size, size);
}

DivMod divmod(const Array& a, const Array& b) { return {floor_divide(a, b), mod(a, b)}; }

namespace {

// Where one is nan the other stands in for it.
template <class F>
Array of_numbers(const Array& a, const Array& b, F f) {
  const auto usable = [](const Array& x, const Array& otherwise) {
    return is_floating(x.dtype()) ? where(isnan(x), otherwise, x) : x;
  };
  return f(usable(a, b), usable(b, a));
}

}  // namespace

Array fmax(const Array& a, const Array& b) { return of_numbers(a, b, maximum); }
Array fmin(const Array& a, const Array& b) { return of_numbers(a, b, minimum); }

Array heaviside(const Array& x, const Array& at_zero) {
  const auto [f, value] = floats(x, at_zero);
  return where(isnan(f), f, where(equal(f, 0), value, astype(greater(f, 0), f.dtype())));
}

Array signbit(const Array& x) {
  if (!is_floating(x.dtype())) return less(x, 0);
  return logical_or(less(x, 0), logical_and(equal(x, 0), less(reciprocal(x), 0)));
}

Array copysign(const Array& a, const Array& b) {
  const auto [x, y] = floats(a, b);
  const Array size = abs(x);
  return where(signbit(y), -size, size);
}

Array isposinf(const Array& x) { return logical_and(isinf(x), greater(x, 0)); }
Array isneginf(const Array& x) { return logical_and(isinf(x), less(x, 0)); }

Array erfc(const Array& x) {
  // Coefficients of a Chebyshev series in 4 / (2 + |x|) - 2 for log(erfc(|x|) (2 + |x|) / 2) + x * x.
  constexpr std::array<double, 28> c{-1.3026537197817094,
                                     6.4196979235649026e-1,
                                     1.9476473204185836e-2,
                                     -9.561514786808631e-3,
                                     -9.46595344482036e-4,
                                     3.66839497852761e-4,
                                     4.2523324806907e-5,
                                     -2.0278578112534e-5,
                                     -1.624290004647e-6,
                                     1.303655835580e-6,
                                     1.5626441722e-8,
                                     -8.5238095915e-8,
                                     6.529054439e-9,
                                     5.059343495e-9,
                                     -9.91364156e-10,
                                     -2.27365122e-10,
                                     9.6467911e-11,
                                     2.394038e-12,
                                     -6.886027e-12,
                                     8.94487e-13,
                                     3.13092e-13,
                                     -1.12708e-13,
                                     3.81e-16,
                                     7.106e-15,
                                     -1.523e-15,
                                     -9.4e-17,
                                     1.21e-16,
                                     -2.8e-17};
  const Array f = as_float(x), wide = f.dtype() == DType::bfloat16 ? astype(f, DType::float32) : f;
  // Beyond 30 it is 0 in any case, and infinity would give nan.
  const Array z = minimum(abs(wide), 30.0), t = 2 / (2 + z), u = 4 * t - 2;
  Array d = zeros_like(u), previous = d;
  for (std::size_t i = c.size() - 1; i > 0; --i) {
    const Array next = u * d - previous + c[i];
    previous = d;
    d = next;
  }
  const Array tail = t * exp(-square(z) + 0.5 * (c[0] + u * d) - previous);
  const Array y = where(isnan(wide), wide, where(less(wide, 0), 2 - tail, tail));
  return astype(with_derivative_of(y, -erf(wide)), f.dtype());
}

namespace {

// Lanczos' sum for gamma(z + 1) with g = 7, its logarithmic derivative, and log(z + g + 1/2).
struct Lanczos {
  explicit Lanczos(const Array& z) {
    constexpr std::array<double, 8> c{676.520368121885098567009190444019, -1259.13921672240287047156078755283,
                                      771.3234287776530788486528258894,   -176.61502916214059906584551354,
                                      12.507343278686904814458936853,     -0.13857109526572011689554707,
                                      9.984369578019570859563e-6,         1.50563273514931155834e-7};
    sum = 0.99999999999980993227684700473478 + zeros_like(z);
    slope = zeros_like(z);
    for (std::size_t i = 0; i < c.size(); ++i) {
      const Array below = z + static_cast<double>(i + 1);
      sum = sum + c[i] / below;
      slope = slope - c[i] / square(below);
    }
    t = z + 7.5;
    log_t = log1p(z / 7.5) + 2.0149030205422647;  // log(7.5)
  }
  Array sum, slope, t, log_t;
};

}  // namespace

Array gammaln(const Array& x) {
  const Array f = as_float(x), wide = f.dtype() == DType::bfloat16 ? astype(f, DType::float32) : f;
  const Array reflected = less(wide, 0.5), z = where(reflected, -wide, wide - 1);
  const Lanczos l(z);
  const Array y = 0.9189385332046727 + (z + 0.5 - l.t / l.log_t) * l.log_t + log(l.sum);  // log(2 pi) / 2
  // gamma(x) gamma(1 - x) = pi / sin(pi x); of the sine only the distance to the next integer counts.
  const Array size = abs(wide), part = size - floor(size);
  const Array near = where(greater(part, 0.5), 1 - part, part);
  const Array pole = logical_and(reflected, equal(near, 0));
  const Array sine = log(sin(pi * where(logical_or(pole, logical_not(reflected)), 0.5, near)));
  const double infinity = std::numeric_limits<double>::infinity();
  const Array both = where(reflected, 1.1447298858494002 - sine - y, y);  // log(pi)
  return astype(where(isinf(wide), infinity, where(pole, infinity, both)), f.dtype());
}

Array digamma(const Array& x) {
  const Array f = as_float(x), wide = f.dtype() == DType::bfloat16 ? astype(f, DType::float32) : f;
  const Array reflected = less(wide, 0.5), z = where(reflected, -wide, wide - 1);
  const Lanczos l(z);
  const Array y = l.log_t + l.slope / l.sum - 7 / l.t;
  const Array pole = logical_and(less_equal(wide, 0), equal(wide, floor(wide)));
  const Array angle =
      pi * where(logical_and(reflected, logical_not(pole)), wide + abs(floor(wide + 0.5)), 0.25);
  const Array both = where(reflected, y - pi / tan(angle), y);
  return astype(where(pole, std::numeric_limits<double>::quiet_NaN(), both), f.dtype());
}

Array ndtr(const Array& x) { return 0.5 * erfc(as_float(x) * (-1 / std::numbers::sqrt2)); }

Array logit(const Array& x) {
  const Array f = as_float(x);
  return log(f) - log1p(-f);
}

namespace {

// x times f(y), where f(y) is only asked for where it is finite or x isn't zero.
template <class F>
Array product_or_zero(const Array& a, const Array& b, double lowest, F f) {
  const auto [x, y] = floats(a, b);
  const Array usual = logical_or(logical_and(greater(y, lowest), isfinite(y)), isnan(y));
  return x * f(where(logical_and(equal(x, 0), logical_not(usual)), lowest + 1, y));
}

}  // namespace

Array xlogy(const Array& x, const Array& y) {
  return product_or_zero(x, y, 0, [](const Array& b) { return log(b); });
}
Array xlog1py(const Array& x, const Array& y) {
  return product_or_zero(x, y, -1, [](const Array& b) { return log1p(b); });
}

}  // namespace copse
