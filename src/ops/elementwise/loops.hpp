// Makes the loops of an instruction set's tables out of the operations' scalar functions. For files under
// isa/ only.
#pragma once

#include "libmvec.hpp"
#include "tables.hpp"
#include "vector_math.hpp"

namespace copse::elementwise {
namespace {  // one copy for each file, so that copies for different processors never meet

template <class T>
using Compute = std::conditional_t<std::is_same_v<T, bfloat16>, float, T>;

// bfloat16 by integer arithmetic on the bits, which compilers vectorise.
template <class T>
COPSE_INLINE Compute<T> load(const T& x) {
  if constexpr (std::is_same_v<T, bfloat16>)
    return std::bit_cast<float>(static_cast<std::uint32_t>(x.bits) << 16);
  else
    return x;
}
template <class T, class R>
COPSE_INLINE void store(T& out, R value) {
  if constexpr (std::is_same_v<T, bfloat16>) {
    const std::uint32_t word = std::bit_cast<std::uint32_t>(static_cast<float>(value));
    const bool is_nan = (word & 0x7fffffffu) > 0x7f800000u;
    out.bits = static_cast<std::uint16_t>(is_nan ? 0x7fc0u : (word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
  } else {
    out = static_cast<T>(value);
  }
}

template <class Op, class T>
consteval bool takes() {
  constexpr bool floating = is_float<Compute<T>>, boolean = std::is_same_v<T, bool>;
  switch (Op::rule) {
    case Rule::numeric:
      return !boolean;
    case Rule::floating:
    case Rule::predicate:
      return floating;
    case Rule::integral:
      return !floating;
    case Rule::integer:
      return !floating && !boolean;
    case Rule::logical:
      return boolean;
    default:
      return true;
  }
}
template <class Op>
inline constexpr bool to_bool =
    Op::rule == Rule::comparison || Op::rule == Rule::logical || Op::rule == Rule::predicate;
template <class Op, class T>
using Result = std::conditional_t<to_bool<Op>, bool, T>;

#ifdef COPSE_HAS_LIBMVEC
// `count` elements from i on, the rest of the lanes as the last of them; or one element in all lanes.
template <class T>
COPSE_INLINE Vector<Compute<T>> load_lanes(const T* x, std::int64_t i, std::int64_t count) {
  Vector<Compute<T>> v;
  if constexpr (std::is_same_v<T, Compute<T>>) {
    if (count == lanes<T>) {
      __builtin_memcpy(&v, x + i, sizeof v);
      return v;
    }
  }
  Compute<T> all[lanes<Compute<T>>];
  for (std::int64_t l = 0; l < lanes<Compute<T>>; ++l) all[l] = load(x[i + (l < count ? l : count - 1)]);
  __builtin_memcpy(&v, all, sizeof v);
  return v;
}
template <class T>
COPSE_INLINE void store_lanes(T* y, std::int64_t i, std::int64_t count, Vector<Compute<T>> v) {
  if constexpr (std::is_same_v<T, Compute<T>>) {
    if (count == lanes<T>) {
      __builtin_memcpy(y + i, &v, sizeof v);
      return;
    }
  }
  Compute<T> all[lanes<Compute<T>>];
  __builtin_memcpy(all, &v, sizeof v);
  for (std::int64_t l = 0; l < count; ++l) store(y[i + l], all[l]);
}
// The last elements are done by the same instructions, so that a result does not depend on the place of its
// element.
template <class T, class F>
COPSE_INLINE void each_vector(T* y, std::int64_t n, F&& f) {
  constexpr std::int64_t L = lanes<Compute<T>>;
  std::int64_t i = 0;
  for (; i + L <= n; i += L) store_lanes(y, i, L, f(i, L));
  if (i < n) store_lanes(y, i, n - i, f(i, n - i));
}
#endif

template <class Op, class T>
void unary_loop(const void* const* in, void* out, std::int64_t n) {
  const T* x = static_cast<const T*>(in[0]);
  auto* y = static_cast<Result<Op, T>*>(out);
#ifdef __AVX512F__
  if constexpr (std::is_same_v<T, float> && std::is_same_v<Op, Exp>)
    return vector_loop(x, y, n, [](const Floats& v) { return exp(v); });
  if constexpr (std::is_same_v<T, float> && std::is_same_v<Op, Tanh>)
    return vector_loop(x, y, n, [](const Floats& v) { return tanh(v); });
  if constexpr (std::is_same_v<T, float> && std::is_same_v<Op, Sigmoid>)
    return vector_loop(x, y, n, [](const Floats& v) { return sigmoid(v); });
#endif
#ifdef COPSE_HAS_LIBMVEC
  if constexpr (is_float<Compute<T>>)
    if constexpr (Vectorised<Op, Compute<T>, Vector<Compute<T>>>)
      return each_vector(y, n, [=](std::int64_t i, std::int64_t count) {
        return VectorFunction<Op, Compute<T>>::apply(load_lanes(x, i, count));
      });
#endif
  if constexpr (requires { Op::rare(0.0f); } && std::is_same_v<Compute<T>, float>) {
    // Seen before anything is written, as the result may take the operand's place.
    bool any = false;
    for (std::int64_t i = 0; i < n; ++i) any |= Op::rare(load(x[i]));
    if (any) {
      for (std::int64_t i = 0; i < n; ++i) {
        const float v = load(x[i]);
        store(y[i], Op::rare(v) ? Op::exact(v) : Op::template apply<float>(v));
      }
      return;
    }
  }
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) store(y[i], Op::template apply<Compute<T>>(load(x[i])));
}

// An operand that is read element by element, or is a single one.
template <class T, bool single>
struct Operand {
  const T* x;
  [[gnu::always_inline]] Compute<T> operator[](std::int64_t i) const { return load(x[single ? 0 : i]); }
#ifdef COPSE_HAS_LIBMVEC
  [[gnu::always_inline]] auto at(std::int64_t i, std::int64_t count) const {
    return single ? load_lanes(x, 0, 1) : load_lanes(x, i, count);
  }
#endif
};

// Pairs that apply is not good for are seen before anything of their stretch is written, as the result may
// take an operand's place.
template <class Op, class T, class A, class B>
COPSE_INLINE void loop_with_rare(A a, B b, T* y, std::int64_t n) {
  constexpr std::int64_t stretch = 256;
  for (std::int64_t begin = 0; begin < n; begin += stretch) {
    const std::int64_t end = begin + stretch < n ? begin + stretch : n;
    bool any = false;
    for (std::int64_t i = begin; i < end; ++i) any |= Op::rare(a[i], b[i]);
    if (any) {
      for (std::int64_t i = begin; i < end; ++i)
        store(y[i],
              Op::rare(a[i], b[i]) ? Op::exact(a[i], b[i]) : Op::template apply<Compute<T>>(a[i], b[i]));
    } else {
#pragma GCC ivdep
      for (std::int64_t i = begin; i < end; ++i) store(y[i], Op::template apply<Compute<T>>(a[i], b[i]));
    }
  }
}

template <class Op, class T, class A, class B>
COPSE_INLINE void two_operands(A a, B b, Result<Op, T>* y, std::int64_t n) {
#ifdef COPSE_HAS_LIBMVEC
  if constexpr (is_float<Compute<T>>)
    if constexpr (Vectorised<Op, Compute<T>, Vector<Compute<T>>, Vector<Compute<T>>>)
      return each_vector(y, n, [=](std::int64_t i, std::int64_t count) {
        return VectorFunction<Op, Compute<T>>::apply(a.at(i, count), b.at(i, count));
      });
#endif
  if constexpr (is_float<Compute<T>> && requires { Op::rare(Compute<T>{}, Compute<T>{}); })
    return loop_with_rare<Op>(a, b, y, n);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) store(y[i], Op::template apply<Compute<T>>(a[i], b[i]));
}

template <class Op, class T>
void binary_loop(const void* const* in, void* out, std::int64_t n) {
  two_operands<Op, T>(Operand<T, false>{static_cast<const T*>(in[0])},
                      Operand<T, false>{static_cast<const T*>(in[1])}, static_cast<Result<Op, T>*>(out), n);
}

// One operand is a single element.
template <class Op, class T, int scalar>
void scalar_loop(const void* const* in, void* out, std::int64_t n) {
  const T one = *static_cast<const T*>(in[scalar]);  // which the result may take the place of
  two_operands<Op, T>(Operand<T, scalar == 0>{scalar == 0 ? &one : static_cast<const T*>(in[0])},
                      Operand<T, scalar == 1>{scalar == 1 ? &one : static_cast<const T*>(in[1])},
                      static_cast<Result<Op, T>*>(out), n);
}

// Choosing moves bits, whatever they mean. Masks instead of a choice between loads: of those GCC makes
// branches, which a random condition gets wrong every other time.
template <class Op, class T>
void select_loop(const void* const* in, void* out, std::int64_t n) {
  using Word [[gnu::may_alias]] =
      std::conditional_t<sizeof(T) == 8, std::uint64_t,
                         std::conditional_t<sizeof(T) == 4, std::uint32_t,
                                            std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint8_t>>>;
  const auto* c = static_cast<const std::uint8_t*>(in[0]);
  const Word *a = static_cast<const Word*>(in[1]), *b = static_cast<const Word*>(in[2]);
  Word* y = static_cast<Word*>(out);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) {
    const Word mask = static_cast<Word>(-static_cast<std::int64_t>(c[i]));
    y[i] = static_cast<Word>(b[i] ^ ((a[i] ^ b[i]) & mask));
  }
}

// Floats outside of the integers' range go to the nearest end, nan to 0, as XLA does.
template <class From, class To>
COPSE_INLINE To convert_one(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From{0};
  } else if constexpr (is_float<From> && std::is_integral_v<To>) {
    constexpr From low = static_cast<From>(std::numeric_limits<To>::min());
    constexpr From high = static_cast<From>(std::numeric_limits<To>::max());
    if (!(x == x)) return 0;
    if (x <= low) return std::numeric_limits<To>::min();
    if (x >= high) return std::numeric_limits<To>::max();
    return static_cast<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

template <class From, class To>
void convert_loop(const void* const* in, void* out, std::int64_t n) {
  const From* x = static_cast<const From*>(in[0]);
  To* y = static_cast<To*>(out);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) store(y[i], convert_one<Compute<From>, Compute<To>>(load(x[i])));
}

template <class F>
void each_dtype(F&& f) {
  for (int d = 0; d < dtype_count; ++d)
    dispatch(static_cast<DType>(d),
             [&]<class T>() { f.template operator()<T>(static_cast<std::size_t>(d)); });
}

}  // namespace
}  // namespace copse::elementwise
