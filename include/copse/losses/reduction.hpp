// How the values of a loss become one number.
#pragma once

#include "copse/core/array.hpp"

namespace copse {

/// What becomes of a loss's values, one for each sample.
enum class Reduction {
  none,                 ///< they stay as they are
  sum,                  ///< added
  sum_over_batch_size,  ///< added, and divided by how many there are, whatever their weights
  sum_over_weights      ///< added, and divided by the sum of their weights; 0 where that is 0
};

namespace losses {

/// The values times `sample_weight` (which applies to the leading axes; an Array without a value means none),
/// reduced, times `weight`. A value whose weight is 0 counts as 0, nan or not.
Array reduce(const Array& values, const Array& sample_weight, Reduction reduction, double weight);

}  // namespace losses
}  // namespace copse
