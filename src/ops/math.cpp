#include "copse/ops/math.hpp"

#include <array>
#include <limits>
#include <numbers>

#include "copse/ops/elementwise.hpp"
#include "elementwise/unary.hpp"

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

}  // namespace

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

namespace elementwise {

// The derivative of `digamma` in gamma.hpp, term by term; of bfloat16, in float32.
Array trigamma(const Array& x) {
  constexpr std::array<double, 8> c{676.520368121885098567009190444019, -1259.13921672240287047156078755283,
                                    771.3234287776530788486528258894,   -176.61502916214059906584551354,
                                    12.507343278686904814458936853,     -0.13857109526572011689554707,
                                    9.984369578019570859563e-6,         1.50563273514931155834e-7};
  const Array wide = x.dtype() == DType::bfloat16 ? astype(x, DType::float32) : x;
  const Array reflected = less(wide, 0.5), z = where(reflected, -wide, wide - 1);
  Array sum = 0.99999999999980993227684700473478 + zeros_like(z), slope = zeros_like(z), bend = slope;
  for (std::size_t i = 0; i < c.size(); ++i) {
    const Array below = z + static_cast<double>(i + 1);
    sum = sum + c[i] / below;
    slope = slope - c[i] / square(below);
    bend = bend + 2 * c[i] / (below * square(below));
  }
  const Array t = z + 7.5, ratio = slope / sum, y = 1 / t + bend / sum - square(ratio) + 7 / square(t);
  const Array pole = logical_and(less_equal(wide, 0), equal(wide, floor(wide)));
  const Array angle =
      pi * where(logical_and(reflected, logical_not(pole)), wide + abs(floor(wide + 0.5)), 0.25);
  const Array both = where(reflected, square(pi / sin(angle)) - y, y);
  return astype(where(pole, std::numeric_limits<double>::quiet_NaN(), both), x.dtype());
}

}  // namespace elementwise

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
