#include "loops.hpp"

#include <algorithm>

#include "../../ops/elementwise/algebra.hpp"
#include "../../ops/elementwise/chain.hpp"

namespace copse::passes {

ir::Program part_of(const ir::Program& program, std::span<const ir::Id> inputs,
                    std::span<const ir::Id> outputs) {
  std::vector<std::uint8_t> given(program.types.size(), 0), needed(program.types.size(), 0);
  for (const ir::Id id : inputs) given[id] = 1;
  for (const ir::Id id : outputs) needed[id] = 1;
  std::vector<std::uint8_t> keep(program.instructions.size(), 0);
  for (std::size_t k = program.instructions.size(); k-- > 0;) {
    const ir::Instruction& i = program.instructions[k];
    for (std::uint32_t r = 0; r < i.results; ++r)
      keep[k] = keep[k] || (needed[i.first_result + r] && !given[i.first_result + r]);
    if (keep[k])
      for (const ir::Id id : program.operands(i)) needed[id] = 1;
  }
  ir::Program part;
  std::vector<ir::Id> number(program.types.size(), Rewriter::none), operands;
  for (const ir::Id id : inputs) number[id] = part.add_input(program.types[id]);
  for (const ir::Constant& c : program.constants)
    if (needed[c.id] && !given[c.id]) number[c.id] = part.add_constant(c.value);
  for (std::size_t k = 0; k < keep.size(); ++k) {
    if (!keep[k]) continue;
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

std::vector<std::uint8_t> depending_on(const ir::Program& program, std::span<const ir::Id> values) {
  std::vector<std::uint8_t> found(program.types.size(), 0);
  for (const ir::Id id : values) found[id] = 1;
  for (const ir::Instruction& i : program.instructions) {
    const auto operands = program.operands(i);
    if (std::any_of(operands.begin(), operands.end(), [&](ir::Id id) { return found[id] != 0; }))
      std::fill_n(found.begin() + i.first_result, i.results, std::uint8_t{1});
  }
  return found;
}

bool cheap_arithmetic(const ir::Program& program, const ir::Instruction& i) {
  using elementwise::Arithmetic;
  if (i.results != 1) return false;
  if (const auto* algebra = elementwise::algebra_of(*i.primitive); algebra && algebra->cheap) return true;
  std::vector<ShapeDtype> types;
  for (const ir::Id operand : program.operands(i)) types.push_back(program.types[operand]);
  const auto what = elementwise::arithmetic_of(i.primitive->tile(types, program.types[i.first_result]));
  return what && *what != Arithmetic::divide && *what != Arithmetic::sqrt;
}

std::optional<PrunedScan> pruned(const control::ScanParams& scan, std::span<const std::uint8_t> read) {
  const ir::Program& step = *scan.step;
  std::vector<std::uint8_t> left(read.begin(), read.end()), needed;
  // A carry is needed where a step reads it for something that is needed.
  for (bool changed = true; changed;) {
    changed = false;
    std::vector<std::uint8_t> from(step.types.size(), 0);
    for (std::size_t o = 0; o < left.size(); ++o)
      if (left[o]) from[step.outputs[o]] = 1;
    needed = needed_for(step, std::move(from));
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
