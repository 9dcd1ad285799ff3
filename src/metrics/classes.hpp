// Predictions and targets of classes in one form, and counts of them.
#pragma once

#include <cstdint>
#include <optional>

#include "copse/core/array.hpp"
#include "copse/metrics/accuracy.hpp"

namespace copse::metrics {

/// Samples in one dimension.
struct Classified {
  Array scores;     ///< (n, classes), or no value if predictions are labels
  Array predicted;  ///< labels (n)
  Array target;     ///< labels (n)
  Array weight;     ///< (n), or no value
  std::int64_t samples = 0;
  std::optional<std::int64_t> classes{};  ///< where they are known
};

/// Scores (..., classes) or labels (...), and labels (...); a last dimension of 1 of the targets is dropped.
/// Throws ShapeError, DTypeError or ValueError naming `function`.
Classified classified(const Array& preds, const Array& target, const Array& sample_weight,
                      std::optional<std::int64_t> num_classes, const char* function);

/// Predictions against a threshold, and targets, both bool and of one shape.
struct Decided {
  Array predicted;
  Array target;
};
Decided decided(const Array& preds, const Array& target, double threshold, const char* function);

/// A weight for each sample, for targets of a shape: along the leading axes. No value stays none.
Array sample_weights(const Array& sample_weight, const Shape& shape, const char* function);

/// Weights (n) with 0 where the target is the one that does not count. No value stays none without `ignored`.
Array without_ignored(const Array& weight, const Array& target, const std::optional<std::int64_t>& ignored);

/// The classes of a metric that must know them. Throws ValueError naming the option.
std::int64_t require_classes(const std::optional<std::int64_t>& classes, const char* function);

/// Weights (n) added up by class (classes), in float64; each counts 1 if there are none.
Array count_by_class(const Array& labels, const Array& weight, std::int64_t classes);

/// The sum of a mask's weights in float64; of the mask itself if there are none.
Array count(const Array& mask, const Array& weight);
/// The number of samples, or the sum of their weights, as float64.
Array count_all(std::int64_t samples, const Array& weight);

/// numerator / denominator, 0 where the denominator is.
Array ratio(const Array& numerator, const Array& denominator);

/// One value, or all, from values of classes; `support` is how often each is the target, `occurs` (bool)
/// which classes take part.
Array averaged(const Array& values, Average average, const Array& support, const Array& occurs);

}  // namespace copse::metrics
