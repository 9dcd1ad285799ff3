// Loops that run until a condition is false, as what divides programs sees them.
#pragma once

#include "call.hpp"

namespace copse::control {

/// Operands are the condition's constants, the step's, and the carries. Inputs of the condition and of the
/// step: constants of their own, then the carries.
struct WhileParams {
  ProgramPtr condition, step;
  std::size_t condition_constants = 0, step_constants = 0;

  std::size_t carries() const { return step->outputs.size(); }
};

/// The parameters of such a loop, or null if the primitive is another.
const WhileParams* as_while(const Primitive& primitive);
PrimitivePtr while_loop(WhileParams params);

}  // namespace copse::control
