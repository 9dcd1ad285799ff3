#include "loops.hpp"

#include <algorithm>
#include <functional>

#include "../control/branch.hpp"
#include "../control/scan.hpp"
#include "../control/while_loop.hpp"

namespace copse::sharding {
namespace {

using Placements = std::vector<Placement>;
using Wanted = std::vector<std::optional<Placement>>;

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

// What a program within takes of values outside: sums are added up before.
Placement taken(const Placement& placement) { return placement.is_partial() ? Placement{} : placement; }
Placements taken(std::span<const Placement> placements) {
  Placements all;
  for (const Placement& placement : placements) all.push_back(taken(placement));
  return all;
}

Plan plan_within(const control::ProgramPtr& program, Placements inputs, Wanted outputs, int parts) {
  outputs.resize(program->outputs.size());
  return plan(*program, {.inputs = std::move(inputs), .outputs = std::move(outputs), .parts = parts});
}

std::shared_ptr<const Plan> shared_plan(Plan made) { return std::make_shared<const Plan>(std::move(made)); }

Placements joined(Placements a, std::span<const Placement> b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// The placements of the carries of a loop, so that each step takes them as the one before gives them. What is
// whole at first may be something that sums are added to, as the gradients of weights are: that is tried
// where the loop allows it.
class Carries {
 public:
  /// `plan_step(placements, wanted)` plans a step whose carries are placed in that way, the first of them its
  /// input number `first`.
  Carries(std::span<const Placement> at_first, std::size_t first,
          std::function<Plan(const Placements&, const Wanted&)> plan_step)
      : placed(taken(at_first)), first_(first), plan_step_(std::move(plan_step)) {
    sums_.assign(placed.size(), 0);
    fixed_.assign(placed.size(), 0);
  }

  void try_sums(std::span<const ShapeDtype> types) {
    for (std::size_t c = 0; c < placed.size(); ++c) {
      sums_[c] = placed[c].is_whole() && types[c].dtype != DType::bool_;
      if (sums_[c]) placed[c] = Placement::partial(traits::Combination::sum);
    }
  }

  Plan settle() {
    for (;;) {
      const Plan made = plan_step_(placed, {});
      bool changed = false;
      for (std::size_t c = 0; c < placed.size(); ++c) changed = give_up_sum(c, made) || changed;
      if (changed) continue;
      for (std::size_t c = 0; c < placed.size(); ++c)
        changed = adapt(c, made.values[made.program.outputs[c]]) || changed;
      if (!changed) return plan_step_(placed, Wanted(placed.begin(), placed.end()));
    }
  }

  Placements placed;

 private:
  // A carry that was taken for a sum is whole where a step gives something else, or needs all of it.
  bool give_up_sum(std::size_t c, const Plan& made) {
    if (!sums_[c]) return false;
    const ir::Id before = made.program.inputs[first_ + c], after = made.program.outputs[c];
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
      if (made.is_partial()) return false;
      placed[c] = made;
      return true;
    }
    if (made.is_whole()) return false;  // of which each rank takes its part
    placed[c] = {};
    fixed_[c] = 1;
    return true;
  }

  std::size_t first_;
  std::function<Plan(const Placements&, const Wanted&)> plan_step_;
  std::vector<passes::Flag> sums_;   // which are taken for sums
  std::vector<passes::Flag> fixed_;  // which stay whole
};

Step scan_step(const control::ScanParams& scan, const Site& site) {
  const std::span<const Placement> given(site.placed);
  const Placements constants = taken(given.first(scan.constants));
  Placements xs;
  for (const Placement& x : given.subspan(scan.constants + scan.carries))
    xs.push_back(of_element(taken(x)).value_or(Placement{}));
  Carries carries(given.subspan(scan.constants, scan.carries), scan.constants,
                  [&](const Placements& placed, const Wanted& wanted) {
                    return plan_within(scan.step, joined(joined(constants, placed), xs), wanted, site.parts);
                  });
  carries.try_sums(std::span(site.in).subspan(scan.constants));
  Step step{.making = Step::Making::within};
  Plan inside = carries.settle();
  for (Placement& x : xs) x = stacked(x);
  step.operands = joined(joined(constants, carries.placed), xs);
  step.results = carries.placed;
  for (std::size_t o = scan.carries; o < inside.outputs.size(); ++o)
    step.results.push_back(stacked(inside.outputs[o]));
  step.inside.push_back(shared_plan(std::move(inside)));
  return step;
}

// The condition is asked by all ranks and has one answer.
Step while_step(const control::WhileParams& loop, const Site& site) {
  const std::span<const Placement> given(site.placed);
  const Placements asked = taken(given.first(loop.condition_constants)),
                   constants = taken(given.subspan(loop.condition_constants, loop.step_constants));
  Carries carries(given.subspan(loop.condition_constants + loop.step_constants), loop.step_constants,
                  [&](const Placements& placed, const Wanted& wanted) {
                    return plan_within(loop.step, joined(constants, placed), wanted, site.parts);
                  });
  Step step{.making = Step::Making::within};
  Plan inside = carries.settle();
  step.inside.push_back(
      shared_plan(plan_within(loop.condition, joined(asked, carries.placed), {Placement{}}, site.parts)));
  step.inside.push_back(shared_plan(std::move(inside)));
  step.operands = joined(joined(asked, constants), carries.placed);
  step.results = carries.placed;
  return step;
}

// What branches agree on: what is whole can be had in parts, or as the first rank's part of a sum.
Placement common(const Placement& a, const Placement& b) {
  if (a == b || b.is_whole()) return a.is_partial() && !a.is_sum() && a != b ? Placement{} : a;
  if (a.is_whole()) return common(b, a);
  return {};
}

Step branch_step(const control::Programs& programs, const Site& site) {
  Step step{.making = Step::Making::within};
  const Placements arguments = taken(std::span(site.placed).subspan(1));
  Wanted wanted;
  for (const control::ProgramPtr& program : programs) {
    const Placements given = plan_within(program, arguments, {}, site.parts).outputs;
    wanted.resize(given.size());
    for (std::size_t o = 0; o < given.size(); ++o)
      wanted[o] = wanted[o] ? common(*wanted[o], given[o]) : given[o];
  }
  for (const control::ProgramPtr& program : programs)
    step.inside.push_back(shared_plan(plan_within(program, arguments, wanted, site.parts)));
  step.operands = joined({Placement{}}, arguments);
  step.results = step.inside[0]->outputs;
  return step;
}

Step call_step(const control::Called& called, const Site& site) {
  Step step{.making = Step::Making::within};
  step.inside.push_back(shared_plan(plan_within(called.program, taken(site.placed), {}, site.parts)));
  step.operands = step.inside[0]->inputs;
  step.results = step.inside[0]->outputs;
  return step;
}

}  // namespace

std::optional<Step> step_within(const Site& site) {
  const bool divided = std::ranges::any_of(site.placed, &Placement::is_divided);
  if (!divided && !site.primitive().has_effect()) return std::nullopt;
  if (const control::ScanParams* scan = control::as_scan(site.primitive())) return scan_step(*scan, site);
  if (const control::WhileParams* loop = control::as_while(site.primitive())) return while_step(*loop, site);
  if (const control::Programs* programs = control::as_branch(site.primitive()))
    return branch_step(*programs, site);
  if (const auto called = control::as_call(site.primitive())) return call_step(*called, site);
  return std::nullopt;
}

std::int64_t steps_of(const Primitive& primitive) {
  const control::ScanParams* scan = control::as_scan(primitive);
  return scan ? scan->length : 1;
}

PrimitivePtr local_primitive(const Primitive& whole, std::vector<ir::Program> inside) {
  control::Programs programs;
  for (ir::Program& program : inside) programs.push_back(control::shared(std::move(program)));
  if (const control::ScanParams* scan = control::as_scan(whole)) {
    control::ScanParams params = *scan;
    params.step = std::move(programs[0]);
    return control::scan(std::move(params));
  }
  if (const control::WhileParams* loop = control::as_while(whole)) {
    control::WhileParams params = *loop;
    params.condition = std::move(programs[0]);
    params.step = std::move(programs[1]);
    return control::while_loop(std::move(params));
  }
  if (control::as_branch(whole)) return control::branch(std::move(programs));
  return control::call(std::move(programs[0]), control::as_call(whole)->name);
}

}  // namespace copse::sharding
