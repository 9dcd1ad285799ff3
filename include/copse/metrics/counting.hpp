// Metrics made of counts: precision, recall, F1, the confusion matrix.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "copse/metrics/accuracy.hpp"
#include "copse/ops/create.hpp"

namespace copse::metrics {

/// What was predicted and is so: tp / (tp + fp), 0 where nothing was predicted. nan before the first sample.
///
/// multiclass: preds are scores (..., classes) or labels, and the average is over the classes that occur, as
/// targets or predictions. binary and multilabel: scores against `threshold`, targets 0 or 1 of the same
/// shape (multilabel: (..., labels)); the average is over all labels. Weights apply to samples; what has
/// weight 0 has no influence.
struct Precision {
  static constexpr bool higher_is_better = true;

  double threshold = 0.5;
  /// Needed where predictions are labels and `average` is not micro.
  std::optional<std::int64_t> num_classes{};
  Average average = Average::micro;
  /// A target that does not count (multilabel: a label, by its place).
  std::optional<std::int64_t> ignore_index{};
  Mode mode = Mode::multiclass;
  MetricState true_positives = detail::zeros_for(mode, average, num_classes);
  MetricState false_positives = detail::zeros_for(mode, average, num_classes);
  MetricState false_negatives = detail::zeros_for(mode, average, num_classes);
  MetricState seen = zero();  ///< weights of all samples

  void reset();
  void update(const Array& preds, const Array& target, const Array& sample_weight = {});
  Array compute() const;
  /// The same metric with an argument read from elsewhere.
  AnyMetric on(std::string argument, ArgumentPath source) const;
};

/// What is so and was predicted: tp / (tp + fn), 0 where nothing is. Else as Precision.
struct Recall {
  static constexpr bool higher_is_better = true;

  double threshold = 0.5;
  std::optional<std::int64_t> num_classes{};
  Average average = Average::micro;
  std::optional<std::int64_t> ignore_index{};
  Mode mode = Mode::multiclass;
  MetricState true_positives = detail::zeros_for(mode, average, num_classes);
  MetricState false_positives = detail::zeros_for(mode, average, num_classes);
  MetricState false_negatives = detail::zeros_for(mode, average, num_classes);
  MetricState seen = zero();  ///< weights of all samples

  void reset();
  void update(const Array& preds, const Array& target, const Array& sample_weight = {});
  Array compute() const;
  AnyMetric on(std::string argument, ArgumentPath source) const;
};

/// The harmonic mean of precision and recall: 2 tp / (2 tp + fp + fn), 0 where the divisor is. Else as
/// Precision.
struct F1 {
  static constexpr bool higher_is_better = true;

  double threshold = 0.5;
  std::optional<std::int64_t> num_classes{};
  Average average = Average::micro;
  std::optional<std::int64_t> ignore_index{};
  Mode mode = Mode::multiclass;
  MetricState true_positives = detail::zeros_for(mode, average, num_classes);
  MetricState false_positives = detail::zeros_for(mode, average, num_classes);
  MetricState false_negatives = detail::zeros_for(mode, average, num_classes);
  MetricState seen = zero();  ///< weights of all samples

  void reset();
  void update(const Array& preds, const Array& target, const Array& sample_weight = {});
  Array compute() const;
  AnyMetric on(std::string argument, ArgumentPath source) const;
};

/// What a confusion matrix is divided by.
enum class Normalize {
  none,    ///< nothing: int32 counts
  target,  ///< its rows: how each class is predicted
  pred,    ///< its columns: what is predicted as each class
  all      ///< everything
};

/// How often each class (row) is predicted as each class (column). preds are scores (..., classes) or labels;
/// labels out of range, and samples of weight 0, are left out.
struct ConfusionMatrix {
  std::int64_t num_classes = 2;
  Normalize normalize = Normalize::none;
  std::optional<std::int64_t> ignore_index{};  ///< a target that does not count
  MetricState counts = zeros({num_classes, num_classes}, DType::int32);

  void reset();
  /// Of weights only whether they are 0 counts.
  void update(const Array& preds, const Array& target, const Array& sample_weight = {});
  /// int32 counts, or float32 fractions with 0 for an empty row or column, and nan before the first sample.
  Array compute() const;
  AnyMetric on(std::string argument, ArgumentPath source) const;
};

}  // namespace copse::metrics
