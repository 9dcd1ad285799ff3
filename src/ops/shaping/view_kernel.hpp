// Copies elements chosen through strides: what broadcast, transpose, slice and flip all do.
#pragma once

#include "copse/core/primitive.hpp"

namespace copse::shaping {

/// A kernel that fills an array of `out`'s type, element by element, from one input read through `view`.
std::unique_ptr<Kernel> view_kernel(const ShapeDtype& out, const View& view);

}  // namespace copse::shaping
