// Calls compiled and differentiated, as the checks need it.
#pragma once

#include "row.hpp"

namespace tables {

/// What the call gives when recorded and compiled for these inputs.
Arrays compiled(const Call& f, Arrays inputs);
/// Whether floating-point numbers go in and come out, so that there is something to differentiate.
bool has_floats(const Row& row);
/// Numbers that differ from element to element, no value for integer results.
Arrays cotangents_for(const Arrays& results);
/// Gradients of the inputs for these cotangents; no value for integer inputs.
Arrays gradients_of(const Call& f, const Arrays& inputs);

}  // namespace tables
