#include "rewriter.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"

namespace copse::passes {

Rewriter::Rewriter(const ir::Program& from) : from_(from), map_(from, none) {
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
  if (with_path_ == to.instructions.size()) return;
  const ir::Instruction* made = ir::maker(from_.instructions, old);
  for (; with_path_ < to.instructions.size(); ++with_path_)
    if (std::uint32_t& path = to.instructions[with_path_].path; made && !path) path = made->path;
}

void Rewriter::note_added() {
  for (; seen_ < to.instructions.size(); ++seen_) to.unverified.push_back(static_cast<std::uint32_t>(seen_));
}

void Rewriter::copy(const ir::Instruction& instruction) {
  note_added();
  operands_ = (*this)[from_.operands(instruction)];
  const ir::Id first = to.add(instruction.primitive, operands_,
                              {from_.types.data() + instruction.first_result, instruction.results});
  to.instructions.back().path = instruction.path;
  for (std::uint32_t r = 0; r < instruction.results; ++r) map_[instruction.first_result + r] = first + r;
  ++seen_;
  if (with_path_ + 1 == to.instructions.size()) ++with_path_;
}

std::vector<ir::Id> Rewriter::operator[](std::span<const ir::Id> old) const {
  std::vector<ir::Id> now;
  for (const ir::Id id : old) now.push_back(map_[id]);
  return now;
}

std::vector<ir::Id> Rewriter::splice(const ir::Program& body, std::span<const ir::Id> given) {
  PerValue<ir::Id> number(body, none);
  for (std::size_t n = 0; n < body.inputs.size(); ++n) number[body.inputs[n]] = given[n];
  for (const ir::Constant& c : body.constants) number[c.id] = to.add_constant(c.value);
  for (const ir::Instruction& i : body.instructions) {
    operands_.clear();
    for (const ir::Id id : body.operands(i)) operands_.push_back(number[id]);
    const ir::Id first = to.add(i.primitive, operands_, {body.types.data() + i.first_result, i.results});
    to.instructions.back().path = i.path;
    for (std::uint32_t r = 0; r < i.results; ++r) number[i.first_result + r] = first + r;
  }
  std::vector<ir::Id> results;
  for (const ir::Id id : body.outputs) results.push_back(number[id]);
  return results;
}

ir::Program Rewriter::finish() {
  note_added();
  for (const ir::Id id : from_.outputs) to.outputs.push_back(map_[id]);
  return std::move(to);
}

}  // namespace copse::passes
