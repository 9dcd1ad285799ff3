// The passes: each takes a program and gives a better one that computes the same.
#pragma once

#include <optional>

#include "copse/trace/compile.hpp"

namespace copse::passes {

/// What a pass has made, or nothing where it has nothing to do.
using Result = std::optional<ir::Program>;

/// Puts in the place of composed operations what they are composed of, and with `definitions` programs in the
/// place of operations that are defined by one.
Result inline_programs(const ir::Program& program, bool definitions = true);
/// Computes what is known already; removes operations that change nothing; turns filled arrays into scalars.
Result fold_constants(const ir::Program& program);
/// Does equal instructions once.
Result common_subexpressions(const ir::Program& program);
/// Leaves out instructions and constants that no output depends on.
Result dead_code(const ir::Program& program);
/// Lets a loop keep what a later loop, as that of its gradient, would compute again from its ys.
Result loop_residuals(const ir::Program& program);
/// Takes out of loops what a step does not need of the step before: products over all steps are one.
Result loop_fission(const ir::Program& program);
/// Takes transposes, bias and activation into products and convolutions.
Result epilogues(const ir::Program& program);
/// Sums of arrays that are zero but for a part of their own, as gradients of slices are, become one array
/// made of parts.
Result concatenate_pads(const ir::Program& program);
/// Sums of products over a few rows become one product over all of their rows.
Result batch_products(const ir::Program& program);
/// Makes again, where a later loop reads it, what is cheap to make. `copies` says which instructions are such
/// copies, for `fuse`.
Result rematerialize(const ir::Program& program, std::vector<std::uint8_t>& copies);
/// Joins elementwise operations, the views they read through and the sums at their ends into single
/// instructions. `copies` run where they are read.
Result fuse(const ir::Program& program, const std::vector<std::uint8_t>& copies = {});

/// Puts instructions that only make results right behind what they wait for, so that it is set free.
/// `donated` says which inputs lend their memory to results.
Result schedule(const ir::Program& program, std::span<const std::uint8_t> donated);

/// For writing passes: copies a program instruction by instruction, with values renumbered.
class Rewriter {
 public:
  explicit Rewriter(const ir::Program& from);

  /// The new number of an old value.
  ir::Id operator[](ir::Id old) const { return map_[old]; }
  /// Says that one value stands for another, which has to have its shape and dtype, else InternalError. The
  /// instructions added for it have the path of the one that made the other, unless they have one.
  void set(ir::Id old, ir::Id now);
  bool known(ir::Id old) const { return map_[old] != none; }
  /// Copies an instruction, its operands renumbered. All others are new, and so unverified.
  void copy(const ir::Instruction& instruction);
  /// Adds an instruction on new numbers.
  ir::Id add(const PrimitivePtr& primitive, std::span<const ir::Id> operands, const ShapeDtype& result) {
    return to.add(primitive, operands, {&result, 1});
  }
  /// Adds a program on new numbers; gives those of its outputs.
  std::vector<ir::Id> splice(const ir::Program& body, std::span<const ir::Id> operands);
  /// Renumbers the outputs and gives the new program.
  ir::Program finish();

  static constexpr ir::Id none = ~ir::Id{0};
  ir::Program to;

 private:
  void note_added();

  const ir::Program& from_;
  std::vector<ir::Id> map_, operands_;
  std::size_t seen_ = 0;    // instructions of the new program that are copies or noted
  std::size_t placed_ = 0;  // instructions of the new program that have the path that they are to have
};

/// How often each value is read, outputs included.
std::vector<std::uint32_t> use_counts(const ir::Program& program);
/// The values that are needed to make some values, which come flagged.
std::vector<std::uint8_t> needed_for(const ir::Program& program, std::vector<std::uint8_t> flags);
/// The instruction that makes each value, or -1.
std::vector<std::int32_t> producers(const ir::Program& program);

}  // namespace copse::passes
