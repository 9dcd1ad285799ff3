#include <fmt/format.h>

#include "apply.hpp"
#include "copse/core/error.hpp"
#include "fits.hpp"
#include "tables.hpp"

namespace copse::elementwise {
namespace {

class Elementwise final : public ElementwisePrimitive {
 public:
  explicit Elementwise(const Descriptor& d) : op_(d) {}
  std::string_view name() const override { return op_.name; }
  bool same(const Primitive& other) const override {
    const auto* o = dynamic_cast<const Elementwise*>(&other);
    return o && o->op_.arity == op_.arity && o->op_.index == op_.index;
  }
  std::optional<traits::Elementwise> elementwise(std::span<const ShapeDtype> in,
                                                 const ShapeDtype&) const override {
    const DType dtype = in.back().dtype;
    const auto i = static_cast<std::size_t>(op_.index), d = static_cast<std::size_t>(dtype);
    traits::Elementwise found;
    if (op_.arity == 1) {
      found.loop = COPSE_ISA_SELECT(unary_table)().at[i][d];
    } else if (op_.arity == 2) {
      const BinaryTable& table = COPSE_ISA_SELECT(binary_table)();
      found.loop = table.at[i][d];
      for (int k = 0; k < 2; ++k) found.with_scalar[k] = table.with_scalar[k].at[i][d];
    } else {
      found.loop = COPSE_ISA_SELECT(ternary_table)().at[i][d];
    }
    if (dtype == DType::float32) found.arithmetic = op_.arithmetic;
    found.algebra = op_.algebra;
    return found;
  }

 protected:
  void result_type(std::span<const ShapeDtype> in, ShapeDtype& out) const override {
    const bool boolean =
        op_.rule == Rule::comparison || op_.rule == Rule::logical || op_.rule == Rule::predicate;
    out.dtype = boolean ? DType::bool_ : in.back().dtype;
    out.weak = !boolean;
    for (std::size_t i = op_.rule == Rule::select ? 1 : 0; i < in.size(); ++i)
      out.weak = out.weak && in[i].weak;
  }
  Array partial(int i, const Vjp& v) const override { return op_.vjp ? op_.vjp(i, v) : Array(); }

 private:
  Descriptor op_;
};

struct ConvertParams {
  DType dtype;
  bool weak;
  friend bool operator==(const ConvertParams&, const ConvertParams&) = default;
};

class Convert final : public ElementwisePrimitive {
 public:
  explicit Convert(ConvertParams p) : params_(p) {}
  std::string_view name() const override { return "convert"; }
  std::string parameters() const override { return std::string(name_of(params_.dtype)); }
  bool same(const Primitive& other) const override {
    const auto* o = dynamic_cast<const Convert*>(&other);
    return o && o->params_ == params_;
  }
  std::optional<traits::Elementwise> elementwise(std::span<const ShapeDtype> in,
                                                 const ShapeDtype&) const override {
    return traits::Elementwise{
        .loop = COPSE_ISA_SELECT(convert_table)()
                    .at[static_cast<std::size_t>(in[0].dtype)][static_cast<std::size_t>(params_.dtype)]};
  }

 protected:
  void result_type(std::span<const ShapeDtype>, ShapeDtype& out) const override {
    out.dtype = params_.dtype;
    out.weak = params_.weak;
  }
  // The cotangent goes back to the input's dtype; through an integer nothing passes.
  Array partial(int, const Vjp& v) const override {
    if (!is_floating(params_.dtype) || !is_floating(v.in[0].dtype())) return {};
    return convert(v.ct, v.ct.dtype() == params_.dtype ? params_.dtype : v.ct.dtype());
  }
  // A tangent, however, has the output's dtype.
  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array>,
                         std::span<const Array> tangents) const override {
    if (!tangents[0].has_value() || !is_floating(params_.dtype) || !is_floating(in[0].dtype()))
      return {Array()};
    return {convert(tangents[0], params_.dtype)};
  }

 private:
  ConvertParams params_;
};

[[noreturn]] void refuse(const PrimitivePtr& primitive, DType dtype, const char* wanted) {
  throw DTypeError(fmt::format("{}: got {}, wanted {}", primitive->name(), name_of(dtype), wanted));
}

// The dtype in which an operation computes, given the operands' common type.
PromotionType compute_type(const PrimitivePtr& primitive, Rule rule, PromotionType common) {
  switch (rule) {
    case Rule::numeric:
      if (common.dtype == DType::bool_) refuse(primitive, common.dtype, "numbers; convert with astype");
      return common;
    case Rule::floating:
    case Rule::predicate:
      return is_floating(common.dtype) ? common : PromotionType{DType::float32, common.weak};
    case Rule::integral:
      if (is_floating(common.dtype)) refuse(primitive, common.dtype, "integers or bool");
      return common;
    case Rule::integer:
      if (!is_integer(common.dtype)) refuse(primitive, common.dtype, "integers");
      return common;
    case Rule::logical:
      return {DType::bool_, false};
    default:
      return common;
  }
}

Array converted(const Array& x, DType dtype, bool weak) {
  const ShapeDtype& type = x.type();
  if (type.dtype == dtype) return x;
  if (!x.tracer() && type.shape.empty()) {
    // Scalars are by far the most frequent, and need no kernel.
    Array out = detail::allocate({{}, dtype, weak});
    const double exact = type.weak && is_floating(type.dtype) ? detail::exact_scalar(x) : 0.0;
    if (type.weak && is_floating(type.dtype) && is_floating(dtype)) {
      dispatch(dtype, [&]<class T>() {
        if constexpr (std::is_same_v<T, bfloat16>)
          *static_cast<T*>(detail::mutable_data(out)) = bfloat16(static_cast<float>(exact));
        else if constexpr (std::is_floating_point_v<T>)
          *static_cast<T*>(detail::mutable_data(out)) = static_cast<T>(exact);
      });
    } else {
      const void* from[] = {x.raw()};
      COPSE_ISA_SELECT(convert_table)
      ().at[static_cast<std::size_t>(type.dtype)][static_cast<std::size_t>(dtype)](
          from, detail::mutable_data(out), 1);
    }
    return out;
  }
  return bind(new_primitive<Convert>(ConvertParams{dtype, weak}), x);
}

}  // namespace

PrimitivePtr make_primitive(const Descriptor& descriptor) { return new_primitive<Elementwise>(descriptor); }

Array convert(const Array& x, DType dtype, bool weak, std::string_view function) {
  const ShapeDtype& type = x.type();
  if (type.weak && type.dtype != dtype && is_integer(dtype)) require_fits(x, dtype, function);
  return converted(x, dtype, weak);
}

Array apply_unary(const PrimitivePtr& primitive, Rule rule, const Array& x) {
  const PromotionType type = compute_type(primitive, rule, x.type().type());
  return bind(primitive, convert(x, type.dtype, type.weak));
}

// Where the common type is weak, so is the result: an array of bool or integers that a bare number took to
// the number's type counts as one itself from then on.
Array apply_binary(const PrimitivePtr& primitive, Rule rule, const Array& a, const Array& b) {
  const PromotionType type = compute_type(primitive, rule, promote(a.type().type(), b.type().type()));
  const std::string_view name = primitive->name();
  const Array in[] = {convert(a, type.dtype, a.weak_type() || type.weak, name),
                      convert(b, type.dtype, b.weak_type() || type.weak, name)};
  Array out;
  copse::bind(primitive, in, std::span<Array>(&out, 1));
  return out;
}

Array apply_select(const PrimitivePtr& primitive, const Array& condition, const Array& a, const Array& b) {
  const PromotionType type = promote(a.type().type(), b.type().type());
  const Array in[] = {convert(condition, DType::bool_),
                      convert(a, type.dtype, a.weak_type() || type.weak, "where"),
                      convert(b, type.dtype, b.weak_type() || type.weak, "where")};
  Array out;
  copse::bind(primitive, in, std::span<Array>(&out, 1));
  return out;
}

}  // namespace copse::elementwise

namespace copse {
Array astype(const Array& x, DType dtype) {
  if (x.dtype() != dtype) return elementwise::converted(x, dtype, false);
  if (!x.weak_type()) return x;
  // The same elements, no longer those of a bare number.
  if (!x.tracer()) return detail::alias(x, {x.shape(), dtype, false});
  return bind(new_primitive<elementwise::Convert>(elementwise::ConvertParams{dtype, false}), x);
}
}  // namespace copse
