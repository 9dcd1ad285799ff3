// Whether bare numbers fit the dtype of what they meet.
#pragma once

#include <string_view>

#include "copse/core/array.hpp"

namespace copse::elementwise {

/// Throws ValueError naming `function` where a weakly typed array, a bare number or one that has been
/// broadcast, has an element that `dtype`, of integers, cannot hold: it would wrap. Of values that are not
/// known yet, those are refused that need int64.
void require_fits(const Array& x, DType dtype, std::string_view function);

}  // namespace copse::elementwise
