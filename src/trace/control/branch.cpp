// One of several programs, chosen by an index when the program runs.
#include <fmt/format.h>
#include <algorithm>

#include "branch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/control.hpp"

namespace copse {
namespace control {
namespace {

std::size_t place(std::int32_t index, std::size_t count) {
  return static_cast<std::size_t>(std::clamp<std::int64_t>(index, 0, static_cast<std::int64_t>(count) - 1));
}

// The first input is the index; all programs take the rest.
class Branch final : public OfPrograms {
 public:
  explicit Branch(Programs p) : OfPrograms(p), programs(std::move(p)) {}
  std::string_view name() const override { return "switch"; }
  std::string parameters() const override { return fmt::format("branches={}", programs.size()); }
  int outputs() const override { return static_cast<int>(programs[0]->outputs.size()); }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    for (const ProgramPtr& program : programs) check_operands(*program, in.subspan(1));
    std::ranges::copy(output_types(*programs[0]), out.begin());
  }
  std::unique_ptr<Kernel> prepare_within(std::span<const ShapeDtype>, std::span<const ShapeDtype>,
                                         const CompileOptions& options) const override {
    std::vector<std::shared_ptr<const flat::Compiled>> compiled;
    std::size_t workspace = 0;
    for (const ProgramPtr& program : programs) {
      compiled.push_back(flat::compile(*program, {}, options, name()));
      workspace = std::max(workspace, compiled.back()->workspace());
    }
    return make_kernel(
        workspace, [compiled = std::move(compiled)](const void* const* in, void* const* out, void* scratch) {
          const std::int32_t index = *static_cast<const std::int32_t*>(in[0]);
          compiled[place(index, compiled.size())]->run_raw(in + 1, out, scratch);
        });
  }
  PrimitivePtr without_effect() const override {
    Programs quiet;
    for (const ProgramPtr& program : programs) quiet.push_back(without_effects(program));
    return std::make_shared<const Branch>(std::move(quiet));
  }
  // Only the branch that is taken, operation by operation.
  void eval(std::span<const Array> in, std::span<Array> out) const override {
    const std::size_t taken = place(in[0].item<std::int32_t>(), programs.size());
    std::ranges::move(ir::evaluate(*programs[taken], in.subspan(1)), out.begin());
  }
  bool same(const Primitive& other) const override {
    if (typeid(*this) != typeid(other)) return false;
    const Programs& theirs = static_cast<const Branch&>(other).programs;
    return std::ranges::equal(programs, theirs,
                              [](const auto& a, const auto& b) { return control::same(*a, *b); });
  }
  // Of the most expensive branch.
  double flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override {
    double most = 0;
    for (const ProgramPtr& program : programs) most = std::max(most, flops_of(*program));
    return most;
  }

  Flags depends(const Flags& inputs) const override {
    Flags found(static_cast<std::size_t>(outputs()), inputs[0]);
    for (const ProgramPtr& program : programs) {
      const Flags here = control::depends(*program, Flags(inputs.begin() + 1, inputs.end()));
      for (std::size_t o = 0; o < found.size(); ++o) found[o] |= here[o];
    }
    return found;
  }

  std::vector<Array> vjp(const VjpCall& call) const override;
  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override;
  BatchResult batch(const BatchCall& call) const override;

  const Programs programs;
};

// Binds programs that take `inputs` but for the index, and what each of them captured: every one takes what
// any of them captured, in one order.
flat::Arrays run(std::vector<flat::Recorded> branches, std::span<const Array> inputs) {
  flat::Arrays all(inputs.begin(), inputs.end());
  const auto common = static_cast<std::ptrdiff_t>(inputs.size() - 1);
  for (const flat::Recorded& b : branches) all.insert(all.end(), b.captured.begin(), b.captured.end());
  Programs programs;
  for (flat::Recorded& b : branches) {
    ir::Program program = std::move(b.program);
    const std::vector<ir::Id> own(program.inputs.begin() + common, program.inputs.end());
    program.inputs.resize(static_cast<std::size_t>(common));
    for (const flat::Recorded& other : branches) {
      if (&other == &b)
        program.inputs.insert(program.inputs.end(), own.begin(), own.end());
      else
        for (const Array& a : other.captured) program.add_input(a.type());
    }
    programs.push_back(shared(std::move(program)));
  }
  return bind_all(std::make_shared<const Branch>(std::move(programs)), all);
}

// Where elements of a mapped axis meet within a branch, what it gives one of them depends also on those that
// take another branch. So each branch's gradient is that of the elements that take it, and adds to the
// gradients of all.
flat::Arrays added(const std::vector<flat::Recorded>& gradients, std::span<const Array> inputs,
                   std::span<const Array> cotangents) {
  const auto last = static_cast<std::int32_t>(gradients.size()) - 1;
  const Array index = minimum(maximum(inputs[0], 0), last);
  flat::Arrays total;
  for (std::size_t b = 0; b < gradients.size(); ++b) {
    const Array taken = index == static_cast<std::int32_t>(b);
    flat::Arrays all(inputs.begin() + 1, inputs.end());
    for (const Array& ct : cotangents) all.push_back(where(taken, ct, zeros_like(ct)));
    const flat::Arrays found = ir::evaluate(gradients[b].program, joined(all, gradients[b].captured));
    for (std::size_t i = 0; i < found.size(); ++i)
      if (b == 0)
        total.push_back(found[i]);
      else
        total[i] = total[i] + found[i];
  }
  return total;
}

std::vector<Array> Branch::vjp(const VjpCall& call) const {
  Flags given, wanted(call.wanted.begin() + 1, call.wanted.end());
  for (const Array& cotangent : call.cotangents) given.push_back(cotangent.has_value());
  std::vector<flat::Recorded> gradients;
  for (const ProgramPtr& program : programs) gradients.push_back(gradient_of(*program, given, wanted));
  const flat::Arrays cotangents = chosen<Array>(call.cotangents, given);
  const flat::Arrays found = joins_elements() && call.inputs[0].is_abstract()
                                 ? added(gradients, call.inputs, cotangents)
                                 : run(std::move(gradients), joined(call.inputs, cotangents));
  std::vector<Array> result(call.inputs.size());
  for (std::size_t i = 0, next = 0; i < wanted.size(); ++i)
    if (wanted[i]) result[i + 1] = found[next++];
  return result;
}

std::vector<Array> Branch::jvp(std::span<const Array> in, std::span<const Array> out,
                               std::span<const Array> tangents) const {
  Flags moving;
  for (const Array& t : tangents.subspan(1)) moving.push_back(t.has_value());
  std::vector<flat::Recorded> derivatives;
  for (const ProgramPtr& program : programs) derivatives.push_back(tangent_of(*program, moving));
  const flat::Arrays found =
      run(std::move(derivatives), joined(in, chosen<Array>(tangents.subspan(1), moving)));
  std::vector<Array> moved(out.size());
  for (std::size_t o = 0, next = out.size(); o < out.size(); ++o)
    if (is_floating(out[o].dtype())) moved[o] = found[next++];
  return moved;
}

BatchResult Branch::batch(const BatchCall& call) const {
  const Flags batched(call.batched.begin() + 1, call.batched.end());
  // All branches must agree on which outputs are mapped; with an index for each element all of them are.
  Flags forced(static_cast<std::size_t>(outputs()), call.batched[0]);
  if (!call.batched[0])
    for (const ProgramPtr& program : programs) {
      const Batched one = batched_of(*program, batched, call.size, forced);
      for (std::size_t o = 0; o < forced.size(); ++o) forced[o] = forced[o] || one.outputs[o];
    }
  std::vector<flat::Recorded> all;
  for (const ProgramPtr& program : programs)
    all.push_back(batched_of(*program, batched, call.size, forced).recorded);
  if (!call.batched[0]) return {run(std::move(all), call.inputs), forced};

  // Every branch runs for every element, and each element takes its own.
  const auto results = [&](const flat::Recorded& branch) {
    return ir::evaluate(branch.program, joined(call.inputs.subspan(1), branch.captured));
  };
  flat::Arrays result = results(all[0]);
  for (std::size_t b = 1; b < all.size(); ++b) {
    const flat::Arrays other = results(all[b]);
    const Array from_here = call.inputs[0] >= static_cast<std::int32_t>(b);
    for (std::size_t o = 0; o < result.size(); ++o) {
      Shape shape{call.size};
      while (shape.rank() < result[o].ndim()) shape.insert(shape.rank(), 1);
      result[o] = where(reshape(from_here, shape), other[o], result[o]);
    }
  }
  return {std::move(result), std::move(forced)};
}

}  // namespace

const Programs* as_branch(const Primitive& primitive) {
  const auto* found = dynamic_cast<const Branch*>(&primitive);
  return found ? &found->programs : nullptr;
}
PrimitivePtr branch(Programs programs) { return std::make_shared<const Branch>(std::move(programs)); }

}  // namespace control

flat::Arrays flat::branch(const Array& index, std::vector<Recorded> branches,
                          std::span<const Array> arguments) {
  for (Recorded& branch : branches) control::arrays_captured(branch);
  Arrays inputs{index};
  inputs.insert(inputs.end(), arguments.begin(), arguments.end());
  return control::run(std::move(branches), inputs);
}

}  // namespace copse
