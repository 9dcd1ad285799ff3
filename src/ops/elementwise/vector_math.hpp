// Functions of float32 for processors with AVX-512, where instructions exist that say more than the portable
// code in scalar.hpp can: scaling by a power of two, and a first guess of a reciprocal, which with one step
// of Newton's costs half of a division. For files under isa/ only.
#pragma once

#include "scalar.hpp"

#ifdef __AVX512F__
#include <immintrin.h>

namespace copse::elementwise {
namespace {  // one copy for each file, so that copies for different processors never meet

using Floats = __m512;

COPSE_INLINE Floats all(float x) { return _mm512_set1_ps(x); }
// A nan stays one.
COPSE_INLINE Floats clamp(Floats x, float low, float high) {
  return _mm512_maskz_min_ps(0xffff, all(high), _mm512_maskz_max_ps(0xffff, all(low), x));
}
// a b + c
COPSE_INLINE Floats fma(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }

// exp of x, or of -x, which lie between -105 and 89: the same reduction and polynomial as scalar::split_exp.
template <bool negated>
COPSE_INLINE Floats exp_within(Floats x) {
  constexpr float round = 12582912.0f, log2e = 1.44269504088896341f, ln2 = 0.693359375f;
  const Floats shifted = fma(x, all(negated ? -log2e : log2e), all(round));
  const Floats n = shifted - all(round);
  const Floats near = negated ? _mm512_fnmsub_ps(n, all(ln2), x) : _mm512_fnmadd_ps(n, all(ln2), x);
  const Floats r = fma(n, all(2.12194440e-4f), near);
  Floats p = fma(all(1.9875691500e-4f), r, all(1.3981999507e-3f));
  p = fma(p, r, all(8.3334519073e-3f));
  p = fma(p, r, all(4.1665795894e-2f));
  p = fma(p, r, all(1.6666665459e-1f));
  p = fma(p, r, all(5.0000001201e-1f));
  p = fma(p * r, r, r) + all(1.0f);
  return _mm512_maskz_scalef_ps(0xffff, p, n);
}

COPSE_INLINE Floats exp(Floats x) { return exp_within<false>(clamp(x, -105.0f, 89.0f)); }

// As scalar::sigmoid. Everything is divided by 4, so that the reciprocal is no denormal.
COPSE_INLINE Floats sigmoid(Floats x) {
  const Floats d = fma(exp_within<true>(clamp(x, -88.0f, 87.0f)), all(0.25f), all(0.25f));
  const Floats guess = _mm512_maskz_rcp14_ps(0xffff, d);
  const Floats y = fma(guess, _mm512_fnmadd_ps(d, guess, all(1.0f)), guess);
  return _mm512_maskz_mul_ps(_mm512_cmp_ps_mask(x, all(-88.0f), _CMP_NLT_UQ), y, all(0.25f));
}

// As scalar::tanh.
COPSE_INLINE Floats tanh(Floats x) {
  const Floats c = clamp(x, -scalar::tanh_limit, scalar::tanh_limit);
  const Floats z = c * c;
  Floats p = fma(all(-2.76076847742355e-16f), z, all(2.00018790482477e-13f));
  p = fma(p, z, all(-8.60467152213735e-11f));
  p = fma(p, z, all(5.12229709037114e-08f));
  p = fma(p, z, all(1.48572235717979e-05f));
  p = fma(p, z, all(6.37261928875436e-04f));
  p = fma(p, z, all(4.89352455891786e-03f));
  Floats q = fma(all(1.19825839466702e-06f), z, all(1.18534705686654e-04f));
  q = fma(q, z, all(2.26843463243900e-03f));
  q = fma(q, z, all(4.89352518554385e-03f));
  const Floats guess = _mm512_maskz_rcp14_ps(0xffff, q), quotient = c * p * guess;
  const Floats y = fma(quotient, _mm512_fnmadd_ps(q, guess, all(1.0f)), quotient);
  return _mm512_mask_mov_ps(y, _mm512_cmp_ps_mask(_mm512_abs_ps(x), all(4e-4f), _CMP_LT_OQ), x);
}

// A loop over n elements with a function of vectors. The last ones are done by the same instructions, so that
// a result does not depend on the place of its element.
COPSE_INLINE void vector_loop(const float* x, float* y, std::int64_t n, auto&& f) {
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) _mm512_storeu_ps(y + i, f(_mm512_loadu_ps(x + i)));
  if (i == n) return;
  const auto rest = static_cast<__mmask16>((1u << (n - i)) - 1u);
  _mm512_mask_storeu_ps(y + i, rest, f(_mm512_maskz_loadu_ps(rest, x + i)));
}

}  // namespace
}  // namespace copse::elementwise
#endif
