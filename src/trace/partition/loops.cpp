#include "loops.hpp"

#include <algorithm>

#include "../control/call.hpp"
#include "../control/scan.hpp"

namespace copse::sharding {
namespace {

// The placement of an element along the first axis, and the way back; nothing where that axis is divided.
std::optional<Placement> of_element(Placement placement) {
  if (!placement.is_divided()) return placement;
  if (placement.axis-- == 0) return std::nullopt;
  return placement;
}
Placement stacked(Placement placement) {
  if (placement.is_divided()) ++placement.axis;
  return placement;
}

// What a program within takes of a value outside: sums are added up before.
Placement taken(const Placement& placement) { return placement.is_partial() ? Placement{} : placement; }

// The placements of the carries of a loop, so that each step takes them as the one before gives them. What is
// whole at first may be something that sums are added to, as the gradients of weights are: that is tried.
class Carries {
 public:
  Carries(const control::ScanParams& scan, const Site& site) : scan_(scan), site_(site) {
    for (std::size_t c = 0; c < scan.carries; ++c) {
      placed.push_back(taken(site.placed[scan.constants + c]));
      sums_.push_back(placed[c].is_whole() && site.in[scan.constants + c].dtype != DType::bool_);
      if (sums_[c]) placed[c] = Placement::partial(traits::Combination::sum);
    }
    fixed_.assign(scan.carries, 0);
  }

  Plan settle() {
    for (;;) {
      const Plan made = plan_of_step(false);
      bool changed = false;
      for (std::size_t c = 0; c < placed.size(); ++c) changed = give_up_sum(c, made) || changed;
      if (changed) continue;
      for (std::size_t c = 0; c < placed.size(); ++c)
        changed = adapt(c, made.values[made.program.outputs[c]]) || changed;
      if (!changed) return plan_of_step(true);
    }
  }

  std::vector<Placement> placed;

 private:
  Plan plan_of_step(bool settled) const {
    Request request{.parts = site_.parts};
    for (std::size_t i = 0; i < site_.placed.size(); ++i) {
      if (i < scan_.constants)
        request.inputs.push_back(taken(site_.placed[i]));
      else if (i < scan_.constants + scan_.carries)
        request.inputs.push_back(placed[i - scan_.constants]);
      else
        request.inputs.push_back(of_element(taken(site_.placed[i])).value_or(Placement{}));
    }
    request.outputs.resize(scan_.step->outputs.size());
    if (settled) std::copy(placed.begin(), placed.end(), request.outputs.begin());
    return plan(*scan_.step, request);
  }

  // A carry that was taken for a sum is whole where a step gives something else, or needs all of it.
  bool give_up_sum(std::size_t c, const Plan& made) {
    if (!sums_[c]) return false;
    const ir::Id before = made.program.inputs[scan_.constants + c], after = made.program.outputs[c];
    if (before != after && made.values[after].is_sum() && made.combined[before] == Plan::not_at_all)
      return false;
    sums_[c] = 0;
    placed[c] = {};
    return true;
  }

  // A whole carry becomes what a step makes of it; one that a step makes into something else is whole.
  bool adapt(std::size_t c, const Placement& made) {
    if (fixed_[c] || sums_[c] || made == placed[c]) return false;
    if (placed[c].is_whole()) {
      if (made.is_partial() && !made.is_sum()) return false;
      placed[c] = made;
      return true;
    }
    if (made.is_whole()) return false;  // of which each rank takes its part
    placed[c] = {};
    fixed_[c] = 1;
    return true;
  }

  const control::ScanParams& scan_;
  const Site& site_;
  std::vector<passes::Flag> sums_;   // which are taken for sums
  std::vector<passes::Flag> fixed_;  // which stay whole
};

Step scan_step(const control::ScanParams& scan, const Site& site) {
  Carries carries(scan, site);
  Step step{.making = Step::Making::scan};
  auto inside = std::make_shared<Plan>(carries.settle());
  step.operands = inside->inputs;
  for (std::size_t i = scan.constants + scan.carries; i < step.operands.size(); ++i)
    step.operands[i] = stacked(step.operands[i]);
  step.results = carries.placed;
  for (std::size_t o = scan.carries; o < scan.step->outputs.size(); ++o)
    step.results.push_back(stacked(inside->outputs[o]));
  step.inside = std::move(inside);
  return step;
}

Step call_step(const control::Called& called, const Site& site) {
  Request request{.parts = site.parts};
  for (const Placement& placement : site.placed) request.inputs.push_back(taken(placement));
  request.outputs.resize(site.out.size());
  auto inside = std::make_shared<Plan>(plan(*called.program, request));
  return {.making = Step::Making::call,
          .operands = inside->inputs,
          .results = inside->outputs,
          .inside = std::move(inside)};
}

}  // namespace

std::optional<Step> step_within(const Site& site) {
  const bool divided = std::ranges::any_of(site.placed, &Placement::is_divided);
  if (!divided && !site.primitive().has_effect()) return std::nullopt;
  if (const control::ScanParams* scan = control::as_scan(site.primitive())) return scan_step(*scan, site);
  if (const auto called = control::as_call(site.primitive())) return call_step(*called, site);
  return std::nullopt;
}

std::int64_t steps_of(const Primitive& primitive) {
  const control::ScanParams* scan = control::as_scan(primitive);
  return scan ? scan->length : 1;
}

PrimitivePtr local_primitive(const Step& step, const Primitive& whole, ir::Program inside) {
  control::ProgramPtr program = control::shared(std::move(inside));
  if (step.making == Step::Making::call)
    return control::call(std::move(program), control::as_call(whole)->name);
  control::ScanParams params = *control::as_scan(whole);
  params.step = std::move(program);
  return control::scan(std::move(params));
}

}  // namespace copse::sharding
