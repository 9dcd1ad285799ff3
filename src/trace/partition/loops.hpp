// How operations that are made of programs are computed in parts.
#pragma once

#include "rules.hpp"

namespace copse::sharding {

/// How a loop or a called program is computed: by a program for each rank. Nothing for other operations, and
/// where no operand is divided or partial.
std::optional<Step> step_within(const Site& site);

/// How many steps a loop has; 1 for other operations.
std::int64_t steps_of(const Primitive& primitive);

/// The primitive of such a step for one rank, whose local program within is given.
PrimitivePtr local_primitive(const Step& step, const Primitive& whole, ir::Program inside);

}  // namespace copse::sharding
