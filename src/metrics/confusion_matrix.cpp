// The confusion matrix.
#include <limits>

#include "classes.hpp"
#include "copse/metrics/any_metric.hpp"
#include "copse/metrics/counting.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"

namespace copse::metrics {

void ConfusionMatrix::reset() { counts = zeros({num_classes, num_classes}, DType::int32); }

void ConfusionMatrix::update(const Array& preds, const Array& target, const Array& sample_weight) {
  const Classified c = classified(preds, target, sample_weight, num_classes, "ConfusionMatrix");
  if (c.samples == 0) return;
  const Array weight = without_ignored(c.weight, c.target, ignore_index);
  const auto known = [&](const Array& labels) { return logical_and(labels >= 0, labels < num_classes); };
  // What is out of range goes to a place behind the end, and is dropped there.
  Array counted = logical_and(known(c.target), known(c.predicted));
  if (weight.has_value()) counted = logical_and(counted, weight != 0);
  const Array places = where(counted, c.target * num_classes + c.predicted, num_classes * num_classes);
  const Array ones_ = full({c.samples}, 1, DType::int32);
  counts = reshape(scatter_add(ravel(counts), places, ones_), {num_classes, num_classes});
}

Array ConfusionMatrix::compute() const {
  if (normalize == Normalize::none) return counts;
  const Array matrix = astype(counts, DType::float64);
  const Axes axes = normalize == Normalize::target ? Axes(1)
                    : normalize == Normalize::pred ? Axes(0)
                                                   : Axes();
  const Array fractions = astype(ratio(matrix, sum(matrix, axes, true)), DType::float32);
  return where(sum(matrix) == 0.0, std::numeric_limits<float>::quiet_NaN(), fractions);
}

AnyMetric ConfusionMatrix::on(std::string argument, ArgumentPath source) const {
  return AnyMetric(*this).on(std::move(argument), std::move(source));
}

}  // namespace copse::metrics
