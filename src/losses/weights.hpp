// Weights of samples: what has weight 0 has no influence, neither on the value nor on the gradient.
#pragma once

#include "copse/core/array.hpp"

namespace copse::losses {

/// Weights as they broadcast against `like`, along its leading axes. Throws ShapeError where they don't fit.
Array along_leading(const Array& sample_weight, const Array& like);

/// x with 0 in place of samples of weight 0, whatever they are: nan there would reach the gradient even where
/// it is multiplied by 0. Weights that don't fit, or have no value, change nothing.
Array without_weightless(const Array& x, const Array& sample_weight);

}  // namespace copse::losses
