// How single instructions may be computed in parts.
#pragma once

#include "plan.hpp"

namespace copse::sharding {

/// What the rules look at: an instruction, its types and how its operands lie.
struct Site {
  const ir::Program& program;
  const ir::Instruction& instruction;
  std::vector<ShapeDtype> in, out;
  std::vector<Placement> placed;          ///< by operand
  std::vector<passes::Flag> known_whole;  ///< by operand: divided, but whole is at hand, too
  bool adds_up = false;                   ///< whether an operand is a sum that is needed whole anyway
  int parts;

  const Primitive& primitive() const { return *instruction.primitive; }
};

/// How the instruction of a site is computed: in parts where an operand is divided and something is known by
/// which it may be, else on whole operands.
Step step_of(const Site& site);

}  // namespace copse::sharding
