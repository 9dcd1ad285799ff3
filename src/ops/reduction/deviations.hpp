// Sums of squared deviations from a mean: what variances are made of.
#pragma once

#include <vector>

#include "copse/core/array.hpp"

namespace copse::reduction {

/// The mean along the axes, which vanish. Axes are ascending, counted from the front; x is floating.
Array mean_along(const Array& x, const std::vector<int>& axes);

/// The sum of (x - mean)^2 along the axes, which vanish.
Array deviations(const Array& x, const std::vector<int>& axes);

}  // namespace copse::reduction
