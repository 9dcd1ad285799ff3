#include "loops.hpp"

#include <algorithm>

namespace copse::passes {

ir::Program part_of(const ir::Program& program, std::span<const ir::Id> inputs,
                    std::span<const ir::Id> outputs) {
  PerValue<Flag> given(program), needed(program);
  for (const ir::Id id : inputs) given[id] = 1;
  const auto need = [&](std::span<const ir::Id> ids, PerValue<Flag>& values) {
    for (const ir::Id id : ids) values[id] |= !given[id];
  };
  need(outputs, needed);
  const Liveness live = liveness(program, std::move(needed), [&](std::size_t k, PerValue<Flag>& values) {
    need(program.operands(program.instructions[k]), values);
  });
  ir::Program part;
  PerValue<ir::Id> number(program, Rewriter::none);
  std::vector<ir::Id> operands;
  for (const ir::Id id : inputs) number[id] = part.add_input(program.types[id]);
  for (const ir::Constant& c : program.constants)
    if (live.values[c.id]) number[c.id] = part.add_constant(c.value);
  for (std::size_t k = 0; k < program.instructions.size(); ++k) {
    if (!live.instructions[k]) continue;
    const ir::Instruction& i = program.instructions[k];
    operands.clear();
    for (const ir::Id id : program.operands(i)) operands.push_back(number[id]);
    const ir::Id first = part.add(i.primitive, operands, {program.types.data() + i.first_result, i.results});
    part.instructions.back().path = i.path;
    for (std::uint32_t r = 0; r < i.results; ++r)
      if (!given[i.first_result + r]) number[i.first_result + r] = first + r;
  }
  for (const ir::Id id : outputs) part.outputs.push_back(number[id]);
  return part;
}

ir::Program simplified(ir::Program program) {
  const auto through = [&](Result next) {
    if (next) program = std::move(*next);
  };
  through(inline_programs(program));
  through(dead_code(program));
  through(fold_constants(program));
  through(common_subexpressions(program));
  return program;
}

control::ProgramPtr SimplifiedSteps::operator[](const control::ProgramPtr& step) {
  if (const auto known = simplified_.find(step); known != simplified_.end()) return known->second;
  control::ProgramPtr made = control::shared(simplified(*step));
  simplified_.emplace(step, made);
  add(made);
  return made;
}

std::optional<PrunedScan> pruned(const control::ScanParams& scan, std::span<const std::uint8_t> read) {
  const ir::Program& step = *scan.step;
  std::vector<Flag> left(read.begin(), read.end());
  PerValue<Flag> needed;
  // A carry is needed where a step reads it for something that is needed.
  for (bool changed = true; changed;) {
    changed = false;
    PerValue<Flag> from(step);
    for (std::size_t o = 0; o < left.size(); ++o)
      if (left[o]) from[step.outputs[o]] = 1;
    needed = liveness(step, std::move(from)).values;
    for (std::size_t c = 0; c < scan.carries; ++c)
      if (!left[c] && needed[step.inputs[scan.constants + c]]) left[c] = 1, changed = true;
  }
  PrunedScan result;
  control::ScanParams less = scan;
  less.constants = less.carries = 0;
  std::vector<ir::Id> inputs, outputs;
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    const bool carry = i >= scan.constants && i < scan.constants + scan.carries;
    if (carry ? !left[i - scan.constants] : !needed[step.inputs[i]]) continue;
    if (i < scan.constants) ++less.constants;
    if (carry) ++less.carries;
    inputs.push_back(step.inputs[i]);
    result.operands.push_back(i);
  }
  for (std::size_t o = 0; o < left.size(); ++o) {
    if (!left[o]) continue;
    outputs.push_back(step.outputs[o]);
    result.results.push_back(o);
  }
  if (inputs.size() == step.inputs.size() && outputs.size() == left.size()) return std::nullopt;
  less.kept = false;
  less.step = control::shared(part_of(step, inputs, outputs));
  result.primitive = control::scan(std::move(less));
  return result;
}

}  // namespace copse::passes
