// Functions of float32 for processors with AVX-512, where instructions exist that say more than the portable
// code in scalar.hpp can: scaling by a power of two, and a first guess of a reciprocal, which with one step
// of Newton's costs half of a division. For files under isa/ only.
#pragma once

#include "scalar.hpp"

#ifdef __AVX512F__
#include <immintrin.h>

namespace copse::elementwise {
namespace {  // one copy for each file, so that copies for different processors never meet

// Several vectors side by side: of a polynomial each step waits for the one before it, and processors do not
// look far enough ahead to fill the gaps with the next vector's.
struct Floats {
  static constexpr int vectors = 4;
  static constexpr std::int64_t width = 16 * vectors;
  __m512 of[vectors];
};

COPSE_INLINE Floats each(auto&& f, const auto&... in) {
  return {f(in.of[0]...), f(in.of[1]...), f(in.of[2]...), f(in.of[3]...)};
}
COPSE_INLINE __m512 all(float x) { return _mm512_set1_ps(x); }

COPSE_INLINE Floats operator*(const Floats& a, const Floats& b) {
  return each([](__m512 x, __m512 y) { return x * y; }, a, b);
}
COPSE_INLINE Floats plus(const Floats& a, float b) {
  return each([=](__m512 x) { return x + all(b); }, a);
}
// a b + c
COPSE_INLINE Floats fma(const Floats& a, const Floats& b, const Floats& c) {
  return each([](__m512 x, __m512 y, __m512 z) { return _mm512_fmadd_ps(x, y, z); }, a, b, c);
}
COPSE_INLINE Floats fma(const Floats& a, const Floats& b, float c) {
  return each([=](__m512 x, __m512 y) { return _mm512_fmadd_ps(x, y, all(c)); }, a, b);
}
COPSE_INLINE Floats fma(const Floats& a, float b, float c) {
  return each([=](__m512 x) { return _mm512_fmadd_ps(x, all(b), all(c)); }, a);
}
COPSE_INLINE Floats fma(const Floats& a, float b, const Floats& c) {
  return each([=](__m512 x, __m512 z) { return _mm512_fmadd_ps(x, all(b), z); }, a, c);
}
// A nan stays one. (The masks are all ones: the functions without set off a false warning of GCC 12.)
COPSE_INLINE Floats clamp(const Floats& a, float low, float high) {
  const Floats raised = each([=](__m512 x) { return _mm512_maskz_max_ps(0xffff, all(low), x); }, a);
  return each([=](__m512 x) { return _mm512_maskz_min_ps(0xffff, all(high), x); }, raised);
}
// 1 / d to 14 bits, and what is left of 1 then.
COPSE_INLINE Floats reciprocal_guess(const Floats& d) {
  return each([](__m512 x) { return _mm512_maskz_rcp14_ps(0xffff, x); }, d);
}
COPSE_INLINE Floats reciprocal_error(const Floats& d, const Floats& guess) {
  return each([](__m512 x, __m512 y) { return _mm512_fnmadd_ps(x, y, all(1.0f)); }, d, guess);
}

// exp of x, or of -x, which lie between -105 and 89: the same reduction and polynomial as scalar::split_exp.
template <bool negated>
COPSE_INLINE Floats exp_within(const Floats& x) {
  constexpr float round = 12582912.0f, log2e = 1.44269504088896341f, ln2 = 0.693359375f;
  const Floats n = plus(fma(x, negated ? -log2e : log2e, round), -round);
  const Floats near = each(
      [](__m512 k, __m512 v) {
        return negated ? _mm512_fnmsub_ps(k, all(ln2), v) : _mm512_fnmadd_ps(k, all(ln2), v);
      },
      n, x);
  const Floats r = fma(n, 2.12194440e-4f, near);
  Floats p = fma(r, 1.9875691500e-4f, 1.3981999507e-3f);
  p = fma(p, r, 8.3334519073e-3f);
  p = fma(p, r, 4.1665795894e-2f);
  p = fma(p, r, 1.6666665459e-1f);
  p = fma(p, r, 5.0000001201e-1f);
  p = plus(fma(p * r, r, r), 1.0f);
  return each([](__m512 y, __m512 k) { return _mm512_maskz_scalef_ps(0xffff, y, k); }, p, n);
}

COPSE_INLINE Floats exp(const Floats& x) { return exp_within<false>(clamp(x, -105.0f, 89.0f)); }

// As scalar::sigmoid. Everything is divided by 4, so that the reciprocal is no denormal.
COPSE_INLINE Floats sigmoid(const Floats& x) {
  const Floats d = fma(exp_within<true>(clamp(x, -88.0f, 87.0f)), 0.25f, 0.25f);
  const Floats guess = reciprocal_guess(d), y = fma(guess, reciprocal_error(d, guess), guess);
  return each(
      [](__m512 v, __m512 quarter) {
        return _mm512_maskz_mul_ps(_mm512_cmp_ps_mask(v, all(-88.0f), _CMP_NLT_UQ), quarter, all(0.25f));
      },
      x, y);
}

// As scalar::tanh.
COPSE_INLINE Floats tanh(const Floats& x) {
  const Floats c = clamp(x, -scalar::tanh_limit, scalar::tanh_limit), z = c * c;
  Floats p = fma(z, -2.76076847742355e-16f, 2.00018790482477e-13f);
  Floats q = fma(z, 1.19825839466702e-06f, 1.18534705686654e-04f);
  p = fma(p, z, -8.60467152213735e-11f);
  p = fma(p, z, 5.12229709037114e-08f);
  q = fma(q, z, 2.26843463243900e-03f);
  p = fma(p, z, 1.48572235717979e-05f);
  q = fma(q, z, 4.89352518554385e-03f);
  p = fma(p, z, 6.37261928875436e-04f);
  p = fma(p, z, 4.89352455891786e-03f);
  const Floats guess = reciprocal_guess(q), quotient = c * p * guess;
  const Floats y = fma(quotient, reciprocal_error(q, guess), quotient);
  return each(
      [](__m512 v, __m512 w) {
        return _mm512_mask_mov_ps(w, _mm512_cmp_ps_mask(_mm512_abs_ps(v), all(4e-4f), _CMP_LT_OQ), v);
      },
      x, y);
}

// A loop over n elements. The last ones are done by the same instructions, so that a result does not depend
// on the place of its element.
COPSE_INLINE void vector_loop(const float* x, float* y, std::int64_t n, auto&& f) {
  std::int64_t i = 0;
  for (; i + Floats::width <= n; i += Floats::width) {
    Floats in;
    for (int k = 0; k < Floats::vectors; ++k) in.of[k] = _mm512_loadu_ps(x + i + 16 * k);
    const Floats out = f(in);
    for (int k = 0; k < Floats::vectors; ++k) _mm512_storeu_ps(y + i + 16 * k, out.of[k]);
  }
  if (i == n) return;
  const std::uint64_t rest = (std::uint64_t{1} << (n - i)) - 1;
  Floats in;
  for (int k = 0; k < Floats::vectors; ++k)
    in.of[k] = _mm512_maskz_loadu_ps(static_cast<__mmask16>(rest >> 16 * k), x + i + 16 * k);
  const Floats out = f(in);
  for (int k = 0; k < Floats::vectors; ++k)
    _mm512_mask_storeu_ps(y + i + 16 * k, static_cast<__mmask16>(rest >> 16 * k), out.of[k]);
}

}  // namespace
}  // namespace copse::elementwise
#endif
