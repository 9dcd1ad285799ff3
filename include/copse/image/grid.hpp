// Many images as one.
#pragma once

#include <cstdint>

#include "copse/core/array.hpp"

namespace copse::image {

struct GridOptions {
  std::int64_t gap = 1;  ///< elements between neighbours, and around all
  double fill = 1;       ///< what they are, and what the places behind the last image are
};

/// Images (batch, height, width, channels) side by side, row after row with `columns` in each: (rows *
/// (height
/// + gap) + gap, columns * (width + gap) + gap, channels). Throws ShapeError for what are no images or none,
/// ValueError for less than one column and a negative gap.
Array grid(const Array& images, std::int64_t columns, const GridOptions& options = {});

}  // namespace copse::image
