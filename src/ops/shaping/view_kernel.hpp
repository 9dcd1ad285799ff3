// Copies elements chosen through strides: what broadcast, transpose, slice and flip all do.
#pragma once

#include "copse/core/primitive.hpp"

namespace copse::shaping {

/// A walk over the output in row-major order: extents, and strides of the input, in units of `item` bytes.
/// Dimensions that both sides pass through in one stride are one.
struct Walk {
  int rank = 0;
  int dense = -1;  // the dimension along which the input is dense, if it is not the last and that one strides
  std::size_t item = 1;
  std::int64_t dims[max_rank] = {}, strides[max_rank] = {};
  std::int64_t offset = 0;
  std::int64_t elements = 0;
};

Walk walk_of(const ShapeDtype& out, const traits::View& view);
void copy_view(const Walk& walk, const void* from, void* to);

}  // namespace copse::shaping
