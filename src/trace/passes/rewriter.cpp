#include <fmt/format.h>

#include <algorithm>

#include "copse/core/error.hpp"
#include "passes.hpp"

namespace copse::passes {

Rewriter::Rewriter(const ir::Program& from) : from_(from), map_(from.types.size(), none) {
  to.types.reserve(from.types.size());
  for (const ir::Id id : from.inputs) map_[id] = to.add_input(from.types[id]);
  for (const ir::Constant& c : from.constants) map_[c.id] = to.add_constant(c.value);
}

void Rewriter::set(ir::Id old, ir::Id now) {
  if (now >= to.types.size()) throw InternalError(fmt::format("%{} has nothing to stand for it", old));
  const ShapeDtype &wanted = from_.types[old], &got = to.types[now];
  if (got.dtype != wanted.dtype || got.shape != wanted.shape)
    throw InternalError(
        fmt::format("%{} is {}, what is to stand for it is {}", old, to_string(wanted), to_string(got)));
  map_[old] = now;
  if (placed_ == to.instructions.size()) return;
  const ir::Instruction* made = ir::maker(from_.instructions, old);
  for (; placed_ < to.instructions.size(); ++placed_)
    if (std::uint32_t& path = to.instructions[placed_].path; made && !path) path = made->path;
}

void Rewriter::note_added() {
  for (; seen_ < to.instructions.size(); ++seen_) to.unverified.push_back(static_cast<std::uint32_t>(seen_));
}

void Rewriter::copy(const ir::Instruction& instruction) {
  note_added();
  operands_.clear();
  for (const ir::Id id : from_.operands(instruction)) operands_.push_back(map_[id]);
  const ir::Id first = to.add(instruction.primitive, operands_,
                              {from_.types.data() + instruction.first_result, instruction.results});
  to.instructions.back().path = instruction.path;
  for (std::uint32_t r = 0; r < instruction.results; ++r) map_[instruction.first_result + r] = first + r;
  ++seen_;
  if (placed_ + 1 == to.instructions.size()) ++placed_;
}

std::vector<ir::Id> Rewriter::splice(const ir::Program& body, std::span<const ir::Id> given) {
  std::vector<ir::Id> number(body.types.size(), none), results;
  for (std::size_t n = 0; n < body.inputs.size(); ++n) number[body.inputs[n]] = given[n];
  for (const ir::Constant& c : body.constants) number[c.id] = to.add_constant(c.value);
  for (const ir::Instruction& i : body.instructions) {
    operands_.clear();
    for (const ir::Id id : body.operands(i)) operands_.push_back(number[id]);
    const ir::Id first = to.add(i.primitive, operands_, {body.types.data() + i.first_result, i.results});
    to.instructions.back().path = i.path;
    for (std::uint32_t r = 0; r < i.results; ++r) number[i.first_result + r] = first + r;
  }
  for (const ir::Id id : body.outputs) results.push_back(number[id]);
  return results;
}

ir::Program Rewriter::finish() {
  note_added();
  for (const ir::Id id : from_.outputs) to.outputs.push_back(map_[id]);
  return std::move(to);
}

std::vector<std::uint32_t> use_counts(const ir::Program& program) {
  std::vector<std::uint32_t> uses(program.types.size(), 0);
  for (const ir::Instruction& i : program.instructions)
    for (const ir::Id id : program.operands(i)) ++uses[id];
  for (const ir::Id id : program.outputs) ++uses[id];
  return uses;
}

std::vector<std::uint8_t> needed_for(const ir::Program& program, std::vector<std::uint8_t> flags) {
  for (std::size_t k = program.instructions.size(); k-- > 0;) {
    const ir::Instruction& i = program.instructions[k];
    const auto results = flags.begin() + i.first_result;
    if (std::any_of(results, results + i.results, [](std::uint8_t needed) { return needed != 0; }))
      for (const ir::Id id : program.operands(i)) flags[id] = 1;
  }
  return flags;
}

std::vector<std::int32_t> producers(const ir::Program& program) {
  std::vector<std::int32_t> at(program.types.size(), -1);
  for (std::size_t k = 0; k < program.instructions.size(); ++k) {
    const ir::Instruction& i = program.instructions[k];
    for (std::uint32_t r = 0; r < i.results; ++r) at[i.first_result + r] = static_cast<std::int32_t>(k);
  }
  return at;
}

}  // namespace copse::passes
