// Instructions by what they compute, to find those that compute the same.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "copse/trace/ir.hpp"

namespace copse::passes {

/// Instructions of a program, which may grow meanwhile.
class InstructionTable {
 public:
  explicit InstructionTable(const ir::Program& program) : program_(program) {}

  /// The instruction in the table that does the same with these operands and gives results of these types;
  /// null if there is none.
  const ir::Instruction* find(const Primitive& primitive, std::span<const ir::Id> operands,
                              std::span<const ShapeDtype> results) const;
  /// The same; if there is none, the program's instruction `k`, which does it, joins the table.
  const ir::Instruction* find_or_add(const Primitive& primitive, std::span<const ir::Id> operands,
                                     std::span<const ShapeDtype> results, std::size_t k);

 private:
  using Bucket = std::vector<std::size_t>;
  const ir::Instruction* find_in(const Bucket& bucket, const Primitive& primitive,
                                 std::span<const ir::Id> operands, std::span<const ShapeDtype> results) const;

  const ir::Program& program_;
  std::unordered_map<std::size_t, Bucket> by_hash_;
};

}  // namespace copse::passes
