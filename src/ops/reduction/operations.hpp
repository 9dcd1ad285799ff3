// How a reduction is described: one struct says all that is known of it.
//
//   name        what prints
//   operand     what the function makes of its operand
//   wide        whether totals of floats are double, so that adding up long rows loses nothing
//   neutral     the result over nothing
//   combine     the function on two totals, on scalars and on vectors; integers wrap
//   derivative  which rule it has
//   combination what makes the result of the results over parts; absent where nothing among `traits` does
//   OnBool      for those without an identity: the reduction that does the same for bool; absent for all
//   others
#pragma once

#include <limits>
#include <optional>

#include "../elementwise/traits.hpp"
#include "copse/core/traits.hpp"

namespace copse::reduction {

enum class Operand : std::uint8_t {
  numbers,    // as it is
  countable,  // bool counts in int32, uint8 in uint32
  boolean,    // converted to bool
};

enum class Derivative : std::uint8_t {
  none,
  sum,
  product,
  extreme,  // the equal largest elements have equal shares of it
};

template <class T>
inline constexpr bool floating = std::is_floating_point_v<T>;

struct Sum {
  static constexpr std::string_view name = "sum";
  static constexpr Operand operand = Operand::countable;
  static constexpr bool wide = true;
  static constexpr Derivative derivative = Derivative::sum;
  static constexpr auto combination = traits::Combination::sum;
  template <class T>
  static constexpr T neutral = T{0};
  template <class T>
  COPSE_INLINE T combine(T a, T b) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<elementwise::Wrap<T>>(a) + static_cast<elementwise::Wrap<T>>(b));
    else
      return a + b;
  }
};

struct Prod {
  static constexpr std::string_view name = "prod";
  static constexpr Operand operand = Operand::countable;
  static constexpr bool wide = true;
  static constexpr Derivative derivative = Derivative::product;
  template <class T>
  static constexpr T neutral = T{1};
  template <class T>
  COPSE_INLINE T combine(T a, T b) {
    // Small types become int, which a product of theirs fits.
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<elementwise::Wrap<T>>(a) * static_cast<elementwise::Wrap<T>>(b));
    else
      return a * b;
  }
};

struct Any {
  static constexpr std::string_view name = "any";
  static constexpr Operand operand = Operand::boolean;
  static constexpr bool wide = false;
  static constexpr Derivative derivative = Derivative::none;
  static constexpr auto combination = traits::Combination::max;
  template <class T>
  static constexpr T neutral = false;
  template <class T>
  COPSE_INLINE T combine(T a, T b) {
    return a | b;
  }
};

struct All {
  static constexpr std::string_view name = "all";
  static constexpr Operand operand = Operand::boolean;
  static constexpr bool wide = false;
  static constexpr Derivative derivative = Derivative::none;
  static constexpr auto combination = traits::Combination::min;
  template <class T>
  static constexpr T neutral = true;
  template <class T>
  COPSE_INLINE T combine(T a, T b) {
    return a & b;
  }
};

// A nan wins, and stays once it has won.
struct Max {
  static constexpr std::string_view name = "max";
  static constexpr Operand operand = Operand::numbers;
  static constexpr bool wide = false;
  static constexpr Derivative derivative = Derivative::extreme;
  static constexpr auto combination = traits::Combination::max;
  using OnBool = Any;
  template <class T>
  static constexpr T neutral =
      floating<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
  template <class T>
  COPSE_INLINE T combine(T a, T b) {
    const T larger = b > a ? b : a;
    return b != b ? b : larger;
  }
};

struct Min {
  static constexpr std::string_view name = "min";
  static constexpr Operand operand = Operand::numbers;
  static constexpr bool wide = false;
  static constexpr Derivative derivative = Derivative::extreme;
  static constexpr auto combination = traits::Combination::min;
  using OnBool = All;
  template <class T>
  static constexpr T neutral =
      floating<T> ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
  template <class T>
  COPSE_INLINE T combine(T a, T b) {
    const T smaller = b < a ? b : a;
    return b != b ? b : smaller;
  }
};

// All of them, each with the function that calls it: loops, the functions and what follows are made from this
// list.
#define COPSE_REDUCTIONS(X) \
  X(sum, Sum)               \
  X(prod, Prod)             \
  X(max, Max)               \
  X(min, Min)               \
  X(any, Any)               \
  X(all, All)

#define COPSE_VALUE(function, Op) function,
enum class ReduceOp : std::uint8_t { COPSE_REDUCTIONS(COPSE_VALUE) };
#undef COPSE_VALUE

#define COPSE_ONE(function, Op) +1
inline constexpr int op_count = 0 COPSE_REDUCTIONS(COPSE_ONE);
#undef COPSE_ONE

template <class Op>
inline constexpr ReduceOp op_of{};
#define COPSE_OP_OF(function, Op) \
  template <>                     \
  inline constexpr ReduceOp op_of<Op> = ReduceOp::function;
COPSE_REDUCTIONS(COPSE_OP_OF)
#undef COPSE_OP_OF

/// Calls `f.operator()<Op>()` for each of them.
template <class F>
void each_reduction(F&& f) {
#define COPSE_CALL(function, Op) f.template operator()<Op>();
  COPSE_REDUCTIONS(COPSE_CALL)
#undef COPSE_CALL
}

/// What is known of a reduction that only the running program knows.
struct Description {
  std::string_view name;
  Operand operand;
  Derivative derivative;
  bool has_identity;
  ReduceOp on_bool;  // the reduction itself, if there is no other
  std::optional<traits::Combination> combination;
};

template <class Op>
constexpr Description description_of() {
  Description d{Op::name, Op::operand, Op::derivative, true, op_of<Op>, std::nullopt};
  if constexpr (requires { Op::combination; }) d.combination = Op::combination;
  if constexpr (requires { typename Op::OnBool; }) {
    d.has_identity = false;
    d.on_bool = op_of<typename Op::OnBool>;
  }
  return d;
}

inline const Description& describe(ReduceOp op) {
#define COPSE_DESCRIPTION(function, Op) description_of<Op>(),
  static constexpr Description all[] = {COPSE_REDUCTIONS(COPSE_DESCRIPTION)};
#undef COPSE_DESCRIPTION
  return all[static_cast<int>(op)];
}

}  // namespace copse::reduction
