// Functions on arrays, element by element, with NumPy's broadcasting and JAX's promotion.
//
// All of them take arrays or bare numbers. Shapes that do not broadcast throw ShapeError, dtypes that the
// function has no meaning for throw DTypeError. A bare number that the integer dtype of an array cannot hold
// is a ValueError, as in NumPy 2.
#pragma once

#include <optional>

#include "copse/core/array.hpp"

namespace copse {

/// -x. Integers wrap.
Array negative(const Array& x);
/// Absolute value. Its gradient at 0 is 1.
Array abs(const Array& x);
/// -1, 0 or 1; nan for nan.
Array sign(const Array& x);
/// x * x.
Array square(const Array& x);
/// e to the x.
Array exp(const Array& x);
/// Natural logarithm; nan below 0.
Array log(const Array& x);
/// log(1 + x), exact near 0.
Array log1p(const Array& x);
/// exp(x) - 1, exact near 0.
Array expm1(const Array& x);
/// Square root; nan below 0.
Array sqrt(const Array& x);
/// 1 / sqrt(x).
Array rsqrt(const Array& x);
/// 1 / x.
Array reciprocal(const Array& x);
/// Sine of radians.
Array sin(const Array& x);
/// Cosine of radians.
Array cos(const Array& x);
/// Tangent of radians.
Array tan(const Array& x);
/// Inverse sine.
Array arcsin(const Array& x);
/// Inverse cosine.
Array arccos(const Array& x);
/// Inverse tangent.
Array arctan(const Array& x);
/// Hyperbolic sine.
Array sinh(const Array& x);
/// Hyperbolic cosine.
Array cosh(const Array& x);
/// Inverse hyperbolic sine.
Array arcsinh(const Array& x);
/// Inverse hyperbolic cosine.
Array arccosh(const Array& x);
/// Inverse hyperbolic tangent.
Array arctanh(const Array& x);
/// Hyperbolic tangent.
Array tanh(const Array& x);
/// 1 / (1 + exp(-x)).
Array sigmoid(const Array& x);
/// log(1 + exp(x)), finite for every finite x.
Array softplus(const Array& x);
/// The error function.
Array erf(const Array& x);
/// Inverse of the error function on (-1, 1).
Array erfinv(const Array& x);
/// max(x, 0). Its gradient at 0 is 0.
Array relu(const Array& x);
/// Largest integer not above x.
Array floor(const Array& x);
/// Smallest integer not below x.
Array ceil(const Array& x);
/// Nearest integer, halves to even.
Array round(const Array& x);
/// Towards zero.
Array trunc(const Array& x);
/// Whether nan, as bool.
Array isnan(const Array& x);
/// Whether neither nan nor infinite, as bool.
Array isfinite(const Array& x);
/// Whether infinite, as bool.
Array isinf(const Array& x);
/// Whether zero, as bool.
Array logical_not(const Array& x);
/// All bits flipped; integers and bool only.
Array bitwise_not(const Array& x);

/// a + b. For bool: or.
Array add(const Array& a, const Array& b);
/// a - b.
Array subtract(const Array& a, const Array& b);
/// a * b. For bool: and.
Array multiply(const Array& a, const Array& b);
/// a / b; integers give float32.
Array divide(const Array& a, const Array& b);
/// a / b rounded to minus infinity.
Array floor_divide(const Array& a, const Array& b);
/// Remainder with the sign of the divisor.
Array mod(const Array& a, const Array& b);
/// a to the b. A bare integer exponent is done by multiplications. Of integers the exponent's low six bits
/// count, as in JAX: the product wraps long before.
Array power(const Array& a, const Array& b);
/// Angle of the point (b, a).
Array arctan2(const Array& a, const Array& b);
/// The larger; a nan wins. Equal operands share the gradient.
Array maximum(const Array& a, const Array& b);
/// The smaller; a nan wins. Equal operands share the gradient.
Array minimum(const Array& a, const Array& b);
/// a == b, as bool.
Array equal(const Array& a, const Array& b);
/// a != b, as bool.
Array not_equal(const Array& a, const Array& b);
/// a < b, as bool.
Array less(const Array& a, const Array& b);
/// a <= b, as bool.
Array less_equal(const Array& a, const Array& b);
/// a > b, as bool.
Array greater(const Array& a, const Array& b);
/// a >= b, as bool.
Array greater_equal(const Array& a, const Array& b);
/// Whether both are not zero.
Array logical_and(const Array& a, const Array& b);
/// Whether one is not zero.
Array logical_or(const Array& a, const Array& b);
/// Whether just one is not zero.
Array logical_xor(const Array& a, const Array& b);
/// Bits set in both; integers and bool only.
Array bitwise_and(const Array& a, const Array& b);
/// Bits set in one; integers and bool only.
Array bitwise_or(const Array& a, const Array& b);
/// Bits that differ; integers and bool only.
Array bitwise_xor(const Array& a, const Array& b);
/// a shifted left by b bits; integers only.
Array left_shift(const Array& a, const Array& b);
/// a shifted right by b bits, keeping the sign; integers only.
Array right_shift(const Array& a, const Array& b);

/// `x` where the condition holds, `y` elsewhere; all three broadcast.
Array where(const Array& condition, const Array& x, const Array& y);
/// Values held between two bounds; std::nullopt, or an Array without a value, leaves a side open. At a bound
/// half the gradient passes.
Array clip(const Array& x, const std::optional<Array>& min, const std::optional<Array>& max);
/// Converts to a dtype: floats to integers truncate, anything but zero is true.
Array astype(const Array& x, DType dtype);
/// The same bits read as another dtype of the same size.
Array bitcast(const Array& x, DType dtype);
/// x * sigmoid(x).
Array silu(const Array& x);
/// log(sigmoid(x)), finite for every finite x.
Array log_sigmoid(const Array& x);
/// Gaussian error linear unit: the tanh form by default, the erf form if `approximate` is false.
Array gelu(const Array& x, bool approximate = true);
/// x above 0, alpha * (exp(x) - 1) below.
Array elu(const Array& x, double alpha = 1.0);
/// x above or at 0, negative_slope * x below.
Array leaky_relu(const Array& x, double negative_slope = 0.01);
/// nan and infinities replaced by numbers: by 0 and the dtype's largest and smallest, unless others are
/// given.
Array nan_to_num(const Array& x, double nan = 0, std::optional<double> posinf = std::nullopt,
                 std::optional<double> neginf = std::nullopt);
/// x with no gradient.
Array stop_gradient(const Array& x);

inline Array operator-(const Array& x) { return negative(x); }
inline Array operator+(const Array& a, const Array& b) { return add(a, b); }
inline Array operator-(const Array& a, const Array& b) { return subtract(a, b); }
inline Array operator*(const Array& a, const Array& b) { return multiply(a, b); }
inline Array operator/(const Array& a, const Array& b) { return divide(a, b); }
inline Array operator%(const Array& a, const Array& b) { return mod(a, b); }
inline Array operator<(const Array& a, const Array& b) { return less(a, b); }
inline Array operator<=(const Array& a, const Array& b) { return less_equal(a, b); }
inline Array operator>(const Array& a, const Array& b) { return greater(a, b); }
inline Array operator>=(const Array& a, const Array& b) { return greater_equal(a, b); }
/// Element by element, as in NumPy; use `array_equal` for one answer.
inline Array operator==(const Array& a, const Array& b) { return equal(a, b); }
inline Array operator!=(const Array& a, const Array& b) { return not_equal(a, b); }

/// Zeros of x's shape and dtype.
Array zeros_like(const Array& x);
/// Ones of x's shape and dtype.
Array ones_like(const Array& x);

}  // namespace copse
