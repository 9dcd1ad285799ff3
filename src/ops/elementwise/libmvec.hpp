// Elementary functions of whole vectors by libmvec, the vector part of glibc, which every program on Linux
// has: its functions are within 4 ulp, and special values are as the scalar ones'. For files under isa/ only.
#pragma once

#include "list.hpp"

#if defined(__x86_64__) && defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 35)
#define COPSE_HAS_LIBMVEC 1
#endif
#endif

#ifdef COPSE_HAS_LIBMVEC

// Their names tell instruction set and lanes.
#if defined(__AVX512F__)
#define COPSE_LIBMVEC_BYTES 64
#define COPSE_LIBMVEC_FLOAT(operands, name) _ZGVeN16##operands##_##name##f
#define COPSE_LIBMVEC_DOUBLE(operands, name) _ZGVeN8##operands##_##name
#elif defined(__AVX2__)
#define COPSE_LIBMVEC_BYTES 32
#define COPSE_LIBMVEC_FLOAT(operands, name) _ZGVdN8##operands##_##name##f
#define COPSE_LIBMVEC_DOUBLE(operands, name) _ZGVdN4##operands##_##name
#else
#define COPSE_LIBMVEC_BYTES 16
#define COPSE_LIBMVEC_FLOAT(operands, name) _ZGVbN4##operands##_##name##f
#define COPSE_LIBMVEC_DOUBLE(operands, name) _ZGVbN2##operands##_##name
#endif

namespace copse::elementwise {
namespace {  // one copy for each file, so that copies for different processors never meet

template <class T>
struct VectorOf {
  using type [[gnu::vector_size(COPSE_LIBMVEC_BYTES)]] = T;
};
template <class T>
using Vector = typename VectorOf<T>::type;
template <class T>
inline constexpr std::int64_t lanes = COPSE_LIBMVEC_BYTES / static_cast<std::int64_t>(sizeof(T));

#define COPSE_LIBMVEC_ONE(name)                                         \
  extern "C" Vector<float> COPSE_LIBMVEC_FLOAT(v, name)(Vector<float>); \
  extern "C" Vector<double> COPSE_LIBMVEC_DOUBLE(v, name)(Vector<double>);
#define COPSE_LIBMVEC_TWO(name)                                                         \
  extern "C" Vector<float> COPSE_LIBMVEC_FLOAT(vv, name)(Vector<float>, Vector<float>); \
  extern "C" Vector<double> COPSE_LIBMVEC_DOUBLE(vv, name)(Vector<double>, Vector<double>);

COPSE_LIBMVEC_ONE(acos)
COPSE_LIBMVEC_ONE(acosh)
COPSE_LIBMVEC_ONE(asin)
COPSE_LIBMVEC_ONE(asinh)
COPSE_LIBMVEC_ONE(atan)
COPSE_LIBMVEC_ONE(atanh)
COPSE_LIBMVEC_ONE(cbrt)
COPSE_LIBMVEC_ONE(cos)
COPSE_LIBMVEC_ONE(cosh)
COPSE_LIBMVEC_ONE(erf)
COPSE_LIBMVEC_ONE(erfc)
COPSE_LIBMVEC_ONE(exp)
COPSE_LIBMVEC_ONE(exp2)
COPSE_LIBMVEC_ONE(expm1)
COPSE_LIBMVEC_ONE(log)
COPSE_LIBMVEC_ONE(log10)
COPSE_LIBMVEC_ONE(log1p)
COPSE_LIBMVEC_ONE(log2)
COPSE_LIBMVEC_ONE(sin)
COPSE_LIBMVEC_ONE(sinh)
COPSE_LIBMVEC_ONE(tan)
COPSE_LIBMVEC_ONE(tanh)
COPSE_LIBMVEC_TWO(atan2)
COPSE_LIBMVEC_TWO(hypot)
COPSE_LIBMVEC_TWO(pow)

/// What computes an operation on vectors of T: `apply`, where there is something faster than what compilers
/// make of the operation's own.
template <class Op, class T>
struct VectorFunction {};

#define COPSE_LIBMVEC_FLOAT_ONE(Op, name)                                       \
  template <>                                                                   \
  struct VectorFunction<Op, float> {                                            \
    COPSE_INLINE auto apply(auto x) { return COPSE_LIBMVEC_FLOAT(v, name)(x); } \
  };
#define COPSE_LIBMVEC_DOUBLE_ONE(Op, name)                                       \
  template <>                                                                    \
  struct VectorFunction<Op, double> {                                            \
    COPSE_INLINE auto apply(auto x) { return COPSE_LIBMVEC_DOUBLE(v, name)(x); } \
  };
#define COPSE_LIBMVEC_BOTH_ONE(Op, name) \
  COPSE_LIBMVEC_FLOAT_ONE(Op, name)      \
  COPSE_LIBMVEC_DOUBLE_ONE(Op, name)
#define COPSE_LIBMVEC_BOTH_TWO(Op, name)                                                     \
  template <>                                                                                \
  struct VectorFunction<Op, float> {                                                         \
    COPSE_INLINE auto apply(auto x, auto y) { return COPSE_LIBMVEC_FLOAT(vv, name)(x, y); }  \
  };                                                                                         \
  template <>                                                                                \
  struct VectorFunction<Op, double> {                                                        \
    COPSE_INLINE auto apply(auto x, auto y) { return COPSE_LIBMVEC_DOUBLE(vv, name)(x, y); } \
  };

COPSE_LIBMVEC_BOTH_ONE(Tan, tan)
COPSE_LIBMVEC_BOTH_ONE(Asin, asin)
COPSE_LIBMVEC_BOTH_ONE(Acos, acos)
COPSE_LIBMVEC_BOTH_ONE(Atan, atan)
COPSE_LIBMVEC_BOTH_ONE(Sinh, sinh)
COPSE_LIBMVEC_BOTH_ONE(Cosh, cosh)
COPSE_LIBMVEC_BOTH_ONE(Asinh, asinh)
COPSE_LIBMVEC_BOTH_ONE(Acosh, acosh)
COPSE_LIBMVEC_BOTH_ONE(Atanh, atanh)
COPSE_LIBMVEC_BOTH_ONE(Exp2, exp2)
COPSE_LIBMVEC_BOTH_ONE(Log2, log2)
COPSE_LIBMVEC_BOTH_ONE(Log10, log10)
COPSE_LIBMVEC_BOTH_ONE(Cbrt, cbrt)
COPSE_LIBMVEC_BOTH_ONE(Erfc, erfc)
COPSE_LIBMVEC_DOUBLE_ONE(Exp, exp)
COPSE_LIBMVEC_DOUBLE_ONE(Log, log)
COPSE_LIBMVEC_DOUBLE_ONE(Log1p, log1p)
COPSE_LIBMVEC_DOUBLE_ONE(Expm1, expm1)
COPSE_LIBMVEC_DOUBLE_ONE(Sin, sin)
COPSE_LIBMVEC_DOUBLE_ONE(Cos, cos)
COPSE_LIBMVEC_DOUBLE_ONE(Tanh, tanh)
COPSE_LIBMVEC_DOUBLE_ONE(Erf, erf)
COPSE_LIBMVEC_BOTH_TWO(Atan2, atan2)
COPSE_LIBMVEC_BOTH_TWO(Hypot, hypot)
COPSE_LIBMVEC_BOTH_TWO(Power, pow)

template <>
struct VectorFunction<Sigmoid, double> {
  COPSE_INLINE auto apply(auto x) { return 1.0 / (1.0 + VectorFunction<Exp, double>::apply(-x)); }
};
template <>
struct VectorFunction<Softplus, double> {
  COPSE_INLINE auto apply(auto x) {
    const Vector<double> zero{}, size = x < zero ? -x : x;
    return (x > zero ? x : (x == x ? zero : x)) +
           VectorFunction<Log1p, double>::apply(VectorFunction<Exp, double>::apply(-size));
  }
};

// Functions of vectors, as ScalarMath has those of numbers.
#define COPSE_LIBMVEC_MATH(name)               \
  COPSE_INLINE auto name(Vector<T> x) {        \
    if constexpr (single)                      \
      return COPSE_LIBMVEC_FLOAT(v, name)(x);  \
    else                                       \
      return COPSE_LIBMVEC_DOUBLE(v, name)(x); \
  }
template <class T>
struct VectorMath {
  static constexpr bool single = std::is_same_v<T, float>;
  COPSE_LIBMVEC_MATH(log)
  COPSE_LIBMVEC_MATH(log1p)
  COPSE_LIBMVEC_MATH(sin)
  COPSE_LIBMVEC_MATH(tan)
  COPSE_INLINE auto floor(Vector<T> x) {
    for (std::int64_t i = 0; i < lanes<T>; ++i)
      x[i] = single ? static_cast<T>(__builtin_floorf(static_cast<float>(x[i])))
                    : static_cast<T>(__builtin_floor(static_cast<double>(x[i])));
    return x;
  }
};
template <class T>
struct VectorFunction<Gammaln, T> {
  COPSE_INLINE auto apply(Vector<T> x) { return elementwise::gammaln<VectorMath<T>, T>(x); }
};
template <class T>
struct VectorFunction<Digamma, T> {
  COPSE_INLINE auto apply(Vector<T> x) { return elementwise::digamma<VectorMath<T>, T>(x); }
};

template <class Op, class T, class... V>
concept Vectorised = requires(V... v) { VectorFunction<Op, T>::apply(v...); };

}  // namespace
}  // namespace copse::elementwise
#endif
