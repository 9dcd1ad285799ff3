#include "copse/ops/elementwise.hpp"

#include <fmt/format.h>

#include <limits>

#include "apply.hpp"
#include "copse/core/error.hpp"

namespace copse {
namespace {

// Where arithmetic has no meaning for bool, true counts as 1.
Array counted(const Array& x) {
  return x.dtype() == DType::bool_ ? elementwise::convert(x, DType::int32, x.weak_type()) : x;
}

// Bool is what it is: neither negative nor broken.
template <class Op>
Array unless_bool(const Array& x) {
  return x.dtype() == DType::bool_ ? x : elementwise::unary<Op>(x);
}

template <class Op>
Array binary_counted(const Array& a, const Array& b) {
  return elementwise::binary<Op>(b.dtype() == DType::bool_ ? counted(a) : a, b);
}

}  // namespace

Array negative(const Array& x) { return elementwise::unary<elementwise::Negative>(x); }
Array abs(const Array& x) { return unless_bool<elementwise::Abs>(x); }
Array sign(const Array& x) { return elementwise::unary<elementwise::Sign>(x); }
Array square(const Array& x) { return elementwise::unary<elementwise::Square>(counted(x)); }
Array exp(const Array& x) { return elementwise::unary<elementwise::Exp>(x); }
Array log(const Array& x) { return elementwise::unary<elementwise::Log>(x); }
Array log1p(const Array& x) { return elementwise::unary<elementwise::Log1p>(x); }
Array expm1(const Array& x) { return elementwise::unary<elementwise::Expm1>(x); }
Array sqrt(const Array& x) { return elementwise::unary<elementwise::Sqrt>(x); }
Array rsqrt(const Array& x) { return elementwise::unary<elementwise::Rsqrt>(x); }
Array reciprocal(const Array& x) { return elementwise::unary<elementwise::Reciprocal>(x); }
Array sin(const Array& x) { return elementwise::unary<elementwise::Sin>(x); }
Array cos(const Array& x) { return elementwise::unary<elementwise::Cos>(x); }
Array tan(const Array& x) { return elementwise::unary<elementwise::Tan>(x); }
Array arcsin(const Array& x) { return elementwise::unary<elementwise::Asin>(x); }
Array arccos(const Array& x) { return elementwise::unary<elementwise::Acos>(x); }
Array arctan(const Array& x) { return elementwise::unary<elementwise::Atan>(x); }
Array sinh(const Array& x) { return elementwise::unary<elementwise::Sinh>(x); }
Array cosh(const Array& x) { return elementwise::unary<elementwise::Cosh>(x); }
Array arcsinh(const Array& x) { return elementwise::unary<elementwise::Asinh>(x); }
Array arccosh(const Array& x) { return elementwise::unary<elementwise::Acosh>(x); }
Array arctanh(const Array& x) { return elementwise::unary<elementwise::Atanh>(x); }
Array tanh(const Array& x) { return elementwise::unary<elementwise::Tanh>(x); }
Array sigmoid(const Array& x) { return elementwise::unary<elementwise::Sigmoid>(x); }
Array softplus(const Array& x) { return elementwise::unary<elementwise::Softplus>(x); }
Array erf(const Array& x) { return elementwise::unary<elementwise::Erf>(x); }
Array erfinv(const Array& x) { return elementwise::unary<elementwise::Erfinv>(x); }
Array relu(const Array& x) { return elementwise::unary<elementwise::Relu>(counted(x)); }
Array floor(const Array& x) { return unless_bool<elementwise::Floor>(x); }
Array ceil(const Array& x) { return unless_bool<elementwise::Ceil>(x); }
Array round(const Array& x) { return elementwise::unary<elementwise::Round>(x); }
Array trunc(const Array& x) { return unless_bool<elementwise::Trunc>(x); }
Array isnan(const Array& x) { return elementwise::unary<elementwise::IsNan>(x); }
Array isfinite(const Array& x) { return elementwise::unary<elementwise::IsFinite>(x); }
Array isinf(const Array& x) { return elementwise::unary<elementwise::IsInf>(x); }
Array logical_not(const Array& x) { return elementwise::unary<elementwise::LogicalNot>(x); }
Array bitwise_not(const Array& x) { return elementwise::unary<elementwise::BitwiseNot>(x); }

Array add(const Array& a, const Array& b) { return elementwise::binary<elementwise::Add>(a, b); }
Array subtract(const Array& a, const Array& b) { return elementwise::binary<elementwise::Subtract>(a, b); }
Array multiply(const Array& a, const Array& b) { return elementwise::binary<elementwise::Multiply>(a, b); }
Array divide(const Array& a, const Array& b) { return elementwise::binary<elementwise::Divide>(a, b); }
Array floor_divide(const Array& a, const Array& b) { return binary_counted<elementwise::FloorDivide>(a, b); }
Array mod(const Array& a, const Array& b) { return binary_counted<elementwise::Mod>(a, b); }
Array arctan2(const Array& a, const Array& b) { return elementwise::binary<elementwise::Atan2>(a, b); }
Array maximum(const Array& a, const Array& b) { return elementwise::binary<elementwise::Maximum>(a, b); }
Array minimum(const Array& a, const Array& b) { return elementwise::binary<elementwise::Minimum>(a, b); }
Array equal(const Array& a, const Array& b) { return elementwise::binary<elementwise::Equal>(a, b); }
Array not_equal(const Array& a, const Array& b) { return elementwise::binary<elementwise::NotEqual>(a, b); }
Array less(const Array& a, const Array& b) { return elementwise::binary<elementwise::Less>(a, b); }
Array less_equal(const Array& a, const Array& b) { return elementwise::binary<elementwise::LessEqual>(a, b); }
Array greater(const Array& a, const Array& b) { return elementwise::binary<elementwise::Greater>(a, b); }
Array greater_equal(const Array& a, const Array& b) {
  return elementwise::binary<elementwise::GreaterEqual>(a, b);
}
Array logical_and(const Array& a, const Array& b) {
  return elementwise::binary<elementwise::LogicalAnd>(a, b);
}
Array logical_or(const Array& a, const Array& b) { return elementwise::binary<elementwise::LogicalOr>(a, b); }
Array logical_xor(const Array& a, const Array& b) {
  return elementwise::binary<elementwise::LogicalXor>(a, b);
}
Array bitwise_and(const Array& a, const Array& b) {
  return elementwise::binary<elementwise::BitwiseAnd>(a, b);
}
Array bitwise_or(const Array& a, const Array& b) { return elementwise::binary<elementwise::BitwiseOr>(a, b); }
Array bitwise_xor(const Array& a, const Array& b) {
  return elementwise::binary<elementwise::BitwiseXor>(a, b);
}
Array left_shift(const Array& a, const Array& b) { return elementwise::binary<elementwise::ShiftLeft>(a, b); }
Array right_shift(const Array& a, const Array& b) {
  return elementwise::binary<elementwise::ShiftRight>(a, b);
}

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
      Array result, base = counted(a);
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
  return binary_counted<elementwise::Power>(a, b);
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
