// For writing passes: a new program made from an old one, instruction by instruction.
#pragma once

#include <span>
#include <vector>

#include "analysis.hpp"

namespace copse::passes {

/// Copies a program instruction by instruction, with values renumbered.
class Rewriter {
 public:
  explicit Rewriter(const ir::Program& from);

  /// The new number of an old value.
  ir::Id operator[](ir::Id old) const { return map_[old]; }
  /// The new numbers of old values.
  std::vector<ir::Id> operator[](std::span<const ir::Id> old) const;
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
  PerValue<ir::Id> map_;
  std::vector<ir::Id> operands_;
  std::size_t seen_ = 0;       // instructions of the new program that are copies or noted
  std::size_t with_path_ = 0;  // instructions of the new program that have the path that they are to have
};

}  // namespace copse::passes
