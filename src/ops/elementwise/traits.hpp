// How an elementwise operation is described: one struct says all that is known of it.
//
//   name        what prints
//   arity       number of inputs
//   rule        what dtypes it takes and gives
//   apply       the function on scalars of the compute dtype, from which every kernel follows
//   rare, exact values (float32 ones of one operand) that apply is not good for, and how they are done;
//   absent if
//               there are none
//   algebra     laws that the compiler may use; absent if there are none
//   arithmetic  what the fused loops of float32 that keep results in registers call it; absent if they do not
//               know it
//   on_bool     where bool is done otherwise than the rule says
//   vjp         cotangent of input i, before it is summed to the input's shape; absent if there is none
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "copse/core/array.hpp"
#include "copse/core/traits.hpp"
#include "copse/ops/elementwise_primitive.hpp"
#include "scalar.hpp"

namespace copse::elementwise {

enum class Rule {
  same,        // any dtype, the result has it too
  numeric,     // as `same`, booleans excluded
  floating,    // integers and booleans become float32
  integral,    // integers and booleans only
  integer,     // integers only
  comparison,  // any dtype, the result is bool
  logical,     // operands become bool, the result is bool
  predicate,   // floating operand, the result is bool
  select,      // a bool and two of one dtype, the result has that
};

enum class OnBool {
  count,  // true counts as 1: operands of bool become int32
  keep,   // the result is the operand
};

using traits::Algebra;
using traits::Arithmetic;
using traits::Linearity;
using Vjp = ElementwiseRule;

template <class T>
inline constexpr bool is_float = std::is_same_v<T, float> || std::is_same_v<T, double>;

// Integer arithmetic wraps, as NumPy's does.
template <class T>
using Wrap = std::conditional_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, std::make_unsigned<T>,
                                std::type_identity<T>>::type;

}  // namespace copse::elementwise
