// How files hold leaves of trees that are no arrays.
#pragma once

#include "copse/core/config.hpp"

namespace copse {

/// Specialised for a type of leaf, with `static Array to_array(const L&)` and `static L from_array(const
/// Array&)`. Arrays and numbers need none.
template <class L>
struct StoredLeaf {};

}  // namespace copse
