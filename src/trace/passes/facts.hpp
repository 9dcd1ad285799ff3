// What passes ask of a single instruction, beyond what its primitive says.
#pragma once

#include <optional>
#include <vector>

#include "copse/trace/ir.hpp"

namespace copse::passes {

/// Types of an instruction's operands.
std::vector<ShapeDtype> operand_types(const ir::Program& program, const ir::Instruction& i);
/// What is known of an elementwise instruction; nothing of any other.
std::optional<traits::Elementwise> elementwise_of(const ir::Program& program, const ir::Instruction& i);
/// The laws of an elementwise instruction; none for any other.
const traits::Algebra& algebra_of(const ir::Program& program, const ir::Instruction& i);
/// Whether an instruction takes about as long as an addition in any loop.
bool cheap_arithmetic(const ir::Program& program, const ir::Instruction& i);
/// Which elements of its operand an instruction chooses, if it only does that.
std::optional<traits::View> view_of(const ir::Program& program, const ir::Instruction& i);

}  // namespace copse::passes
