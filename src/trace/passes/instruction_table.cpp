#include "instruction_table.hpp"

#include <algorithm>
#include <typeindex>

namespace copse::passes {
namespace {

std::size_t hash(const Primitive& primitive, std::span<const ir::Id> operands) {
  std::size_t h = std::type_index(typeid(primitive)).hash_code();
  for (const ir::Id id : operands) h ^= id + 0x9e3779b97f4a7c15u + (h << 6) + (h >> 2);
  return h;
}

}  // namespace

const ir::Instruction* InstructionTable::find_in(const Bucket& bucket, const Primitive& primitive,
                                                 std::span<const ir::Id> operands,
                                                 std::span<const ShapeDtype> results) const {
  for (const std::size_t k : bucket) {
    const ir::Instruction& i = program_.instructions[k];
    if (std::ranges::equal(operands, program_.operands(i)) &&
        std::ranges::equal(results, std::span(program_.types).subspan(i.first_result, i.results)) &&
        (i.primitive.get() == &primitive || i.primitive->same(primitive)))
      return &i;
  }
  return nullptr;
}

const ir::Instruction* InstructionTable::find(const Primitive& primitive, std::span<const ir::Id> operands,
                                              std::span<const ShapeDtype> results) const {
  const auto bucket = by_hash_.find(hash(primitive, operands));
  return bucket == by_hash_.end() ? nullptr : find_in(bucket->second, primitive, operands, results);
}

const ir::Instruction* InstructionTable::find_or_add(const Primitive& primitive,
                                                     std::span<const ir::Id> operands,
                                                     std::span<const ShapeDtype> results, std::size_t k) {
  Bucket& bucket = by_hash_[hash(primitive, operands)];
  const ir::Instruction* found = find_in(bucket, primitive, operands, results);
  if (!found) bucket.push_back(k);
  return found;
}

}  // namespace copse::passes
