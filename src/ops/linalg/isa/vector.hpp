// Vectors of an instruction set's natural width, with loads and stores of their first few lanes.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

namespace copse::gemm {
namespace {  // one copy for each file, so that copies for different processors never meet

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
#elif defined(__AVX2__)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif

template <class T>
struct VectorOf {
  using type [[gnu::vector_size(vector_bytes), gnu::may_alias]] = T;
};
template <class T>
using Vector = typename VectorOf<T>::type;
template <class T>
inline constexpr int lanes = vector_bytes / static_cast<int>(sizeof(T));

template <class T>
[[gnu::always_inline]] inline Vector<T> load(const T* p) {
  Vector<T> v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
template <class T>
[[gnu::always_inline]] inline void store(T* p, Vector<T> v) {
  __builtin_memcpy(p, &v, sizeof v);
}
template <class T>
[[gnu::always_inline]] inline Vector<T> splat(T x) {
  return x - Vector<T>{};  // which is x whatever its sign, so that this compiles to a broadcast
}

/// The first `count` lanes (1 to all of them) of a vector in memory.
#if defined(__AVX512F__)
template <class T>
struct Lanes {
  using Mask = std::conditional_t<sizeof(T) == 4, __mmask16, __mmask8>;
  Mask mask;
  [[gnu::always_inline]] explicit Lanes(std::int64_t count) : mask(static_cast<Mask>((1u << count) - 1u)) {}
  [[gnu::always_inline]] Vector<T> load(const T* p) const {
    if constexpr (sizeof(T) == 4)
      return (Vector<T>)_mm512_maskz_loadu_ps(mask, p);
    else
      return (Vector<T>)_mm512_maskz_loadu_pd(mask, p);
  }
  [[gnu::always_inline]] void store(T* p, Vector<T> v) const {
    if constexpr (sizeof(T) == 4)
      _mm512_mask_storeu_ps(p, mask, (__m512)v);
    else
      _mm512_mask_storeu_pd(p, mask, (__m512d)v);
  }
};
#elif defined(__AVX2__)
alignas(64) constexpr std::int32_t window[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
template <class T>
struct Lanes {
  __m256i mask;
  [[gnu::always_inline]] explicit Lanes(std::int64_t count)
      : mask(_mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(
            window + 8 - count * static_cast<std::int64_t>(sizeof(T) / 4)))) {}
  [[gnu::always_inline]] Vector<T> load(const T* p) const {
    if constexpr (sizeof(T) == 4)
      return (Vector<T>)_mm256_maskload_ps(p, mask);
    else
      return (Vector<T>)_mm256_maskload_pd(p, mask);
  }
  [[gnu::always_inline]] void store(T* p, Vector<T> v) const {
    if constexpr (sizeof(T) == 4)
      _mm256_maskstore_ps(p, mask, (__m256)v);
    else
      _mm256_maskstore_pd(p, mask, (__m256d)v);
  }
};
#else
template <class T>
struct Lanes {
  std::int64_t count;
  [[gnu::always_inline]] explicit Lanes(std::int64_t n) : count(n) {}
  [[gnu::always_inline]] Vector<T> load(const T* p) const {
    if (count == lanes<T>) return copse::gemm::load(p);
    Vector<T> v{};
    for (int i = 0; i < lanes<T>; ++i)
      if (i < count) v[i] = p[i];
    return v;
  }
  [[gnu::always_inline]] void store(T* p, Vector<T> v) const {
    if (count == lanes<T>) return copse::gemm::store(p, v);
    for (int i = 0; i < lanes<T>; ++i)
      if (i < count) p[i] = v[i];
  }
};
#endif

template <class T>
[[gnu::always_inline]] inline T add_lanes(Vector<T> v) {
  T parts[lanes<T>];
  __builtin_memcpy(parts, &v, sizeof v);
  for (int width = lanes<T> / 2; width > 0; width /= 2)
    for (int i = 0; i < width; ++i) parts[i] += parts[i + width];
  return parts[0];
}

// Interleaves blocks of `Width` lanes of two vectors: the first half of the lanes, or the second.
template <class T, int Width, bool Second, int... I>
[[gnu::always_inline]] inline Vector<T> interleave(Vector<T> a, Vector<T> b,
                                                   std::integer_sequence<int, I...>) {
  constexpr auto from = [](int i) {
    const int block = i / Width, within = i % Width;
    return (block % 2 ? lanes<T> : 0) + (block / 2 * 2 + (Second ? 1 : 0)) * Width + within;
  };
  return __builtin_shufflevector(a, b, from(I)...);
}

template <class T, int Width>
[[gnu::always_inline]] inline void transpose_step(Vector<T>* v) {
  constexpr int L = lanes<T>;
  using Indices = std::make_integer_sequence<int, L>;
#pragma GCC unroll 16
  for (int i = 0; i < L; ++i) {
    if (i & Width) continue;
    const Vector<T> a = v[i], b = v[i + Width];
    v[i] = interleave<T, Width, false>(a, b, Indices{});
    v[i + Width] = interleave<T, Width, true>(a, b, Indices{});
  }
  if constexpr (Width * 2 < L) transpose_step<T, Width * 2>(v);
}

/// A square of `lanes` vectors: rows become columns.
template <class T>
[[gnu::always_inline]] inline void transpose_square(Vector<T>* v) {
  transpose_step<T, 1>(v);
}

}  // namespace
}  // namespace copse::gemm
