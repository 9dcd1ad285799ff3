// Elementwise operations with two or three inputs.
#pragma once

#include "copse/ops/elementwise.hpp"
#include "traits.hpp"

namespace copse::elementwise {

struct Add {
  static constexpr std::string_view name = "add";
  static constexpr Rule rule = Rule::same;
  static constexpr Algebra algebra{// without an identity: -0 + 0 is 0
                                   .linear = Linearity::together,
                                   .commutative = true,
                                   .sum = true};
  static constexpr Arithmetic arithmetic = Arithmetic::add;
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    if constexpr (std::is_same_v<T, bool>)
      return a | b;
    else
      return static_cast<T>(static_cast<Wrap<T>>(a) + static_cast<Wrap<T>>(b));
  }
  static Array vjp(int, const Vjp& v) { return v.ct; }
};

struct Subtract {
  static constexpr std::string_view name = "subtract";
  static constexpr Rule rule = Rule::numeric;
  static constexpr Algebra algebra{.right_identity = 0, .linear = Linearity::together};
  static constexpr Arithmetic arithmetic = Arithmetic::subtract;
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    return static_cast<T>(static_cast<Wrap<T>>(a) - static_cast<Wrap<T>>(b));
  }
  static Array vjp(int i, const Vjp& v) { return i == 0 ? v.ct : -v.ct; }
};

struct Multiply {
  static constexpr std::string_view name = "multiply";
  static constexpr Rule rule = Rule::same;
  static constexpr Algebra algebra{
      .left_identity = 1, .right_identity = 1, .zero = 0, .linear = Linearity::each, .commutative = true};
  static constexpr Arithmetic arithmetic = Arithmetic::multiply;
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    if constexpr (std::is_same_v<T, bool>)
      return a & b;
    else
      return static_cast<T>(static_cast<Wrap<T>>(a) * static_cast<Wrap<T>>(b));
  }
  static Array vjp(int i, const Vjp& v) { return v.ct * v.in[static_cast<std::size_t>(1 - i)]; }
};

struct Divide {
  static constexpr std::string_view name = "divide";
  static constexpr Rule rule = Rule::floating;
  static constexpr Algebra algebra{.right_identity = 1, .linear = Linearity::first};
  static constexpr Arithmetic arithmetic = Arithmetic::divide;
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    return a / b;
  }
  static Array vjp(int i, const Vjp& v) { return i == 0 ? v.ct / v.in[1] : -v.ct * v.out / v.in[1]; }
};

// The rest of a division of floating-point numbers, from which mod, fmod and floor_divide follow: quick for
// all but huge quotients.
struct Rest {
  template <class T>
  COPSE_INLINE bool rare(T a, T b) {
    return scalar::has_quick_rest && scalar::rest_is_rare(a, b);
  }
  template <class T>
  COPSE_INLINE T quick(T a, T b) {
    if constexpr (scalar::has_quick_rest)
      return scalar::quick_rest(a, b);
    else
      return std::fmod(a, b);
  }
  // Of integers, with the sign of a; nothing is left of a division by 0.
  template <class T>
  COPSE_INLINE T integer_rest(T a, T b) {
    const bool divides = b == 0 || (std::is_signed_v<T> && b == static_cast<T>(-1));
    const T d = divides ? T{1} : b;
    return static_cast<T>(a - static_cast<T>(scalar::quotient(a, d) * d));
  }
};

struct FloorDivide : Rest {
  static constexpr std::string_view name = "floor_divide";
  static constexpr Rule rule = Rule::numeric;
  static constexpr OnBool on_bool = OnBool::count;
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    if constexpr (is_float<T>) {
      return by_rest(a, b, quick(a, b));
    } else if constexpr (std::is_signed_v<T>) {
      const T d = b == 0 || b == -1 ? T{1} : b, q = scalar::quotient(a, d);
      const T below = static_cast<T>(static_cast<Wrap<T>>(q) - Wrap<T>{1});  // not read where it wraps
      const T usual = static_cast<T>(q * d) != a && (a < 0) != (b < 0) ? below : q;
      const T by_minus_one = static_cast<T>(Wrap<T>{0} - static_cast<Wrap<T>>(a));
      const T by_zero = static_cast<T>(a == 0 ? -1 : -2);  // as JAX: -1, rounded down where there is a rest
      return b == 0 ? by_zero : b == -1 ? by_minus_one : usual;
    } else {
      const T q = scalar::quotient(a, b == 0 ? T{1} : b);
      return b == 0 ? static_cast<T>(-1) : q;
    }
  }
  template <class T>
  COPSE_INLINE T exact(T a, T b) {
    return by_rest(a, b, std::fmod(a, b));
  }
  // So that rounding of the quotient cannot pass an integer.
  template <class T>
  COPSE_INLINE T by_rest(T a, T b, T r) {
    const T q = (a - r) / b;
    const T below = r != T{0} && (r < T{0}) != (b < T{0}) ? q - T{1} : q;
    return b == T{0} ? a / b : std::rint(below);
  }
  static Array vjp(int, const Vjp&) { return {}; }
};

struct Mod : Rest {
  static constexpr std::string_view name = "mod";
  static constexpr Rule rule = Rule::numeric;
  static constexpr OnBool on_bool = OnBool::count;
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    if constexpr (is_float<T>)
      return by_rest(b, quick(a, b));
    else
      return by_rest(b, integer_rest(a, b));
  }
  template <class T>
  COPSE_INLINE T exact(T a, T b) {
    return by_rest(b, std::fmod(a, b));
  }
  template <class T>
  COPSE_INLINE T by_rest(T b, T r) {
    return r != T{0} && (r < T{0}) != (b < T{0}) ? static_cast<T>(r + b) : r;
  }
  static Array vjp(int i, const Vjp& v) { return i == 0 ? v.ct : -v.ct * floor(v.in[0] / v.in[1]); }
};

struct Fmod : Rest {
  static constexpr std::string_view name = "fmod";
  static constexpr Rule rule = Rule::numeric;
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    if constexpr (is_float<T>)
      return quick(a, b);
    else
      return integer_rest(a, b);
  }
  template <class T>
  COPSE_INLINE T exact(T a, T b) {
    return std::fmod(a, b);
  }
  static Array vjp(int i, const Vjp& v) { return i == 0 ? v.ct : -v.ct * trunc(v.in[0] / v.in[1]); }
};

struct Hypot {
  static constexpr std::string_view name = "hypot";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    return std::hypot(a, b);
  }
  // At the origin half of each, beyond all numbers none.
  static Array vjp(int i, const Vjp& v) {
    const Array usual = logical_and(greater(v.out, 0), isfinite(v.out));
    const Array slope = where(usual, v.in[static_cast<std::size_t>(i)], 0) / where(usual, v.out, 1);
    return v.ct * where(equal(v.out, 0), 0.5, slope);
  }
};

struct Power {
  static constexpr std::string_view name = "power";
  static constexpr Rule rule = Rule::numeric;
  static constexpr OnBool on_bool = OnBool::count;
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    if constexpr (is_float<T>) {
      return std::pow(a, b);
    } else {
      // By squaring, of the exponent's low six bits as in JAX: what has more overflows for all but 0 and 1.
      const Wrap<T> n = static_cast<Wrap<T>>(b);
      Wrap<T> result = a == T{0} && n != 0 ? 0 : 1, base = static_cast<Wrap<T>>(a);
      for (int bit = 0; bit < 6; ++bit) {
        if ((n >> bit) & 1) result = static_cast<Wrap<T>>(result * base);
        base = static_cast<Wrap<T>>(base * base);
      }
      return static_cast<T>(result);
    }
  }
  // As y * x^(y-1) at base 0, where the other derivative is 0.
  static Array vjp(int i, const Vjp& v) {
    const Array &x = v.in[0], &y = v.in[1];
    if (i == 0) return v.ct * (y * power(x, y - 1));
    return v.ct * (log(where(equal(x, 0), ones_like(x), x)) * v.out);
  }
};

struct Atan2 {
  static constexpr std::string_view name = "arctan2";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    return std::atan2(a, b);
  }
  static Array vjp(int i, const Vjp& v) {
    const Array norm = square(v.in[0]) + square(v.in[1]);
    return i == 0 ? v.ct * (v.in[1] / norm) : -v.ct * (v.in[0] / norm);
  }
};

struct Maximum {
  static constexpr std::string_view name = "maximum";
  static constexpr Rule rule = Rule::same;
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    // A nan on either side stays.
    if constexpr (is_float<T>)
      return a > b || a != a ? a : b;
    else
      return a > b ? a : b;
  }
  // Equal operands share the gradient.
  static Array vjp(int i, const Vjp& v) {
    const Array &mine = v.in[static_cast<std::size_t>(i)], &other = v.in[static_cast<std::size_t>(1 - i)];
    const Array one = ones_like(v.ct);
    return v.ct * where(equal(mine, other), 0.5 * one, where(greater(mine, other), one, zeros_like(v.ct)));
  }
};

struct Minimum {
  static constexpr std::string_view name = "minimum";
  static constexpr Rule rule = Rule::same;
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    // A nan on either side stays.
    if constexpr (is_float<T>)
      return a < b || a != a ? a : b;
    else
      return a < b ? a : b;
  }
  // Equal operands share the gradient.
  static Array vjp(int i, const Vjp& v) {
    const Array &mine = v.in[static_cast<std::size_t>(i)], &other = v.in[static_cast<std::size_t>(1 - i)];
    const Array one = ones_like(v.ct);
    return v.ct * where(equal(mine, other), 0.5 * one, where(less(mine, other), one, zeros_like(v.ct)));
  }
};

struct Equal {
  static constexpr std::string_view name = "equal";
  static constexpr Rule rule = Rule::comparison;
  static constexpr Algebra algebra{.commutative = true};
  template <class T>
  COPSE_INLINE bool apply(T a, T b) {
    return a == b;
  }
};

struct NotEqual {
  static constexpr std::string_view name = "not_equal";
  static constexpr Rule rule = Rule::comparison;
  static constexpr Algebra algebra{.commutative = true};
  template <class T>
  COPSE_INLINE bool apply(T a, T b) {
    return a != b;
  }
};

struct Less {
  static constexpr std::string_view name = "less";
  static constexpr Rule rule = Rule::comparison;
  template <class T>
  COPSE_INLINE bool apply(T a, T b) {
    return a < b;
  }
};

struct LessEqual {
  static constexpr std::string_view name = "less_equal";
  static constexpr Rule rule = Rule::comparison;
  template <class T>
  COPSE_INLINE bool apply(T a, T b) {
    return a <= b;
  }
};

struct Greater {
  static constexpr std::string_view name = "greater";
  static constexpr Rule rule = Rule::comparison;
  static constexpr Algebra algebra{.cheap = true};
  template <class T>
  COPSE_INLINE bool apply(T a, T b) {
    return a > b;
  }
};

struct GreaterEqual {
  static constexpr std::string_view name = "greater_equal";
  static constexpr Rule rule = Rule::comparison;
  template <class T>
  COPSE_INLINE bool apply(T a, T b) {
    return a >= b;
  }
};

struct LogicalAnd {
  static constexpr std::string_view name = "logical_and";
  static constexpr Rule rule = Rule::logical;
  static constexpr Algebra algebra{.commutative = true};
  template <class T>
  COPSE_INLINE bool apply(T a, T b) {
    return a & b;
  }
};

struct LogicalOr {
  static constexpr std::string_view name = "logical_or";
  static constexpr Rule rule = Rule::logical;
  static constexpr Algebra algebra{.commutative = true};
  template <class T>
  COPSE_INLINE bool apply(T a, T b) {
    return a | b;
  }
};

struct LogicalXor {
  static constexpr std::string_view name = "logical_xor";
  static constexpr Rule rule = Rule::logical;
  static constexpr Algebra algebra{.commutative = true};
  template <class T>
  COPSE_INLINE bool apply(T a, T b) {
    return a ^ b;
  }
};

struct BitwiseAnd {
  static constexpr std::string_view name = "bitwise_and";
  static constexpr Rule rule = Rule::integral;
  static constexpr Algebra algebra{.commutative = true};
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    return static_cast<T>(a & b);
  }
};

struct BitwiseOr {
  static constexpr std::string_view name = "bitwise_or";
  static constexpr Rule rule = Rule::integral;
  static constexpr Algebra algebra{.commutative = true};
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    return static_cast<T>(a | b);
  }
};

struct BitwiseXor {
  static constexpr std::string_view name = "bitwise_xor";
  static constexpr Rule rule = Rule::integral;
  static constexpr Algebra algebra{.commutative = true};
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    return static_cast<T>(a ^ b);
  }
};

struct ShiftLeft {
  static constexpr std::string_view name = "left_shift";
  static constexpr Rule rule = Rule::integer;
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    return static_cast<T>(static_cast<std::uint64_t>(b) < sizeof(T) * 8
                              ? static_cast<Wrap<T>>(a) << (static_cast<Wrap<T>>(b) & (sizeof(T) * 8 - 1))
                              : 0);
  }
};

struct ShiftRight {
  static constexpr std::string_view name = "right_shift";
  static constexpr Rule rule = Rule::integer;
  template <class T>
  COPSE_INLINE T apply(T a, T b) {
    const bool inside = static_cast<std::uint64_t>(b) < sizeof(T) * 8;
    const T beyond = static_cast<T>(a < T{0} ? -1 : 0);
    return inside ? static_cast<T>(a >> (static_cast<Wrap<T>>(b) & (sizeof(T) * 8 - 1))) : beyond;
  }
};

struct Select {
  static constexpr std::string_view name = "select";
  static constexpr Rule rule = Rule::select;
  static constexpr Algebra algebra{.cheap = true};
  template <class T>
  COPSE_INLINE T apply(bool condition, T a, T b) {
    return condition ? a : b;
  }
  static Array vjp(int i, const Vjp& v) {
    if (i == 0) return {};
    const Array zero = zeros_like(v.ct);
    return i == 1 ? where(v.in[0], v.ct, zero) : where(v.in[0], zero, v.ct);
  }
};

// All of them, each with the function that calls it: tables of loops and the functions are made from this
// list. The function of `Own` is written by hand.
#define COPSE_BINARY_OPERATIONS(X, Own) \
  X(add, Add)                           \
  X(subtract, Subtract)                 \
  X(multiply, Multiply)                 \
  X(divide, Divide)                     \
  X(floor_divide, FloorDivide)          \
  X(mod, Mod)                           \
  X(arctan2, Atan2)                     \
  X(hypot, Hypot)                       \
  X(maximum, Maximum)                   \
  X(minimum, Minimum)                   \
  X(equal, Equal)                       \
  X(not_equal, NotEqual)                \
  X(less, Less)                         \
  X(less_equal, LessEqual)              \
  X(greater, Greater)                   \
  X(greater_equal, GreaterEqual)        \
  X(logical_and, LogicalAnd)            \
  X(logical_or, LogicalOr)              \
  X(logical_xor, LogicalXor)            \
  X(bitwise_and, BitwiseAnd)            \
  X(bitwise_or, BitwiseOr)              \
  X(bitwise_xor, BitwiseXor)            \
  X(left_shift, ShiftLeft)              \
  X(right_shift, ShiftRight)            \
  Own(power, Power) Own(fmod, Fmod)

}  // namespace copse::elementwise
