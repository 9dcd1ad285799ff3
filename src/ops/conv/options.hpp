// Checks of the options that convolutions and pooling share.
#pragma once

#include <array>
#include <vector>

#include "copse/ops/conv.hpp"
#include "geometry.hpp"

namespace copse::convolution {

/// One positive number for each spatial dimension; ones if none is given.
Triple triple(const char* function, const char* option, const std::vector<std::int64_t>& numbers,
              int spatial);

/// The padding that an option means for these extents.
void resolve_padding(const char* function, const Padding& padding, int spatial, const Triple& x,
                     const Triple& lhs, const Triple& window, const Triple& rhs, const Triple& strides,
                     Triple& low, Triple& high);

}  // namespace copse::convolution
