// One of several programs, as what divides programs sees it.
#pragma once

#include "call.hpp"

namespace copse::control {

using Programs = std::vector<ProgramPtr>;

/// The programs of a branch, which all take its operands but the first, the index; null if the primitive is
/// another.
const Programs* as_branch(const Primitive& primitive);
PrimitivePtr branch(Programs programs);

}  // namespace copse::control
