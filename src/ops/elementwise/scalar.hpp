// Scalar functions without branches, which compilers turn into vector code for whatever they are compiled
// for. Everything is forced inline, so that no copy compiled for one processor is ever linked into code for
// another.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "core/isa.hpp"

namespace copse::scalar {

template <class T>
inline constexpr T infinity = std::numeric_limits<T>::infinity();
template <class T>
inline constexpr T nan = std::numeric_limits<T>::quiet_NaN();

// exp of a float of at most a few hundreds as y 2^k, by Cody and Waite's reduction and the Cephes polynomial.
// A nan reaches the result through y; its k is of no matter.
struct Exponential {
  float y;
  std::int32_t k;
};
COPSE_INLINE Exponential split_exp(float x) {
  constexpr float round = 12582912.0f;  // 1.5 * 2^23: a sum with it has the nearest integer in its low bits
  const float shifted = x * 1.44269504088896341f + round;
  const float n = shifted - round;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const std::uint32_t k = std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(round);
  return {p * r * r + r + 1.0f, static_cast<std::int32_t>(k)};
}
// For k from -126 to 127.
COPSE_INLINE float power_of_two(std::int32_t k) {
  return std::bit_cast<float>((static_cast<std::uint32_t>(k) + 127u) << 23);
}
// The power of two is applied in two halves so that results down to the denormals come out right.
COPSE_INLINE float exp(float x) {
  const float clamped = x > 89.0f ? 89.0f : (x < -105.0f ? -105.0f : x);
  const Exponential e = split_exp(clamped);
  const std::int32_t half = e.k >> 1;
  const float low = power_of_two(half),
              high = std::bit_cast<float>(
                  (static_cast<std::uint32_t>(e.k) - static_cast<std::uint32_t>(half) + 127u) << 23);
  return x > 88.72284f ? infinity<float> : e.y * low * high;
}
COPSE_INLINE double exp(double x) { return std::exp(x); }

// log by the Cephes polynomial on the mantissa in [sqrt(1/2), sqrt 2).
COPSE_INLINE float log(float x) {
  const bool tiny = x < 1.17549435e-38f;
  const float scaled = tiny ? x * 8388608.0f : x;
  const std::int32_t bits = std::bit_cast<std::int32_t>(scaled);
  std::int32_t e = (bits >> 23) - 126 - (tiny ? 23 : 0);
  float m = std::bit_cast<float>((bits & 0x007fffff) | 0x3f000000);
  const bool small = m < 0.707106781186547524f;
  e = small ? e - 1 : e;
  m = (small ? m + m : m) - 1.0f;
  const float z = m * m;
  float p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  const float f = static_cast<float>(e);
  const float y = (p * m * z - 2.12194440e-4f * f) - 0.5f * z + m + 0.693359375f * f;
  return x > 0.0f ? (x == infinity<float> ? x : y) : (x == 0.0f ? -infinity<float> : nan<float>);
}
COPSE_INLINE double log(double x) { return std::log(x); }

// log(1 + x), made exact by adding back what the sum rounded off.
COPSE_INLINE float log1p(float x) {
  const float u = 1.0f + x;
  const float y = log(u), lost = (x - (u - 1.0f)) / u;
  return u > 0.0f && u < infinity<float> ? y + lost : y;
}
COPSE_INLINE double log1p(double x) { return std::log1p(x); }

// exp(x) - 1: a Taylor polynomial where the difference would cancel.
COPSE_INLINE float expm1(float x) {
  const float large = exp(x) - 1.0f;
  float p = 2.4801587e-5f;
  p = p * x + 1.9841270e-4f;
  p = p * x + 1.3888889e-3f;
  p = p * x + 8.3333333e-3f;
  p = p * x + 4.1666667e-2f;
  p = p * x + 1.6666667e-1f;
  p = p * x + 0.5f;
  const float near = p * x * x + x;
  return __builtin_fabsf(x) < 0.5f ? near : large;
}
COPSE_INLINE double expm1(double x) { return std::expm1(x); }

// tanh as the rational function of degree 13 / 6 that Eigen and XLA use. From the limit on it is 1, as far as
// the roundings of the sums let it: with fused multiplications and additions exactly.
#ifdef __FMA__
static constexpr float tanh_limit = 7.99881172180175781f;
#else
static constexpr float tanh_limit = 7.90531110763549805f;
#endif
COPSE_INLINE float tanh(float x) {
  const float c = x > tanh_limit ? tanh_limit : (x < -tanh_limit ? -tanh_limit : x);
  const float z = c * c;
  float p = -2.76076847742355e-16f;
  p = p * z + 2.00018790482477e-13f;
  p = p * z - 8.60467152213735e-11f;
  p = p * z + 5.12229709037114e-08f;
  p = p * z + 1.48572235717979e-05f;
  p = p * z + 6.37261928875436e-04f;
  p = p * z + 4.89352455891786e-03f;
  float q = 1.19825839466702e-06f;
  q = q * z + 1.18534705686654e-04f;
  q = q * z + 2.26843463243900e-03f;
  q = q * z + 4.89352518554385e-03f;
  return __builtin_fabsf(x) < 4e-4f ? x : c * p / q;
}
COPSE_INLINE double tanh(double x) { return std::tanh(x); }

// erf as the rational function of degree 9 / 12 that Eigen and XLA use: with fused multiplications and
// additions to the last bit theirs, on which truncated normal numbers depend. From the limit on it is 1.
COPSE_INLINE float erf(float x) {
  constexpr float limit = 3.832506856900711f;
  const float c = x > limit ? limit : (x < -limit ? -limit : x);
  const float z = c * c;
  float p = 2.2905065861350646e-4f;
  p = p * z + 3.4082910107109506e-3f;
  p = p * z + 5.0955695062380861e-2f;
  p = p * z + 1.8520832239976145e-1f;
  p = p * z + 1.128379143519084f;
  float q = -1.1791602954361697e-7f;
  q = q * z + 2.3547966471313185e-5f;
  q = q * z + 1.0179625278914885e-3f;
  q = q * z + 1.4070470171167667e-2f;
  q = q * z + 1.1098505178285362e-1f;
  q = q * z + 4.9746925110067538e-1f;
  q = q * z + 1.0f;
  const float y = c * p / q;
  return x >= limit ? 1.0f : (x <= -limit ? -1.0f : y);
}
COPSE_INLINE double erf(double x) { return std::erf(x); }

// Giles, "Approximating the erfinv function" (2010): two polynomials in w = -log(1 - x^2), as XLA has it.
COPSE_INLINE float erfinv(float x) {
  // The square is rounded before 1 is added, as XLA does: near the ends that is most of the result's error,
  // and random numbers are to be the same. The sign goes through the bits because compilers would make it a
  // fused multiply-add.
  const float minus_square = std::bit_cast<float>(std::bit_cast<std::uint32_t>(x * x) ^ 0x80000000u);
  const float w = -log1p(minus_square);
  const float a = w - 2.5f;
  float p = 2.81022636e-08f;
  p = p * a + 3.43273939e-07f;
  p = p * a - 3.5233877e-06f;
  p = p * a - 4.39150654e-06f;
  p = p * a + 0.00021858087f;
  p = p * a - 0.00125372503f;
  p = p * a - 0.00417768164f;
  p = p * a + 0.246640727f;
  p = p * a + 1.50140941f;
  const float b = __builtin_sqrtf(w) - 3.0f;
  float q = -0.000200214257f;
  q = q * b + 0.000100950558f;
  q = q * b + 0.00134934322f;
  q = q * b - 0.00367342844f;
  q = q * b + 0.00573950773f;
  q = q * b - 0.0076224613f;
  q = q * b + 0.00943887047f;
  q = q * b + 1.00167406f;
  q = q * b + 2.83297682f;
  const float y = (w < 5.0f ? p : q) * x;
  return __builtin_fabsf(x) == 1.0f ? x * infinity<float> : y;
}
// In double, Newton's steps from the float value.
COPSE_INLINE double erfinv(double x) {
  if (!(x > -1.0 && x < 1.0)) return x == 1.0 || x == -1.0 ? x * infinity<double> : nan<double>;
  double y = static_cast<double>(erfinv(static_cast<float>(x)));
  if (!std::isfinite(y)) y = std::copysign(std::sqrt(-std::log1p(-std::fabs(x))), x);
  for (int i = 0; i < 4; ++i) y -= (std::erf(y) - x) / (1.1283791670955126 * std::exp(-y * y));
  return y;
}

// Sine and cosine in double after a reduction by pi/2 in two parts: good to |x| of 1e6.
struct Reduced {
  double r;
  std::int32_t quadrant;
};
COPSE_INLINE Reduced reduce_half_pi(double x) {
  const double n = __builtin_rint(x * 0.63661977236758134308);
  return {(x - n * 1.57079632679489655800e+00) - n * 6.12323399573676603587e-17,
          static_cast<std::int32_t>(n)};
}
COPSE_INLINE double sine_polynomial(double r) {
  const double z = r * r;
  return r + r * z * (-1.6666666666666666e-1 + z * (8.3333333333e-3 + z * (-1.984126982e-4 + z * 2.7557e-6)));
}
COPSE_INLINE double cosine_polynomial(double r) {
  const double z = r * r;
  return 1.0 + z * (-0.5 + z * (4.16666666666e-2 + z * (-1.38888888e-3 + z * (2.48015e-5 - z * 2.755e-7))));
}
COPSE_INLINE float sin(float x) {
  const Reduced a = reduce_half_pi(x);
  const double s = sine_polynomial(a.r), c = cosine_polynomial(a.r);
  const double y = (a.quadrant & 1) ? c : s;
  return static_cast<float>((a.quadrant & 2) ? -y : y);
}
COPSE_INLINE float cos(float x) {
  const Reduced a = reduce_half_pi(x);
  const double s = sine_polynomial(a.r), c = cosine_polynomial(a.r);
  const double y = (a.quadrant & 1) ? s : c;
  return static_cast<float>(((a.quadrant + 1) & 2) ? -y : y);
}
COPSE_INLINE double sin(double x) { return std::sin(x); }
COPSE_INLINE double cos(double x) { return std::cos(x); }

// exp(-x) needs no more range than this: below -88 the result is a denormal, and taken for 0.
COPSE_INLINE float sigmoid(float x) {
  const float c = x > 87.0f ? 87.0f : (x < -88.0f ? -88.0f : x);
  const Exponential e = split_exp(-c);
  const float y = 1.0f / (1.0f + e.y * power_of_two(e.k));
  return x < -88.0f ? 0.0f : y;
}
COPSE_INLINE double sigmoid(double x) { return 1.0 / (1.0 + exp(-x)); }
// max(x, 0) + log1p(exp(-|x|)): finite everywhere.
template <class T>
COPSE_INLINE T softplus(T x) {
  const T magnitude = x < T{0} ? -x : x;
  return (x > T{0} ? x : (x == x ? T{0} : x)) + log1p(exp(-magnitude));
}

// The rest of a division that is rounded to zero, with a's sign, as std::fmod gives it, without its loop:
// with fused multiplications exact as long as T holds whole quotients.
#ifdef __FMA__
static constexpr bool has_quick_rest = true;
#else
static constexpr bool has_quick_rest = false;
#endif
COPSE_INLINE float magnitude(float x) { return __builtin_fabsf(x); }
COPSE_INLINE double magnitude(double x) { return __builtin_fabs(x); }
COPSE_INLINE float whole(float x) { return __builtin_truncf(x); }
COPSE_INLINE double whole(double x) { return __builtin_trunc(x); }
COPSE_INLINE float with_sign(float x, float sign) { return __builtin_copysignf(x, sign); }
COPSE_INLINE double with_sign(double x, double sign) { return __builtin_copysign(x, sign); }
COPSE_INLINE float multiply_add(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
COPSE_INLINE double multiply_add(double a, double b, double c) { return __builtin_fma(a, b, c); }
template <class T>
COPSE_INLINE bool rest_is_rare(T a, T b) {
  constexpr T limit = std::is_same_v<T, float> ? T(8388608) : T(4503599627370496);  // 2^23, 2^52
  const int large = !(magnitude(a / b) < limit), finite = magnitude(a) < infinity<T>,
            divides = b != T{0} && b == b;
  return (large & finite & divides) != 0;
}
template <class T>
COPSE_INLINE T quick_rest(T a, T b) {
  // Never too small, as an integer below the exact quotient would be below the rounded one, too.
  const T size = magnitude(b), quotient = whole(a / b), r = multiply_add(-quotient, b, a),
          left = magnitude(r);
  const T rest = with_sign((r < T{0}) != (a < T{0}) && r != T{0} ? size - left : left, a);
  return size == infinity<T> && magnitude(a) < infinity<T> ? a : rest;
}

// a / b of integers of at most 32 bits, b neither 0 nor -1, rounded to zero: by doubles, of which vectors are
// divided.
template <class T>
COPSE_INLINE T quotient(T a, T b) {
  if constexpr (sizeof(T) == 8)
    return static_cast<T>(a / b);
  else if constexpr (std::is_same_v<T, std::uint32_t>)
    return static_cast<T>(static_cast<std::int64_t>(static_cast<double>(a) / static_cast<double>(b)));
  else
    return static_cast<T>(static_cast<std::int32_t>(static_cast<double>(a) / static_cast<double>(b)));
}

}  // namespace copse::scalar
