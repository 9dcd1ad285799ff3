#include "copse/ops/elementwise.hpp"

#include <fmt/format.h>

#include <limits>

#include "apply.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/math.hpp"

namespace copse {

#define COPSE_UNARY(function, Op) \
  Array function(const Array& x) { return elementwise::unary<elementwise::Op>(x); }
#define COPSE_BINARY(function, Op) \
  Array function(const Array& a, const Array& b) { return elementwise::binary<elementwise::Op>(a, b); }
#define COPSE_BY_HAND(function, Op)
COPSE_UNARY_OPERATIONS(COPSE_UNARY)
COPSE_BINARY_OPERATIONS(COPSE_BINARY, COPSE_BY_HAND)

// x^2, x^3, ... by multiplications: exact, and what people write for polynomials.
Array power(const Array& a, const Array& b) {
  if (b.ndim() == 0 && b.weak_type() && is_integer(b.dtype()) && !b.tracer()) {
    auto n = b.item<std::int64_t>();
    const bool invert = n < 0;
    if (invert && !is_floating(a.dtype()))
      throw ValueError(fmt::format(
          "power: got {} and the exponent {}, wanted one of at least 0; convert with astype for fractions",
          name_of(a.dtype()), n));
    if (is_integer(a.dtype()))
      (void)elementwise::convert(b, a.dtype(), false, "power");  // refuses what it cannot hold
    if (!is_floating(a.dtype()) || (n >= -64 && n <= 64)) {
      n = invert ? -n : n;
      Array result, base = elementwise::bool_as_int32(a);
      if (n == 0) return ones_like(base);
      for (;; base = square(base)) {
        if (n & 1) result = result.has_value() ? result * base : base;
        if ((n >>= 1) == 0) break;
      }
      return invert ? reciprocal(result) : result;
    }
  }
  // x^0 is 1 everywhere and has no slope where an integer says so; with a floating-point 0 it is 0 * x^-1.
  if (a.tracer() && is_floating(a.dtype()) && is_integer(b.dtype()))
    return elementwise::binary<elementwise::Power>(where(equal(b, 0), stop_gradient(a), a), b);
  return elementwise::binary<elementwise::Power>(a, b);
}

Array fmod(const Array& a, const Array& b) {
  // Of bool there is a rest only where nothing divides it.
  if (promote_types(a.dtype(), b.dtype()) == DType::bool_)
    return astype(logical_and(a, logical_not(b)), DType::int32);
  return elementwise::binary<elementwise::Fmod>(a, b);
}

Array where(const Array& condition, const Array& x, const Array& y) {
  return elementwise::select(condition, x, y);
}

Array clip(const Array& x, const std::optional<Array>& min, const std::optional<Array>& max) {
  Array y = x;
  if (min && min->has_value()) y = maximum(*min, y);
  if (max && max->has_value()) y = minimum(*max, y);
  return y;
}

Array silu(const Array& x) { return x * sigmoid(x); }
Array log_sigmoid(const Array& x) { return -softplus(-x); }

Array gelu(const Array& x, bool approximate) {
  // The tails are differences of nearly equal numbers.
  if (x.dtype() == DType::bfloat16)
    return elementwise::convert(gelu(elementwise::convert(x, DType::float32), approximate), DType::bfloat16);
  if (!approximate) return 0.5 * x * (1 + erf(x * 0.7071067811865476));
  return 0.5 * x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * (x * x * x))));
}

Array elu(const Array& x, double alpha) {
  const Array positive = greater(x, 0);
  return where(positive, x, alpha * expm1(where(positive, zeros_like(x), x)));
}

Array leaky_relu(const Array& x, double negative_slope) {
  return where(greater_equal(x, 0), x, negative_slope * x);
}

Array nan_to_num(const Array& x, double nan, std::optional<double> posinf, std::optional<double> neginf) {
  if (!is_floating(x.dtype())) return x;
  const double most = x.dtype() == DType::float64    ? std::numeric_limits<double>::max()
                      : x.dtype() == DType::bfloat16 ? 3.3895313892515355e38
                                                     : std::numeric_limits<float>::max();
  const double infinity = std::numeric_limits<double>::infinity();
  const Array numbers = where(isnan(x), nan, x);
  const Array below = where(equal(numbers, infinity), posinf.value_or(most), numbers);
  return where(equal(below, -infinity), neginf.value_or(-most), below);
}

}  // namespace copse
