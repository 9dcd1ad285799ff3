// Checks of derivatives against finite differences.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "copse/core/array.hpp"

namespace copse::testing {

/// How close derivatives must be, and how far apart the points of a difference are.
struct GradientTolerance {
  double relative = 1e-5;
  double absolute = 1e-7;
  double step = 1e-5;
};

/// Compares reverse- and forward-mode derivatives of `f` (from a list of arrays to one array) with central
/// differences at `inputs`. Inputs should be float64: in float32 differences say little. Gives an empty text
/// if all agree, else where they do not and both values.
std::string check_gradients(const std::function<Array(const std::vector<Array>&)>& f,
                            const std::vector<Array>& inputs, const GradientTolerance& tolerance = {});

}  // namespace copse::testing
