// The primitives behind sorting. All work along the last axis; dimensions before it are rows, mapped ones
// included.
#pragma once

#include "copse/core/primitive.hpp"

namespace copse::sorting {

PrimitivePtr sort();
PrimitivePtr argsort(bool descending);
/// Two outputs: values and indices.
PrimitivePtr top_k(std::int64_t k);
/// Inputs: (batch..., n) sorted, (batch..., any...) values; the first `batch_dims` dimensions are shared.
PrimitivePtr searchsorted(bool right, int batch_dims);

}  // namespace copse::sorting
