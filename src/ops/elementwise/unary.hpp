// Elementwise operations with one input.
#pragma once

#include <numbers>

#include "copse/ops/elementwise.hpp"
#include "special.hpp"
#include "traits.hpp"

namespace copse::elementwise {

struct Negative {
  static constexpr std::string_view name = "negative";
  static constexpr Rule rule = Rule::numeric;
  static constexpr Arithmetic arithmetic = Arithmetic::negative;
  static constexpr Algebra algebra{.linear = Linearity::first};
  template <class T>
  COPSE_INLINE T apply(T x) {
    if constexpr (is_float<T>)
      return -x;
    else
      return static_cast<T>(Wrap<T>{0} - static_cast<Wrap<T>>(x));
  }
  static Array vjp(int, const Vjp& v) { return -v.ct; }
};

struct Abs {
  static constexpr std::string_view name = "abs";
  static constexpr Rule rule = Rule::numeric;
  static constexpr OnBool on_bool = OnBool::keep;
  template <class T>
  COPSE_INLINE T apply(T x) {
    if constexpr (is_float<T>)
      return x < T{0} ? -x : (x == T{0} ? T{0} : x);
    else if constexpr (std::is_signed_v<T>)
      return x < T{0} ? static_cast<T>(Wrap<T>{0} - static_cast<Wrap<T>>(x)) : x;
    else
      return x;
  }
  // At zero the gradient is 1, as in JAX.
  static Array vjp(int, const Vjp& v) { return where(less(v.in[0], 0), -v.ct, v.ct); }
};

struct Sign {
  static constexpr std::string_view name = "sign";
  static constexpr Rule rule = Rule::numeric;
  template <class T>
  COPSE_INLINE T apply(T x) {
    if constexpr (std::is_unsigned_v<T>)
      return static_cast<T>(x != 0);
    else
      return x > T{0} ? T{1} : (x < T{0} ? static_cast<T>(-1) : x);
  }
  static Array vjp(int, const Vjp&) { return {}; }
};

struct Square {
  static constexpr std::string_view name = "square";
  static constexpr Rule rule = Rule::numeric;
  static constexpr OnBool on_bool = OnBool::count;
  static constexpr Arithmetic arithmetic = Arithmetic::square;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return static_cast<T>(static_cast<Wrap<T>>(x) * static_cast<Wrap<T>>(x));
  }
  static Array vjp(int, const Vjp& v) { return v.ct * (2 * v.in[0]); }
};

struct Exp {
  static constexpr std::string_view name = "exp";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return scalar::exp(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * v.out; }
};

struct Log {
  static constexpr std::string_view name = "log";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return scalar::log(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct / v.in[0]; }
};

struct Log1p {
  static constexpr std::string_view name = "log1p";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return scalar::log1p(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct / (1 + v.in[0]); }
};

struct Expm1 {
  static constexpr std::string_view name = "expm1";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return scalar::expm1(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * (v.out + 1); }
};

struct Sqrt {
  static constexpr std::string_view name = "sqrt";
  static constexpr Rule rule = Rule::floating;
  static constexpr Arithmetic arithmetic = Arithmetic::sqrt;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return static_cast<T>(std::is_same_v<T, float> ? __builtin_sqrtf(static_cast<float>(x))
                                                   : __builtin_sqrt(static_cast<double>(x)));
  }
  static Array vjp(int, const Vjp& v) { return v.ct * 0.5 / v.out; }
};

struct Rsqrt {
  static constexpr std::string_view name = "rsqrt";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return T{1} / (std::is_same_v<T, float> ? static_cast<T>(__builtin_sqrtf(static_cast<float>(x)))
                                            : static_cast<T>(__builtin_sqrt(static_cast<double>(x))));
  }
  static Array vjp(int, const Vjp& v) { return v.ct * (-0.5 * v.out / v.in[0]); }
};

struct Reciprocal {
  static constexpr std::string_view name = "reciprocal";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return T{1} / x;
  }
  static Array vjp(int, const Vjp& v) { return -v.ct * square(v.out); }
};

struct Sin {
  static constexpr std::string_view name = "sin";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return scalar::sin(x);
  }
  // The reduction to a quarter turn is good for so much.
  COPSE_INLINE bool rare(float x) { return !(__builtin_fabsf(x) <= 1e6f); }
  COPSE_INLINE float exact(float x) { return static_cast<float>(std::sin(static_cast<double>(x))); }
  static Array vjp(int, const Vjp& v) { return v.ct * cos(v.in[0]); }
};

struct Cos {
  static constexpr std::string_view name = "cos";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return scalar::cos(x);
  }
  // The reduction to a quarter turn is good for so much.
  COPSE_INLINE bool rare(float x) { return !(__builtin_fabsf(x) <= 1e6f); }
  COPSE_INLINE float exact(float x) { return static_cast<float>(std::cos(static_cast<double>(x))); }
  static Array vjp(int, const Vjp& v) { return -v.ct * sin(v.in[0]); }
};

struct Tan {
  static constexpr std::string_view name = "tan";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return std::tan(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * (1 + square(v.out)); }
};

struct Asin {
  static constexpr std::string_view name = "arcsin";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return std::asin(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * rsqrt(1 - square(v.in[0])); }
};

struct Acos {
  static constexpr std::string_view name = "arccos";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return std::acos(x);
  }
  static Array vjp(int, const Vjp& v) { return -v.ct * rsqrt(1 - square(v.in[0])); }
};

struct Atan {
  static constexpr std::string_view name = "arctan";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return std::atan(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct / (1 + square(v.in[0])); }
};

struct Sinh {
  static constexpr std::string_view name = "sinh";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return std::sinh(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * cosh(v.in[0]); }
};

struct Cosh {
  static constexpr std::string_view name = "cosh";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return std::cosh(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * sinh(v.in[0]); }
};

struct Asinh {
  static constexpr std::string_view name = "arcsinh";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return std::asinh(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * rsqrt(square(v.in[0]) + 1); }
};

struct Acosh {
  static constexpr std::string_view name = "arccosh";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return std::acosh(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * rsqrt(square(v.in[0]) - 1); }
};

struct Atanh {
  static constexpr std::string_view name = "arctanh";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return std::atanh(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct / (1 - square(v.in[0])); }
};

struct Tanh {
  static constexpr std::string_view name = "tanh";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return scalar::tanh(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * (1 - square(v.out)); }
};

struct Sigmoid {
  static constexpr std::string_view name = "sigmoid";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return scalar::sigmoid(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * (v.out * (1 - v.out)); }
};

struct Softplus {
  static constexpr std::string_view name = "softplus";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return scalar::softplus(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * sigmoid(v.in[0]); }
};

struct Exp2 {
  static constexpr std::string_view name = "exp2";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return std::exp2(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * (std::numbers::ln2 * v.out); }
};

struct Log2 {
  static constexpr std::string_view name = "log2";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return std::log2(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct / (std::numbers::ln2 * v.in[0]); }
};

struct Log10 {
  static constexpr std::string_view name = "log10";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return std::log10(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct / (std::numbers::ln10 * v.in[0]); }
};

struct Cbrt {
  static constexpr std::string_view name = "cbrt";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return std::cbrt(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * (v.out / (3 * v.in[0])); }
};

struct Relu {
  static constexpr std::string_view name = "relu";
  static constexpr Rule rule = Rule::numeric;
  static constexpr Algebra algebra{.rectifier = true};
  static constexpr OnBool on_bool = OnBool::count;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return x > T{0} ? x : (x == x ? T{0} : x);
  }
  static Array vjp(int, const Vjp& v) { return where(greater(v.out, 0), v.ct, zeros_like(v.ct)); }
};

struct Floor {
  static constexpr std::string_view name = "floor";
  static constexpr Rule rule = Rule::numeric;
  static constexpr OnBool on_bool = OnBool::keep;
  template <class T>
  COPSE_INLINE T apply(T x) {
    if constexpr (std::is_same_v<T, float>)
      return __builtin_floorf(x);
    else if constexpr (std::is_same_v<T, double>)
      return __builtin_floor(x);
    else
      return x;
  }
  static Array vjp(int, const Vjp&) { return {}; }
};

struct Ceil {
  static constexpr std::string_view name = "ceil";
  static constexpr Rule rule = Rule::numeric;
  static constexpr OnBool on_bool = OnBool::keep;
  template <class T>
  COPSE_INLINE T apply(T x) {
    if constexpr (std::is_same_v<T, float>)
      return __builtin_ceilf(x);
    else if constexpr (std::is_same_v<T, double>)
      return __builtin_ceil(x);
    else
      return x;
  }
  static Array vjp(int, const Vjp&) { return {}; }
};

struct Round {
  static constexpr std::string_view name = "round";
  static constexpr Rule rule = Rule::numeric;
  template <class T>
  COPSE_INLINE T apply(T x) {
    if constexpr (std::is_same_v<T, float>)
      return __builtin_rintf(x);
    else if constexpr (std::is_same_v<T, double>)
      return __builtin_rint(x);
    else
      return x;
  }
  static Array vjp(int, const Vjp&) { return {}; }
};

struct Trunc {
  static constexpr std::string_view name = "trunc";
  static constexpr Rule rule = Rule::numeric;
  static constexpr OnBool on_bool = OnBool::keep;
  template <class T>
  COPSE_INLINE T apply(T x) {
    if constexpr (std::is_same_v<T, float>)
      return __builtin_truncf(x);
    else if constexpr (std::is_same_v<T, double>)
      return __builtin_trunc(x);
    else
      return x;
  }
  static Array vjp(int, const Vjp&) { return {}; }
};

struct IsNan {
  static constexpr std::string_view name = "isnan";
  static constexpr Rule rule = Rule::predicate;
  template <class T>
  COPSE_INLINE bool apply(T x) {
    return x != x;
  }
};

struct IsFinite {
  static constexpr std::string_view name = "isfinite";
  static constexpr Rule rule = Rule::predicate;
  template <class T>
  COPSE_INLINE bool apply(T x) {
    return x - x == T{0};
  }
};

struct IsInf {
  static constexpr std::string_view name = "isinf";
  static constexpr Rule rule = Rule::predicate;
  template <class T>
  COPSE_INLINE bool apply(T x) {
    return x == scalar::infinity<T> || x == -scalar::infinity<T>;
  }
};

struct LogicalNot {
  static constexpr std::string_view name = "logical_not";
  static constexpr Rule rule = Rule::logical;
  template <class T>
  COPSE_INLINE bool apply(T x) {
    return !x;
  }
};

struct BitwiseNot {
  static constexpr std::string_view name = "bitwise_not";
  static constexpr Rule rule = Rule::integral;
  template <class T>
  COPSE_INLINE T apply(T x) {
    if constexpr (std::is_same_v<T, bool>)
      return !x;
    else
      return static_cast<T>(~x);
  }
};

// All of them, each with the function that calls it: tables of loops and the functions are made from this
// list.
#define COPSE_UNARY_OPERATIONS(X) \
  X(negative, Negative)           \
  X(abs, Abs)                     \
  X(sign, Sign)                   \
  X(square, Square)               \
  X(exp, Exp)                     \
  X(log, Log)                     \
  X(log1p, Log1p)                 \
  X(expm1, Expm1)                 \
  X(sqrt, Sqrt)                   \
  X(rsqrt, Rsqrt)                 \
  X(reciprocal, Reciprocal)       \
  X(sin, Sin)                     \
  X(cos, Cos)                     \
  X(tan, Tan)                     \
  X(arcsin, Asin)                 \
  X(arccos, Acos)                 \
  X(arctan, Atan)                 \
  X(sinh, Sinh)                   \
  X(cosh, Cosh)                   \
  X(arcsinh, Asinh)               \
  X(arccosh, Acosh)               \
  X(arctanh, Atanh)               \
  X(tanh, Tanh)                   \
  X(sigmoid, Sigmoid)             \
  X(softplus, Softplus)           \
  X(erf, Erf)                     \
  X(erfinv, Erfinv)               \
  X(exp2, Exp2)                   \
  X(log2, Log2)                   \
  X(log10, Log10)                 \
  X(cbrt, Cbrt)                   \
  X(erfc, Erfc)                   \
  X(gammaln, Gammaln)             \
  X(digamma, Digamma)             \
  X(relu, Relu)                   \
  X(floor, Floor)                 \
  X(ceil, Ceil)                   \
  X(round, Round)                 \
  X(trunc, Trunc)                 \
  X(isnan, IsNan)                 \
  X(isfinite, IsFinite)           \
  X(isinf, IsInf)                 \
  X(logical_not, LogicalNot)      \
  X(bitwise_not, BitwiseNot)

}  // namespace copse::elementwise
