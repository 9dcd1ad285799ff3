// The smallest program that fails as a given one does.
#pragma once

#include "run.hpp"

namespace random_programs {

/// Leaves out steps, outputs and whole blocks and makes extents smaller, as long as what is left fails in the
/// same way.
Program shrink(Program program, const Failure& failure, int seconds);

/// Without the steps, results and inputs that no output needs.
Program without_dead(Program program);

}  // namespace random_programs
