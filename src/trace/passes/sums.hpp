// Sums of many terms, which programs hold as additions of two.
#pragma once

#include <vector>

#include "facts.hpp"
#include "passes.hpp"
#include "rewriter.hpp"

namespace copse::passes {

/// The additions of a program as trees: sums that only another sum of the same type reads are inside of it.
class Sums {
 public:
  explicit Sums(const ir::Program& program);

  /// Whether an instruction is a sum that is not inside of another one.
  bool root(const ir::Instruction& i) const { return is_sum(i) && !inside_[i.first_result]; }
  /// The terms of a root, from left to right.
  std::vector<ir::Id> terms(const ir::Instruction& root) const;
  /// The instruction that makes a value, or null.
  const ir::Instruction* maker(ir::Id id) const {
    return producer_[id] < 0 ? nullptr : &program_.instructions[static_cast<std::size_t>(producer_[id])];
  }
  /// How often a value is read.
  std::uint32_t uses(ir::Id id) const { return uses_[id]; }

 private:
  bool is_sum(const ir::Instruction& i) const { return algebra_of(program_, i).sum; }

  const ir::Program& program_;
  PerValue<std::int32_t> producer_;
  PerValue<std::uint32_t> uses_;
  PerValue<Flag> inside_;
};

/// Copies a program but for the sums that `rewrite(rewriter, sum)` has written in its own way, true.
template <class F>
Result rewrite_sums(const ir::Program& program, const Sums& sums, F&& rewrite) {
  Rewriter rewriter(program);
  bool changed = false;
  for (const ir::Instruction& i : program.instructions) {
    if (sums.root(i) && rewrite(rewriter, i))
      changed = true;
    else
      rewriter.copy(i);
  }
  if (!changed) return std::nullopt;
  return rewriter.finish();
}

/// Adds values of one type, from left to right, by the primitive of a sum.
ir::Id add_up(Rewriter& rewriter, const ir::Instruction& sum, const std::vector<ir::Id>& terms,
              const ShapeDtype& type);

}  // namespace copse::passes
