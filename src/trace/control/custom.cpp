// Functions that bring their own derivative rule. The compiler puts their program in their place.
#include <algorithm>

#include "call.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/trace/axes.hpp"
#include "copse/trace/control.hpp"
#include "transpose.hpp"

namespace copse {
namespace control {
namespace {

using flat::Arrays;

// Calls a function once for each element along the mapped axis; all outputs have it in front. It may be
// called when the vmap has ended, and its collectives still find the axis.
Arrays map_call(const std::function<Arrays(const Arrays&)>& f, const Arrays& inputs, const Flags& batched,
                std::int64_t size, const flat::AxisPtr& axis) {
  const flat::MappingScope mapping(axis);
  std::vector<std::optional<int>> axes;
  for (const auto flag : batched) axes.push_back(flag ? std::optional<int>(0) : std::nullopt);
  flat::Mapped mapped = flat::vmap_where_needed(f, inputs, axes, size);
  for (std::size_t o = 0; o < mapped.outputs.size(); ++o)
    if (!mapped.mapped[o] && mapped.outputs[o].has_value())
      mapped.outputs[o] = flat::broadcast_in_front(mapped.outputs[o], size);
  return mapped.outputs;
}

// Throws unless what a rule gave is like what the function gives, or takes.
void check_like(const std::string& what, const ShapeDtype& got, const ShapeDtype& wanted) {
  if (got.shape == wanted.shape && got.dtype == wanted.dtype) return;
  const std::string text = what + " is " + to_string(got) + ", wanted " + to_string(wanted);
  if (got.shape != wanted.shape) throw ShapeError(text);
  throw DTypeError(text);
}

class Custom : public ProgramPrimitive {
 public:
  using ProgramPrimitive::ProgramPrimitive;
  const ir::Program* definition() const override { return program.get(); }
  void eval(std::span<const Array> in, std::span<Array> out) const override {
    std::ranges::move(ir::evaluate(*program, in), out.begin());
  }
  // Two functions cannot be compared.
  bool same(const Primitive& other) const override { return this == &other; }
};

class CustomVjp final : public Custom {
 public:
  // `captured` of the last inputs are not arguments. With `kept`, the program gives what `backward` needs,
  // too.
  CustomVjp(ProgramPtr p, std::shared_ptr<const flat::GradientRule> r, std::size_t arguments,
            std::size_t visible, bool kept)
      : Custom(std::move(p)), rule_(std::move(r)), arguments_(arguments), visible_(visible), kept_(kept) {}
  std::string_view name() const override { return "custom_vjp"; }
  PrimitivePtr without_effect() const override {
    return std::make_shared<const CustomVjp>(without_effects(program), rule_, arguments_, visible_, kept_);
  }

  bool has_gradient_form() const override { return !kept_; }
  PrimitivePtr for_gradient(std::span<const ShapeDtype> in) const override {
    const std::vector<ShapeDtype> types(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(arguments_));
    flat::Recorded recorded = flat::record(rule_->forward, types, "custom_vjp");
    // What the rule uses of the traces around is as good as known here: the program is evaluated at once.
    ir::Program& program = recorded.program;
    const std::vector<ir::Id> outside(program.inputs.begin() + static_cast<std::ptrdiff_t>(arguments_),
                                      program.inputs.end());
    program.inputs.resize(arguments_);
    for (std::size_t c = 0; c < recorded.captured.size(); ++c) {
      if (!around(recorded.captured[c])) captured();
      program.constants.push_back({outside[c], recorded.captured[c]});
    }
    check_forward(output_types(recorded.program));
    for (std::size_t i = arguments_; i < in.size(); ++i) recorded.program.add_input(in[i]);
    return std::make_shared<const CustomVjp>(std::make_shared<const ir::Program>(std::move(recorded.program)),
                                             rule_, arguments_, visible_, true);
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    for (std::size_t i = arguments_; i < call.inputs.size(); ++i)
      if (call.wanted[i]) captured();
    Arrays given;
    if (kept_) {
      given.assign(call.outputs.begin() + static_cast<std::ptrdiff_t>(visible_), call.outputs.end());
    } else {
      given = rule_->forward(
          Arrays(call.inputs.begin(), call.inputs.begin() + static_cast<std::ptrdiff_t>(arguments_)));
      std::vector<ShapeDtype> types;
      for (const Array& a : given) types.push_back(a.type());
      check_forward(types);
      given.erase(given.begin(), given.begin() + static_cast<std::ptrdiff_t>(visible_));
    }
    for (std::size_t o = 0; o < visible_; ++o)
      given.push_back(call.cotangents[o].has_value()
                          ? call.cotangents[o]
                          : zeros(call.outputs[o].shape(), call.outputs[o].dtype()));
    std::vector<Array> gradients = rule_->backward(given);
    gradients.resize(call.inputs.size());
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      if (!call.wanted[i]) gradients[i] = Array();
      Array& gradient = gradients[i];
      if (!gradient.has_value()) continue;
      const DType dtype = call.inputs[i].dtype();
      if (gradient.weak_type() && gradient.dtype() != dtype) gradient = astype(gradient, dtype);
      check_like("custom_vjp: the gradient of argument array " + std::to_string(i), gradient.type(),
                 call.inputs[i].type());
    }
    return gradients;
  }

  // Forward mode is the transpose of the gradient's rule, if that is linear.
  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override {
    Flags moving, wanted;
    for (const Array& t : tangents) moving.push_back(t.has_value());
    std::vector<ShapeDtype> types;
    for (const Array& o : out) {
      types.push_back({o.shape(), o.dtype()});
      wanted.push_back(is_floating(o.dtype()));
    }
    const flat::Function backward = [&](const Arrays& cts) { return vjp({in, out, cts, moving}); };
    return transpose({"custom_vjp", "backward", "cotangent", backward}, types, wanted, tangents);
  }

  BatchResult batch(const BatchCall& call) const override {
    Batched batched = batched_of(*program, call, true);
    const Flags flags(call.batched.begin(), call.batched.begin() + static_cast<std::ptrdiff_t>(arguments_));
    const std::int64_t size = call.size;
    const flat::AxisPtr axis = flat::current_mapping();
    auto mapped = std::make_shared<flat::GradientRule>();
    mapped->forward = [rule = rule_, flags, size, axis](const Arrays& in) {
      return map_call(rule->forward, in, flags, size, axis);
    };
    mapped->backward = [rule = rule_, flags, size, axis](const Arrays& in) {
      Arrays gradients = map_call(rule->backward, in, Flags(in.size(), 1), size, axis);
      for (std::size_t i = 0; i < flags.size() && i < gradients.size(); ++i)
        if (!flags[i] && gradients[i].has_value()) gradients[i] = sum(gradients[i], 0);
      return gradients;
    };
    const auto primitive = std::make_shared<const CustomVjp>(shared(std::move(batched.recorded.program)),
                                                             std::move(mapped), arguments_, visible_, kept_);
    return {bind_all(primitive, joined(call.inputs, batched.recorded.captured)), batched.outputs};
  }

 private:
  // The results of `forward` stand for the function's own.
  void check_forward(std::span<const ShapeDtype> got) const {
    if (got.size() < visible_)
      throw TreeError("custom_vjp: forward gives " + std::to_string(got.size()) +
                      " arrays as its result, the function gives " + std::to_string(visible_));
    for (std::size_t o = 0; o < visible_; ++o)
      check_like("custom_vjp: result array " + std::to_string(o) + " of forward", got[o],
                 program->types[program->outputs[o]]);
  }
  [[noreturn]] static void captured() {
    throw ValueError(
        "custom_vjp: the function uses an array that is being transformed and is not its argument; pass it "
        "as "
        "an argument, so that the rule can give its gradient");
  }
  std::shared_ptr<const flat::GradientRule> rule_;
  std::size_t arguments_, visible_;
  bool kept_;
};

class CustomJvp final : public Custom {
 public:
  CustomJvp(ProgramPtr p, std::shared_ptr<const flat::TangentRule> r, std::size_t arguments)
      : Custom(std::move(p)), rule_(std::move(r)), arguments_(arguments) {}
  std::string_view name() const override { return "custom_jvp"; }
  PrimitivePtr without_effect() const override {
    return std::make_shared<const CustomJvp>(without_effects(program), rule_, arguments_);
  }

  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override {
    Arrays primals, directions;
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (i >= arguments_) {
        if (tangents[i].has_value()) captured();
        continue;
      }
      primals.push_back(in[i]);
      directions.push_back(tangents[i].has_value() ? tangents[i] : zeros(in[i].shape(), in[i].dtype()));
    }
    Arrays moved = tangents_of(primals, directions, out);
    if (!std::ranges::all_of(moved, around)) captured();
    return moved;
  }
  // The rule is linear in the tangents, or should be: its transpose gives the gradient.
  std::vector<Array> vjp(const VjpCall& call) const override {
    for (std::size_t i = arguments_; i < call.inputs.size(); ++i)
      if (call.wanted[i]) captured();
    const Arrays primals(call.inputs.begin(), call.inputs.begin() + static_cast<std::ptrdiff_t>(arguments_));
    std::vector<ShapeDtype> types;
    for (const Array& p : primals) types.push_back({p.shape(), p.dtype()});
    const flat::Function rule = [&](const Arrays& t) { return tangents_of(primals, t, call.outputs); };
    const auto wanted = call.wanted.first(arguments_);
    Arrays gradients = transpose({"custom_jvp", "the rule", "tangent", rule}, types,
                                 Flags(wanted.begin(), wanted.end()), call.cotangents);
    gradients.resize(call.inputs.size());
    return gradients;
  }

  BatchResult batch(const BatchCall& call) const override {
    Batched batched = batched_of(*program, call, true);
    Flags flags(call.batched.begin(), call.batched.begin() + static_cast<std::ptrdiff_t>(arguments_));
    auto mapped = std::make_shared<flat::TangentRule>(
        [rule = rule_, flags, size = call.size, axis = flat::current_mapping()](const Arrays& primals,
                                                                                const Arrays& tangents) {
          const std::size_t n = primals.size();
          Flags both = flags;
          Arrays inputs = joined(primals, tangents);
          both.insert(both.end(), flags.begin(), flags.end());
          return map_call(
              [&](const Arrays& a) {
                const auto middle = a.begin() + static_cast<std::ptrdiff_t>(n);
                return (*rule)(Arrays(a.begin(), middle), Arrays(middle, a.end()));
              },
              inputs, both, size, axis);
        });
    const auto primitive = std::make_shared<const CustomJvp>(shared(std::move(batched.recorded.program)),
                                                             std::move(mapped), arguments_);
    return {bind_all(primitive, joined(call.inputs, batched.recorded.captured)), batched.outputs};
  }

 private:
  Arrays tangents_of(const Arrays& primals, const Arrays& directions, std::span<const Array> out) const {
    Arrays moved = (*rule_)(primals, directions);
    if (moved.size() != out.size())
      throw TreeError("custom_jvp: the rule gives " + std::to_string(moved.size()) +
                      " tangents, the function has " + std::to_string(out.size()) + " result arrays");
    for (std::size_t o = 0; o < out.size(); ++o)
      if (moved[o].has_value())
        check_like("custom_jvp: the tangent of result array " + std::to_string(o), moved[o].type(),
                   out[o].type());
    return moved;
  }
  [[noreturn]] static void captured() {
    throw ValueError(
        "custom_jvp: the function uses an array that is being transformed and is not its argument; pass it "
        "as "
        "an argument, so that the rule can see its tangent");
  }
  std::shared_ptr<const flat::TangentRule> rule_;
  std::size_t arguments_;
};

}  // namespace
}  // namespace control

flat::Arrays flat::custom_vjp(Recorded body, GradientRule rule, std::span<const Array> arguments) {
  const std::size_t visible = body.program.outputs.size();
  const auto primitive = std::make_shared<const control::CustomVjp>(
      std::make_shared<const ir::Program>(std::move(body.program)),
      std::make_shared<const GradientRule>(std::move(rule)), arguments.size(), visible, false);
  return control::bind_all(primitive, control::joined(arguments, body.captured));
}

flat::Arrays flat::custom_jvp(Recorded body, TangentRule rule, std::span<const Array> arguments) {
  const auto primitive = std::make_shared<const control::CustomJvp>(
      std::make_shared<const ir::Program>(std::move(body.program)),
      std::make_shared<const TangentRule>(std::move(rule)), arguments.size());
  return control::bind_all(primitive, control::joined(arguments, body.captured));
}

}  // namespace copse
