// The passes: each takes a program and gives a better one that computes the same.
#pragma once

#include "copse/trace/compile.hpp"

namespace copse::passes {

/// Puts in the place of composed operations what they are composed of, and with `definitions` programs in the
/// place of operations that are defined by one.
ir::Program expand(const ir::Program& program, bool definitions = true);
/// Computes what is known already; removes operations that change nothing; turns filled arrays into scalars.
ir::Program fold(const ir::Program& program);
/// Does equal instructions once.
ir::Program share(const ir::Program& program);
/// Leaves out instructions whose results nobody needs.
ir::Program drop(const ir::Program& program);
/// Takes transposes, bias and activation into products and convolutions.
ir::Program attach(const ir::Program& program);
/// Sums of arrays that are zero but for a part of their own, as gradients of slices are, become one array
/// made of parts.
ir::Program assemble(const ir::Program& program);
/// Sums of products over a few rows become one product over all of their rows.
ir::Program stack(const ir::Program& program);
/// Makes again, where a later loop reads it, what is cheap to make. `copies` says which instructions are such
/// copies, for `fuse`.
ir::Program repeat(const ir::Program& program, std::vector<std::uint8_t>& copies);
/// Joins elementwise operations, the views they read through and the sums at their ends into single
/// instructions. `copies` run where they are read.
ir::Program fuse(const ir::Program& program, const std::vector<std::uint8_t>& copies = {});

/// Puts instructions that only make results right behind what they wait for, so that it is set free.
/// `donated` says which inputs lend their memory to results.
ir::Program schedule(const ir::Program& program, std::span<const std::uint8_t> donated);

/// For writing passes: copies a program instruction by instruction, with values renumbered.
class Rewriter {
 public:
  explicit Rewriter(const ir::Program& from);

  /// The new number of an old value.
  ir::Id operator[](ir::Id old) const { return map_[old]; }
  void set(ir::Id old, ir::Id now) { map_[old] = now; }
  bool known(ir::Id old) const { return map_[old] != none; }
  /// Copies an instruction, its operands renumbered.
  void copy(const ir::Instruction& instruction);
  /// Adds an instruction on new numbers.
  ir::Id add(const PrimitivePtr& primitive, std::span<const ir::Id> operands, const ShapeDtype& result) {
    return to.add(primitive, operands, {&result, 1});
  }
  /// Renumbers the outputs and gives the new program.
  ir::Program finish();

  static constexpr ir::Id none = ~ir::Id{0};
  ir::Program to;

 private:
  const ir::Program& from_;
  std::vector<ir::Id> map_, operands_;
};

/// How often each value is read, outputs included.
std::vector<std::uint32_t> use_counts(const ir::Program& program);
/// The instruction that makes each value, or -1.
std::vector<std::int32_t> producers(const ir::Program& program);

}  // namespace copse::passes
