// Means and sums of what is seen.
#pragma once

#include <string>

#include "copse/core/array.hpp"
#include "copse/losses/arguments.hpp"
#include "copse/tree/field.hpp"

namespace copse::metrics {

class AnyMetric;

/// What a metric accumulates.
using MetricState = Field<MetricStateKind, Array>;

/// The start of a total: accumulators are float64, so that no number of batches is too many.
Array zero();

/// The mean of all elements of all batches. Weights apply to the leading axes; values are averaged over the
/// rest. They count as what they are, fractions included; what has weight 0 has no influence, nan or not. nan
/// before the first batch.
struct Mean {
  MetricState total = zero();
  MetricState count = zero();

  void reset();
  void update(const Array& values, const Array& sample_weight = {});
  Array compute() const;
  /// The same metric with an argument read from elsewhere: `on("values", "batch_loss")`.
  AnyMetric on(std::string argument, ArgumentPath source) const;
};

/// The sum of all elements of all batches. Weights apply to the leading axes.
struct Sum {
  MetricState total = zero();

  void reset();
  void update(const Array& values, const Array& sample_weight = {});
  Array compute() const;
  AnyMetric on(std::string argument, ArgumentPath source) const;
};

/// The mean of the squares of preds - target.
struct MeanSquaredError {
  static constexpr bool higher_is_better = false;

  MetricState total = zero();
  MetricState count = zero();

  void reset();
  void update(const Array& preds, const Array& target, const Array& sample_weight = {});
  Array compute() const;
  AnyMetric on(std::string argument, ArgumentPath source) const;
};

/// The mean of |preds - target|.
struct MeanAbsoluteError {
  static constexpr bool higher_is_better = false;

  MetricState total = zero();
  MetricState count = zero();

  void reset();
  void update(const Array& preds, const Array& target, const Array& sample_weight = {});
  Array compute() const;
  AnyMetric on(std::string argument, ArgumentPath source) const;
};

}  // namespace copse::metrics
