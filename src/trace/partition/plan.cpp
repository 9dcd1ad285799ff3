#include "plan.hpp"

#include <algorithm>

#include "../passes/facts.hpp"
#include "rules.hpp"

namespace copse::sharding {
namespace {

// The sites of a program, one after the other.
class Planner {
 public:
  /// `combined` is what an earlier plan of the program has found to be needed whole; empty at first.
  Planner(ir::Program program, const Request& request, passes::PerValue<Plan::Combined> combined = {})
      : before_(std::move(combined)) {
    plan_.program = std::move(program);
    plan_.parts = request.parts;
    plan_.inputs = request.inputs;
    plan_.given_whole = request.given_whole;
    plan_.given_whole.resize(request.inputs.size());
    plan_.values = passes::PerValue<Placement>(plan_.program);
    plan_.steps = passes::PerInstruction<Step>(plan_.program);
    plan_.combined = passes::PerValue<Plan::Combined>(plan_.program, Plan::not_at_all);
    at_hand_ = passes::PerValue<passes::Flag>(plan_.program);
    for (std::size_t i = 0; i < request.inputs.size(); ++i) {
      plan_.values[plan_.program.inputs[i]] = request.inputs[i];
      at_hand_[plan_.program.inputs[i]] = plan_.given_whole[i];
    }
  }

  Plan run(const Request& request) {
    for (std::size_t k = 0; k < plan_.program.instructions.size(); ++k) place(k);
    for (std::size_t o = 0; o < plan_.program.outputs.size(); ++o) {
      const ir::Id id = plan_.program.outputs[o];
      plan_.outputs.push_back(request.outputs[o].value_or(plan_.values[id]));
      need(id, plan_.outputs.back());
    }
    sort();
    return std::move(plan_);
  }

 private:
  // How many exchanges of sums each value waits for. What has side effects stays in order.
  void sort() {
    const ir::Program& program = plan_.program;
    passes::PerValue<std::uint32_t> exchanges(program);
    std::vector<std::uint32_t> waits;
    std::uint32_t of_effects = 0;
    for (std::size_t k = 0; k < program.instructions.size(); ++k) {
      const ir::Instruction& i = program.instructions[k];
      std::uint32_t most = i.primitive->has_effect() ? of_effects : 0;
      for (std::size_t n = 0; n < i.operands; ++n) {
        const ir::Id id = program.operands(i)[n];
        const bool added_up = plan_.values[id].is_partial() && !plan_.steps[k].operands[n].is_partial();
        most = std::max(most, exchanges[id] + (added_up ? 1 : 0));
      }
      if (i.primitive->has_effect()) of_effects = most;
      for (std::uint32_t r = 0; r < i.results; ++r) exchanges[i.first_result + r] = most;
      waits.push_back(most);
      plan_.order.push_back(k);
    }
    std::ranges::stable_sort(plan_.order, {}, [&](std::size_t k) { return waits[k]; });
  }

  void place(std::size_t k) {
    const ir::Program& program = plan_.program;
    const ir::Instruction& i = program.instructions[k];
    Site site{program, i, passes::operand_types(program, i), {}, {}, {}, false, plan_.parts};
    site.out.assign(program.types.begin() + i.first_result,
                    program.types.begin() + i.first_result + i.results);
    for (const ir::Id id : program.operands(i)) {
      const bool added_up = plan_.values[id].is_partial() && at_hand_[id];
      site.placed.push_back(added_up ? Placement{} : plan_.values[id]);
      site.known_whole.push_back(at_hand_[id]);
      site.adds_up = site.adds_up || (!before_.empty() && before_[id] == Plan::whole);
    }
    Step step = step_of(site);
    for (std::size_t n = 0; n < step.operands.size(); ++n) need(program.operands(i)[n], step.operands[n]);
    for (std::uint32_t r = 0; r < i.results; ++r) plan_.values[i.first_result + r] = step.results[r];
    plan_.steps[k] = std::move(step);
  }

  // Notes that a value is needed in some way. What is needed whole once is at hand from then on.
  void need(ir::Id id, const Placement& wanted) {
    const Placement& placed = plan_.values[id];
    if (wanted == placed || (wanted.is_divided() && placed.is_whole())) return;
    const bool scattered = placed.is_sum() && wanted.is_divided();
    if (placed.is_partial())
      plan_.combined[id] = std::max(plan_.combined[id], scattered ? Plan::in_parts : Plan::whole);
    if (!scattered) at_hand_[id] = 1;
  }

  Plan plan_;
  passes::PerValue<Plan::Combined> before_;
  passes::PerValue<passes::Flag> at_hand_;  // of which the ranks have all, whatever their placement is
};

}  // namespace

Plan plan(ir::Program program, const Request& request) {
  Plan made = Planner(std::move(program), request).run(request);
  if (std::ranges::find(made.combined, Plan::whole) == made.combined.end()) return made;
  return Planner(std::move(made.program), request, std::move(made.combined)).run(request);
}

}  // namespace copse::sharding
