// More functions of numbers, element by element, made of those in ops/elementwise.hpp. Integers become
// float32 where the results are no integers.
#pragma once

#include "copse/core/array.hpp"

namespace copse {

/// 2 to the x.
Array exp2(const Array& x);
/// Logarithm to the base 2; nan below 0.
Array log2(const Array& x);
/// Logarithm to the base 10; nan below 0.
Array log10(const Array& x);
/// Cube root, of negative numbers too.
Array cbrt(const Array& x);
/// Length of the hypotenuse, the root of a * a + b * b, wherever it can be represented; infinite if one of
/// both is, even beside nan.
Array hypot(const Array& a, const Array& b);
/// log(exp(a) + exp(b)), finite wherever the result is.
Array logaddexp(const Array& a, const Array& b);
/// sin(pi x) / (pi x), 1 at 0.
Array sinc(const Array& x);
/// Degrees as radians.
Array deg2rad(const Array& x);
/// Radians as degrees.
Array rad2deg(const Array& x);
/// Remainder with the sign of the dividend: C's fmod and % (`mod` has the divisor's).
Array fmod(const Array& a, const Array& b);

/// What `divmod` gives.
struct DivMod {
  Array quotient, remainder;
};
/// floor_divide and mod.
DivMod divmod(const Array& a, const Array& b);

/// The larger; a number wins against nan.
Array fmax(const Array& a, const Array& b);
/// The smaller; a number wins against nan.
Array fmin(const Array& a, const Array& b);
/// 0 below 0, 1 above, `at_zero` at 0; nan for nan.
Array heaviside(const Array& x, const Array& at_zero);
/// Whether the sign is minus, also that of -0.0. That of a nan counts as plus.
Array signbit(const Array& x);
/// |a| with the sign of b.
Array copysign(const Array& a, const Array& b);
/// Whether plus infinity.
Array isposinf(const Array& x);
/// Whether minus infinity.
Array isneginf(const Array& x);

/// 1 - erf(x), with all its digits where that is tiny (Press et al., Numerical Recipes, 3rd ed., 6.2.2).
Array erfc(const Array& x);
/// Logarithm of the absolute value of the gamma function (Lanczos' approximation with reflection).
Array gammaln(const Array& x);
/// Derivative of gammaln; nan at 0, -1, -2, ...
Array digamma(const Array& x);
/// Probability that a standard normal number is below x.
Array ndtr(const Array& x);
/// log(x / (1 - x)): the inverse of sigmoid.
Array logit(const Array& x);
/// x * log(y), and 0 where x is 0 and y is not nan.
Array xlogy(const Array& x, const Array& y);
/// x * log(1 + y), and 0 where x is 0 and y is not nan.
Array xlog1py(const Array& x, const Array& y);

}  // namespace copse
