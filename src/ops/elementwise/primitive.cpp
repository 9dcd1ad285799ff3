#include <fmt/format.h>

#include <algorithm>

#include "../shaping/view_kernel.hpp"
#include "apply.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "fits.hpp"
#include "tables.hpp"
#include "tile_program.hpp"

namespace copse::elementwise {
namespace {

// Room for small operands that are repeated to fill the shape of a result.
class Spread {
 public:
  static constexpr std::int64_t most = 1024;  // elements

  const void* out(std::size_t operand, const void* from, ShapeDtype type, const Shape& shape) {
    const View view{TileProgram::broadcast_strides(type.shape, shape), 0};
    type.shape = shape;
    shaping::copy_view(shaping::walk_of(type, view), from, room_[operand]);
    return room_[operand];
  }

 private:
  alignas(64) std::byte room_[3][most * 8];
};

// What both kinds of elementwise primitive share: broadcasting, kernels, and rules that act element by
// element.
class Base : public Primitive {
 public:
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0].shape = in[0].shape;
    for (std::size_t i = 1; i < in.size(); ++i)
      out[0].shape = broadcast_shapes(out[0].shape, in[i].shape, std::string(name()).c_str());
    result_type(in, out[0]);
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    return make_kernel([program = program_for(in, out[0])](const void* const* from, void* const* to) {
      program.run(from, to);
    });
  }

  void eval(std::span<const Array> in, std::span<Array> out) const override {
    ShapeDtype types[3], result;
    const void* data[3];
    bool plain = true;
    for (std::size_t i = 0; i < in.size(); ++i) types[i] = in[i].type();
    infer(std::span<const ShapeDtype>(types, in.size()), std::span<ShapeDtype>(&result, 1));
    for (std::size_t i = 0; i < in.size(); ++i) {
      data[i] = in[i].raw();
      plain = plain && types[i].shape == result.shape;
    }
    Array made = detail::allocate(result);
    void* to = detail::mutable_data(made);
    const std::int64_t n = made.size();
    const std::span<const ShapeDtype> all(types, in.size());
    // Small arrays, also beside a single element, need no program: making one takes longer than running it.
    TileFunction small = nullptr;
    if (n <= 4096) {
      if (plain) small = tile(all, result);
      for (int k = 0; k < 2 && !small && in.size() == 2; ++k)
        if (types[1 - k].shape == result.shape && types[k].shape.elements() == 1)
          small = tile_with_scalar(all, k);
    }
    if (small) {
      small(data, to, n);
    } else if (n > 0 && n <= Spread::most) {
      Spread spread;
      for (std::size_t i = 0; i < in.size(); ++i)
        if (types[i].shape != result.shape) data[i] = spread.out(i, data[i], types[i], result.shape);
      tile(all, result)(data, to, n);
    } else if (n > 0) {
      program_for(all, result).run(data, &to);
    }
    out[0] = std::move(made);
  }

  // Derivatives act element by element, so a tangent goes through the same rule as a cotangent.
  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override {
    Array total;
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (!tangents[i].has_value()) continue;
      const Array t = broadcast_to(tangents[i], out[0].shape());
      const Array part = partial(static_cast<int>(i), {in, out[0], t});
      if (part.has_value()) total = total.has_value() ? total + part : part;
    }
    return {total};
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    std::vector<Array> gradients(call.inputs.size());
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      if (!call.wanted[i] || !is_floating(call.inputs[i].dtype())) continue;
      const Array g = partial(static_cast<int>(i), {call.inputs, call.outputs[0], call.cotangents[0]});
      if (g.has_value()) gradients[i] = sum_to(convert(g, call.inputs[i].dtype()), call.inputs[i].shape());
    }
    return gradients;
  }

  BatchResult batch(const BatchCall& call) const override {
    int rank = 0;
    for (std::size_t i = 0; i < call.inputs.size(); ++i)
      rank = std::max(rank, call.inputs[i].ndim() - (call.batched[i] ? 1 : 0));
    std::vector<Array> aligned;
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      Array x = call.inputs[i];
      if (call.batched[i] && x.ndim() - 1 < rank) {
        Shape shape = x.shape();
        while (shape.rank() - 1 < rank) shape.insert(1, 1);
        x = reshape(x, shape);
      }
      aligned.push_back(std::move(x));
    }
    Array out;
    copse::bind(share(), aligned, std::span<Array>(&out, 1));
    return out;
  }

 protected:
  virtual void result_type(std::span<const ShapeDtype> in, ShapeDtype& out) const = 0;
  virtual Array partial(int i, const Vjp& v) const = 0;

 private:
  TileProgram program_for(std::span<const ShapeDtype> in, const ShapeDtype& out) const {
    std::vector<TileProgram::Input> inputs;
    TileProgram::Step step{.function = tile(in, out), .operands = {}, .dtype = out.dtype};
    for (int k = 0; k < 2 && in.size() == 2; ++k) step.with_scalar[k] = tile_with_scalar(in, k);
    for (std::size_t i = 0; i < in.size(); ++i) {
      inputs.push_back({TileProgram::broadcast_strides(in[i].shape, out.shape), 0, in[i].dtype});
      step.operands.push_back(static_cast<std::int32_t>(i));
    }
    return TileProgram(out.shape, std::move(inputs), {std::move(step)},
                       {{static_cast<std::int32_t>(in.size())}});
  }
};

class Elementwise final : public Base {
 public:
  explicit Elementwise(const Descriptor& d) : op_(d) {}
  std::string_view name() const override { return op_.name; }
  bool same(const Primitive& other) const override {
    const auto* o = dynamic_cast<const Elementwise*>(&other);
    return o && o->op_.name == op_.name;
  }
  const Algebra& algebra() const noexcept { return op_.algebra; }
  TileFunction tile(std::span<const ShapeDtype> in, const ShapeDtype&) const override {
    const auto i = static_cast<std::size_t>(op_.index), d = static_cast<std::size_t>(in.back().dtype);
    if (op_.arity == 1) return COPSE_ISA_SELECT(unary_table)().at[i][d];
    if (op_.arity == 2) return COPSE_ISA_SELECT(binary_table)().at[i][d];
    return COPSE_ISA_SELECT(ternary_table)().at[i][d];
  }

  TileFunction tile_with_scalar(std::span<const ShapeDtype> in, int operand) const override {
    if (op_.arity != 2) return nullptr;
    return COPSE_ISA_SELECT(binary_table)().with_scalar[operand].at[static_cast<std::size_t>(op_.index)]
                                                                   [static_cast<std::size_t>(in[0].dtype)];
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

class Convert final : public Base {
 public:
  explicit Convert(ConvertParams p) : params_(p) {}
  std::string_view name() const override { return "convert"; }
  std::string parameters() const override { return std::string(name_of(params_.dtype)); }
  bool same(const Primitive& other) const override {
    const auto* o = dynamic_cast<const Convert*>(&other);
    return o && o->params_ == params_;
  }
  TileFunction tile(std::span<const ShapeDtype> in, const ShapeDtype&) const override {
    return COPSE_ISA_SELECT(convert_table)()
        .at[static_cast<std::size_t>(in[0].dtype)][static_cast<std::size_t>(params_.dtype)];
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

const Algebra* algebra_of(const Primitive& primitive) {
  const auto* operation = dynamic_cast<const Elementwise*>(&primitive);
  return operation ? &operation->algebra() : nullptr;
}

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
