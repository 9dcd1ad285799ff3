// The list of all elementwise operations: the only one there is. Tables of kernels are indexed by it.
#pragma once

#include <tuple>

#include "binary.hpp"
#include "unary.hpp"

namespace copse::elementwise {

template <class... Ops>
struct List {
  static constexpr int size = sizeof...(Ops);
  template <class Op>
  static constexpr int index = [] {
    int at = 0;
    (void)((std::is_same_v<Op, Ops> || (++at, false)) || ...);
    return at;
  }();
  template <class F>
  static void each(F&& f) {
    (f.template operator()<Ops>(), ...);
  }
};

using UnaryOps =
    List<Negative, Abs, Sign, Square, Exp, Log, Log1p, Expm1, Sqrt, Rsqrt, Reciprocal, Sin, Cos, Tan, Asin,
         Acos, Atan, Sinh, Cosh, Asinh, Acosh, Atanh, Tanh, Sigmoid, Softplus, Erf, Erfinv, Relu, Floor, Ceil,
         Round, Trunc, IsNan, IsFinite, IsInf, LogicalNot, BitwiseNot>;

using BinaryOps = List<Add, Subtract, Multiply, Divide, FloorDivide, Mod, Power, Atan2, Maximum, Minimum,
                       Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, LogicalAnd, LogicalOr,
                       LogicalXor, BitwiseAnd, BitwiseOr, BitwiseXor, ShiftLeft, ShiftRight>;

using TernaryOps = List<Select>;

}  // namespace copse::elementwise
