// How often predictions are right.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "copse/core/flag.hpp"
#include "copse/metrics/mean.hpp"

namespace copse::metrics {

/// What predictions and targets are.
enum class Mode {
  multiclass,  ///< one of several classes
  binary,      ///< yes or no: one score a sample
  multilabel   ///< yes or no for each of several labels
};

/// How the values of classes become one.
enum class Average {
  micro,     ///< counts are added over the classes first
  macro,     ///< the mean over the classes that occur
  weighted,  ///< the mean weighted by how often each is the target
  none       ///< all of them; nan for a class that does not occur
};

namespace detail {

// Zeros for each class where there is a value of each, and their number is known; else one.
Array zeros_for(Mode mode, Average average, const std::optional<std::int64_t>& classes);

}  // namespace detail

/// The fraction of right predictions.
///
/// multiclass: preds are scores (..., classes) or labels, targets labels; the `top_k` best classes count. The
/// value of a class is tp / (tp + fn). binary: scores against `threshold`, targets 0 or 1. multilabel: the
/// same for scores and targets of one shape (..., labels); the value of a label is (tp + tn) / all. Weights
/// apply to samples. nan before the first batch.
struct Accuracy {
  static constexpr bool higher_is_better = true;

  double threshold = 0.5;
  /// Needed where predictions are labels and `average` is not micro.
  std::optional<std::int64_t> num_classes{};
  Average average = Average::micro;
  std::optional<std::int64_t> top_k{};
  /// A target that does not count (multilabel: a label, by its place).
  std::optional<std::int64_t> ignore_index{};
  /// Whether a sample is right only if all of its labels are.
  Flag subset_accuracy = false;
  Mode mode = Mode::multiclass;

  MetricState right = start();                             ///< weights of what is right
  MetricState total = start();                             ///< weights of everything
  MetricState support = by_class() ? start() : Array();    ///< of what is the target
  MetricState predicted = by_class() ? start() : Array();  ///< of what is predicted

  void reset();
  void update(const Array& preds, const Array& target, const Array& sample_weight = {});
  Array compute() const;
  /// The same metric with an argument read from elsewhere.
  AnyMetric on(std::string argument, ArgumentPath source) const;

 private:
  bool by_class() const { return average != Average::micro; }
  Array start() const {
    return detail::zeros_for(mode, subset_accuracy ? Average::micro : average, num_classes);
  }
  void update_classes(const Array& preds, const Array& target, const Array& sample_weight);
  void update_decisions(const Array& preds, const Array& target, const Array& sample_weight);
};

}  // namespace copse::metrics
