// Loops that run until a condition on their carries is false.
#include <fmt/format.h>

#include <cstring>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/control.hpp"
#include "while_loop.hpp"

namespace copse {
namespace control {
namespace {

class WhileKernel final : public Kernel {
 public:
  WhileKernel(const WhileParams& p, const CompileOptions& options)
      : condition_(flat::compile(*p.condition, {}, options, "while_condition")),
        step_(flat::compile(*p.step, {}, options, "while")),
        condition_constants_(p.condition_constants),
        step_constants_(p.step_constants) {
    for (const ShapeDtype& type : output_types(*p.step)) {
      bytes_.push_back(type.bytes());
      offsets_.push_back(each_);
      each_ += (type.bytes() + 63) / 64 * 64;
    }
    pointers_ = 2 * each_;
    const std::size_t pointers = condition_constants_ + step_constants_ + 3 * bytes_.size();
    decision_ = pointers_ + (pointers * sizeof(void*) + 63) / 64 * 64;
    programs_ = decision_ + 64;
  }
  std::size_t workspace() const override {
    return programs_ + std::max(condition_->workspace(), step_->workspace());
  }

  void run(const void* const* inputs, void* const* outputs, void* workspace) const override {
    const std::size_t n = bytes_.size();
    auto* scratch = static_cast<std::byte*>(workspace);
    auto** ask = reinterpret_cast<const void**>(scratch + pointers_);
    auto** in = ask + condition_constants_ + n;
    auto** out = const_cast<void**>(in + step_constants_ + n);
    std::copy_n(inputs, condition_constants_, ask);
    std::copy_n(inputs + condition_constants_, step_constants_, in);
    const void* const* start = inputs + condition_constants_ + step_constants_;
    std::copy_n(start, n, ask + condition_constants_);
    std::copy_n(start, n, in + step_constants_);
    for (std::size_t turn = 0;; ++turn) {
      void* answer = scratch + decision_;
      condition_->run_raw(ask, &answer, scratch + programs_);
      if (!*static_cast<const bool*>(answer)) break;
      for (std::size_t c = 0; c < n; ++c) out[c] = scratch + turn % 2 * each_ + offsets_[c];
      step_->run_raw(in, out, scratch + programs_);
      std::copy_n(out, n, ask + condition_constants_);
      std::copy_n(out, n, in + step_constants_);
    }
    for (std::size_t c = 0; c < n; ++c) std::memcpy(outputs[c], in[step_constants_ + c], bytes_[c]);
  }

 private:
  std::shared_ptr<const flat::Compiled> condition_, step_;
  std::size_t condition_constants_, step_constants_;
  std::vector<std::size_t> bytes_, offsets_;
  std::size_t each_ = 0, pointers_ = 0, decision_ = 0, programs_ = 0;
};

class While final : public OfPrograms {
 public:
  explicit While(WhileParams p) : OfPrograms({p.condition, p.step}), params(std::move(p)) {}
  std::string_view name() const override { return "while_loop"; }
  std::string parameters() const override {
    return fmt::format("carries={}, instructions={}", params.carries(), params.step->instructions.size());
  }
  int outputs() const override { return static_cast<int>(params.carries()); }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    std::vector<ShapeDtype> asked(in.begin(),
                                  in.begin() + static_cast<std::ptrdiff_t>(params.condition_constants));
    const auto carried = in.subspan(params.condition_constants + params.step_constants);
    asked.insert(asked.end(), carried.begin(), carried.end());
    check_operands(*params.condition, asked);
    check_operands(*params.step, in.subspan(params.condition_constants));
    std::ranges::copy(output_types(*params.step), out.begin());
  }
  std::unique_ptr<Kernel> prepare_within(std::span<const ShapeDtype>, std::span<const ShapeDtype>,
                                         const CompileOptions& options) const override {
    return std::make_unique<WhileKernel>(params, options);
  }
  PrimitivePtr without_effect() const override {
    WhileParams quiet = params;
    quiet.condition = without_effects(params.condition);
    quiet.step = without_effects(params.step);
    return std::make_shared<const While>(std::move(quiet));
  }
  bool same(const Primitive& other) const override {
    if (typeid(*this) != typeid(other)) return false;
    const WhileParams& p = static_cast<const While&>(other).params;
    return params.condition_constants == p.condition_constants && params.step_constants == p.step_constants &&
           control::same(*params.condition, *p.condition) && control::same(*params.step, *p.step);
  }
  bool keep_kernel() const override { return true; }
  // Of one turn: how many there are is known only afterwards.
  double flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override {
    return flops_of(*params.step) + flops_of(*params.condition);
  }

  std::vector<Array> vjp(const VjpCall&) const override {
    throw ValueError(
        "while_loop: cannot be differentiated in reverse mode, as the number of its steps is not known; use "
        "scan, or fori_loop with bounds that are plain numbers, or jvp");
  }
  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override;
  BatchResult batch(const BatchCall& call) const override;

  const WhileParams params;
};

flat::Arrays run(WhileParams params, std::span<const Array> inputs) {
  return bind_all(std::make_shared<const While>(std::move(params)), inputs);
}

std::vector<Array> While::jvp(std::span<const Array> in, std::span<const Array> out,
                              std::span<const Array> tangents) const {
  const std::size_t asked = params.condition_constants, constants = params.step_constants;
  const std::size_t carries = params.carries();
  const std::vector<ShapeDtype> types = input_types(*params.step);
  Flags moving;
  flat::Arrays still(in.begin() + static_cast<std::ptrdiff_t>(asked),
                     in.begin() + static_cast<std::ptrdiff_t>(asked + constants));
  flat::Arrays carried(in.begin() + static_cast<std::ptrdiff_t>(asked + constants), in.end());
  std::size_t moving_constants = 0;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const Array& tangent = tangents[asked + i];
    moving.push_back(is_floating(types[i].dtype) && (i >= constants || tangent.has_value()));
    if (!moving[i]) continue;
    if (i < constants)
      still.push_back(tangent), ++moving_constants;
    else
      carried.push_back(tangent.has_value() ? tangent : zeros_like(in[asked + i]));
  }
  WhileParams more;
  flat::Recorded step = tangent_of(*params.step, moving);
  // What was captured, constants and their tangents, then carries and theirs.
  captured_in_front(step);
  const std::size_t captured = step.captured.size();
  const auto first = step.program.inputs.begin() + static_cast<std::ptrdiff_t>(captured);
  std::rotate(first + static_cast<std::ptrdiff_t>(constants),
              first + static_cast<std::ptrdiff_t>(types.size()),
              first + static_cast<std::ptrdiff_t>(types.size() + moving_constants));
  // The condition takes the tangents and leaves them alone.
  auto condition = std::make_shared<ir::Program>(without_effects(*params.condition));
  for (std::size_t c = carries; c < carried.size(); ++c) condition->add_input(carried[c].type());
  more.step = shared(std::move(step.program));
  more.condition = std::move(condition);
  more.condition_constants = asked;
  more.step_constants = captured + constants + moving_constants;
  const flat::Arrays found =
      run(std::move(more), joined(joined(in.first(asked), step.captured), joined(still, carried)));
  std::vector<Array> moved(out.size());
  for (std::size_t o = 0, next = carries; o < carries; ++o)
    if (is_floating(out[o].dtype())) moved[o] = found[next++];
  return moved;
}

// One condition for all: while any of them goes on, with those that have ended left as they are.
WhileParams while_any(const WhileParams& p, std::int64_t size) {
  const std::size_t asked = p.condition_constants, constants = p.step_constants;
  const ir::Program &condition = *p.condition, &step = *p.step;
  const ir::Program asked_again = without_effects(condition);
  WhileParams all;
  flat::Recorded any_goes_on =
      flat::record([&](const flat::Arrays& a) { return flat::Arrays{any(ir::evaluate(condition, a)[0])}; },
                   input_types(condition), "vmap");
  std::vector<ShapeDtype> types = input_types(condition);
  types.resize(asked);
  const std::vector<ShapeDtype> of_step = input_types(step);
  types.insert(types.end(), of_step.begin(), of_step.end());
  flat::Recorded chosen_step = flat::record(
      [&](const flat::Arrays& a) {
        const std::span<const Array> given(a);
        const auto carried = given.subspan(asked + constants);
        const Array goes_on = ir::evaluate(asked_again, joined(given.first(asked), carried))[0];
        flat::Arrays next = ir::evaluate(step, given.subspan(asked));
        for (std::size_t c = 0; c < next.size(); ++c) {
          Shape shape{size};
          while (shape.rank() < next[c].ndim()) shape.insert(shape.rank(), 1);
          next[c] = where(reshape(goes_on, shape), next[c], carried[c]);
        }
        return next;
      },
      types, "vmap");
  all.condition = shared(std::move(any_goes_on.program));
  all.step = shared(std::move(chosen_step.program));
  all.condition_constants = asked;
  all.step_constants = asked + constants;
  return all;
}

BatchResult While::batch(const BatchCall& call) const {
  const std::size_t asked = params.condition_constants, constants = params.step_constants;
  const std::size_t carries = params.carries();
  flat::Arrays inputs(call.inputs.begin(), call.inputs.end());
  Flags batched(call.batched.begin(), call.batched.end());
  const auto set = [&](std::size_t c) {
    const std::size_t i = asked + constants + c;
    if (batched[i]) return;
    batched[i] = 1;
    inputs[i] = flat::broadcast_in_front(inputs[i], call.size);
  };
  const auto flags_of = [&](std::size_t first, std::size_t count) {
    Flags flags(batched.begin() + static_cast<std::ptrdiff_t>(first),
                batched.begin() + static_cast<std::ptrdiff_t>(first + count));
    flags.insert(flags.end(), batched.end() - static_cast<std::ptrdiff_t>(carries), batched.end());
    return flags;
  };
  Batched condition, step;
  for (;;) {
    const Flags forced(batched.end() - static_cast<std::ptrdiff_t>(carries), batched.end());
    condition = batched_of(*params.condition, flags_of(0, asked), call.size, {0});
    step = batched_of(*params.step, flags_of(asked, constants), call.size, forced);
    bool changed = false;
    for (std::size_t c = 0; c < carries; ++c) {
      if ((!step.outputs[c] && !condition.outputs[0]) || batched[asked + constants + c]) continue;
      set(c);
      changed = true;
    }
    if (!changed) break;
  }
  // What was captured comes in front of the constants.
  flat::Recorded &ask = condition.recorded, &next = step.recorded;
  captured_in_front(ask);
  captured_in_front(next);
  const std::span<const Array> given(inputs);
  const flat::Arrays of_condition = joined(ask.captured, given.first(asked));
  const flat::Arrays of_step = joined(next.captured, given.subspan(asked));
  WhileParams both{shared(std::move(ask.program)), shared(std::move(next.program)), of_condition.size(),
                   next.captured.size() + constants};
  const flat::Arrays all = joined(of_condition, of_step);
  if (!condition.outputs[0]) return {run(std::move(both), all), step.outputs};
  // The step asks the condition for each element, too, and so takes its constants.
  return {run(while_any(both, call.size), joined(of_condition, all)), step.outputs};
}

}  // namespace

const WhileParams* as_while(const Primitive& primitive) {
  const auto* found = dynamic_cast<const While*>(&primitive);
  return found ? &found->params : nullptr;
}
PrimitivePtr while_loop(WhileParams params) { return std::make_shared<const While>(std::move(params)); }

}  // namespace control

flat::Arrays flat::while_loop(Recorded condition, Recorded step, std::span<const Array> carries) {
  for (Recorded* recorded : {&condition, &step}) {
    control::arrays_captured(*recorded);
    control::captured_in_front(*recorded);
  }
  const Arrays inputs = control::joined(control::joined(condition.captured, step.captured), carries);
  return control::run(
      {control::shared(std::move(condition.program)), control::shared(std::move(step.program)),
       condition.captured.size(), step.captured.size()},
      inputs);
}

}  // namespace copse
