// What reductions and cumulative functions share.
#pragma once

#include "copse/core/array.hpp"

namespace copse::reduction {

/// The product of all elements before (after, if `reverse`) each one along an axis.
Array exclusive_prod(const Array& x, int axis, bool reverse);

}  // namespace copse::reduction
