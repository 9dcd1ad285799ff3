// Kernels that look at their results: what CompileOptions::check_nan asks for.
#pragma once

#include <memory>
#include <span>

#include "copse/trace/ir.hpp"

namespace copse::flat {

/// A kernel that runs an instruction's kernel and throws ValueError if there is a nan in its results and none
/// in its operands. The kernel itself if no result is of a floating dtype.
std::unique_ptr<Kernel> check_nan(std::unique_ptr<Kernel> kernel, const ir::Instruction& instruction,
                                  std::span<const ShapeDtype> in, std::span<const ShapeDtype> out);

}  // namespace copse::flat
