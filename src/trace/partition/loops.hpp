// How operations that are made of programs are computed in parts.
#pragma once

#include "rules.hpp"

namespace copse::sharding {

/// How a loop or a called program is computed: by a program for each rank. Nothing for other operations, and
/// where no operand is divided or partial.
std::optional<Step> step_within(const Site& site);

/// How many steps a loop has; 1 for other operations, and where nobody knows.
std::int64_t steps_of(const Primitive& primitive);

/// The primitive of such a step for one rank, with its local programs in the place of the whole ones.
PrimitivePtr local_primitive(const Primitive& whole, std::vector<ir::Program> inside);

}  // namespace copse::sharding
