// A program as C++.
#pragma once

#include "modes.hpp"

namespace random_programs {

/// A program with a main function that exits 0 if what the mode compares is the same, within what rounding
/// explains.
std::string as_code(const Program& program, const Mode& mode);
/// A line for each step, indented like the blocks.
std::string as_code(const Block& block, int indent);

}  // namespace random_programs
