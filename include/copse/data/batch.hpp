// Batches: what steps are given.
#pragma once

#include <type_traits>

#include "copse/core/array.hpp"

namespace copse {

/// Samples: inputs, and what is known about them. Each part is an array or a tree of arrays with samples
/// along the first axis; an Array without a value is a part that isn't there.
template <class Inputs = Array, class Labels = Array, class Weights = Array>
struct BatchOf {
  Inputs inputs{};
  Labels labels{};
  Weights sample_weight{};
};

/// The usual case.
using Batch = BatchOf<>;

template <class T>
inline constexpr bool is_batch = false;
template <class Inputs, class Labels, class Weights>
inline constexpr bool is_batch<BatchOf<Inputs, Labels, Weights>> = true;

}  // namespace copse
