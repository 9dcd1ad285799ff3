// From a call such as `add(a, b)` to a bound primitive: dtypes are promoted by the operation's rule.
#pragma once

#include "copse/core/primitive.hpp"
#include "core/lifetime.hpp"
#include "list.hpp"

namespace copse::elementwise {

/// What the one class for all elementwise primitives knows of an operation, taken from its traits.
struct Descriptor {
  std::string_view name;
  int arity;
  int index;  // in the list of its arity
  Rule rule;
  Array (*vjp)(int, const Vjp&);
  const Algebra* algebra = nullptr;
  std::optional<Arithmetic> arithmetic = std::nullopt;
};

PrimitivePtr make_primitive(const Descriptor& descriptor);

template <class Op, int Arity>
const PrimitivePtr& primitive() {
  static const PrimitivePtr& made = copse::detail::never_destroyed([] {
    Descriptor d{Op::name, Arity, 0, Op::rule, nullptr};
    if constexpr (Arity == 1)
      d.index = UnaryOps::index<Op>;
    else if constexpr (Arity == 2)
      d.index = BinaryOps::index<Op>;
    if constexpr (requires { &Op::vjp; }) d.vjp = &Op::vjp;
    if constexpr (requires { Op::algebra; }) d.algebra = &Op::algebra;
    if constexpr (requires { Op::arithmetic; }) d.arithmetic = Op::arithmetic;
    return make_primitive(d);
  }());
  return made;
}

Array apply_unary(const PrimitivePtr& primitive, Rule rule, const Array& x);
Array apply_binary(const PrimitivePtr& primitive, Rule rule, const Array& a, const Array& b);
Array apply_select(const PrimitivePtr& primitive, const Array& condition, const Array& a, const Array& b);

inline Array select(const Array& condition, const Array& a, const Array& b) {
  return apply_select(primitive<Select, 3>(), condition, a, b);
}

/// Converts the dtype; a weak scalar with a known value, a bare number, converts from the exact number it was
/// made of. Throws ValueError naming `function` for a bare number that the dtype, of integers, cannot hold.
Array convert(const Array& x, DType dtype, bool weak = false, std::string_view function = {});

/// For arithmetic that has no meaning for bool: true counts as 1.
inline Array bool_as_int32(const Array& x) {
  return x.dtype() == DType::bool_ ? convert(x, DType::int32, x.weak_type()) : x;
}

template <class Op>
Array unary(const Array& x) {
  if constexpr (requires { Op::on_bool; })
    if (x.dtype() == DType::bool_)
      return Op::on_bool == OnBool::keep ? x : apply_unary(primitive<Op, 1>(), Op::rule, bool_as_int32(x));
  return apply_unary(primitive<Op, 1>(), Op::rule, x);
}

template <class Op>
Array binary(const Array& a, const Array& b) {
  if constexpr (requires { Op::on_bool; }) {
    static_assert(Op::on_bool == OnBool::count);
    if (b.dtype() == DType::bool_) return apply_binary(primitive<Op, 2>(), Op::rule, bool_as_int32(a), b);
  }
  return apply_binary(primitive<Op, 2>(), Op::rule, a, b);
}

}  // namespace copse::elementwise
