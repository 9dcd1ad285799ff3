#include "analysis.hpp"

#include <algorithm>

namespace copse::passes {

PerValue<std::uint32_t> use_counts(const ir::Program& program) {
  PerValue<std::uint32_t> uses(program);
  for (const ir::Instruction& i : program.instructions)
    for (const ir::Id id : program.operands(i)) ++uses[id];
  for (const ir::Id id : program.outputs) ++uses[id];
  return uses;
}

PerValue<std::int32_t> producers(const ir::Program& program) {
  PerValue<std::int32_t> at(program, -1);
  for (std::size_t k = 0; k < program.instructions.size(); ++k) {
    const ir::Instruction& i = program.instructions[k];
    for (std::uint32_t r = 0; r < i.results; ++r) at[i.first_result + r] = static_cast<std::int32_t>(k);
  }
  return at;
}

PerValue<std::vector<std::uint32_t>> readers(const ir::Program& program) {
  PerValue<std::vector<std::uint32_t>> found(program);
  for (std::size_t k = 0; k < program.instructions.size(); ++k)
    for (const ir::Id id : program.operands(program.instructions[k]))
      found[id].push_back(static_cast<std::uint32_t>(k));
  return found;
}

PerValue<Flag> escaping(const ir::Program& program) {
  PerValue<Flag> found(program);
  for (const ir::Id id : program.outputs) found[id] = 1;
  return found;
}

PerValue<Flag> depending_on(const ir::Program& program, std::span<const ir::Id> values) {
  PerValue<Flag> found(program);
  for (const ir::Id id : values) found[id] = 1;
  for (const ir::Instruction& i : program.instructions) {
    const auto operands = program.operands(i);
    if (std::any_of(operands.begin(), operands.end(), [&](ir::Id id) { return found[id] != 0; }))
      for (std::uint32_t r = 0; r < i.results; ++r) found[i.first_result + r] = 1;
  }
  return found;
}

Liveness liveness(const ir::Program& program, PerValue<Flag> needed) {
  return liveness(program, std::move(needed), [&](std::size_t k, PerValue<Flag>& live) {
    for (const ir::Id id : program.operands(program.instructions[k])) live[id] = 1;
  });
}

}  // namespace copse::passes
