// Sums with weights along the leading axes.
#pragma once

#include "copse/core/array.hpp"

namespace copse::metrics {

/// A sum and what it is over, as float64 scalars.
struct Weighted {
  Array total;
  Array count;
};

/// The sum of values * weights and of the weights, in float64. Weights have the shape of the leading axes of
/// the values (dimensions of 1 broadcast); over the others the values are averaged (added if `add`). Without
/// weights: the sum of all elements, and their number. Throws ShapeError naming `function`.
Weighted weighted_sum(const Array& values, const Array& sample_weight, bool add, const char* function);

/// preds - target in the dtype of preds; throws ShapeError unless shapes are equal.
Array difference(const Array& preds, const Array& target, const char* function);

/// total / count as float32.
Array quotient(const Array& total, const Array& count);

}  // namespace copse::metrics
