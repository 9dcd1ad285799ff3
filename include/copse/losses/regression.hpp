// Losses between numbers.
#pragma once

#include <string>

#include "copse/losses/loss.hpp"
#include "copse/losses/reduction.hpp"

namespace copse::losses {

/// The mean over the last axis of (preds - target)^2.
struct MeanSquaredError {
  Reduction reduction = Reduction::sum_over_batch_size;
  double weight = 1.0;

  Array operator()(const Array& preds, const Array& target, const Array& sample_weight = {}) const;
  /// One value for each sample, without reduction and weight.
  Array values(const Array& preds, const Array& target) const;
  /// The same loss with an argument read from elsewhere.
  Loss on(std::string argument, ArgumentPath source) const;
  friend bool operator==(const MeanSquaredError&, const MeanSquaredError&) = default;
};
/// MeanSquaredError's values, one for each sample.
[[nodiscard]] Array mean_squared_error(const Array& preds, const Array& target);

/// The mean over the last axis of |preds - target|.
struct MeanAbsoluteError {
  Reduction reduction = Reduction::sum_over_batch_size;
  double weight = 1.0;

  Array operator()(const Array& preds, const Array& target, const Array& sample_weight = {}) const;
  /// One value for each sample, without reduction and weight.
  Array values(const Array& preds, const Array& target) const;
  /// The same loss with an argument read from elsewhere.
  Loss on(std::string argument, ArgumentPath source) const;
  friend bool operator==(const MeanAbsoluteError&, const MeanAbsoluteError&) = default;
};
/// MeanAbsoluteError's values, one for each sample.
[[nodiscard]] Array mean_absolute_error(const Array& preds, const Array& target);

/// 100 times the mean over the last axis of |(preds - target) / max(|target|, 1e-7)|.
struct MeanAbsolutePercentageError {
  Reduction reduction = Reduction::sum_over_batch_size;
  double weight = 1.0;

  Array operator()(const Array& preds, const Array& target, const Array& sample_weight = {}) const;
  /// One value for each sample, without reduction and weight.
  Array values(const Array& preds, const Array& target) const;
  /// The same loss with an argument read from elsewhere.
  Loss on(std::string argument, ArgumentPath source) const;
  friend bool operator==(const MeanAbsolutePercentageError&, const MeanAbsolutePercentageError&) = default;
};
/// MeanAbsolutePercentageError's values, one for each sample.
[[nodiscard]] Array mean_absolute_percentage_error(const Array& preds, const Array& target);

/// The mean over the last axis of (log(max(target, 1e-7) + 1) - log(max(preds, 1e-7) + 1))^2.
struct MeanSquaredLogarithmicError {
  Reduction reduction = Reduction::sum_over_batch_size;
  double weight = 1.0;

  Array operator()(const Array& preds, const Array& target, const Array& sample_weight = {}) const;
  /// One value for each sample, without reduction and weight.
  Array values(const Array& preds, const Array& target) const;
  /// The same loss with an argument read from elsewhere.
  Loss on(std::string argument, ArgumentPath source) const;
  friend bool operator==(const MeanSquaredLogarithmicError&, const MeanSquaredLogarithmicError&) = default;
};
/// MeanSquaredLogarithmicError's values, one for each sample.
[[nodiscard]] Array mean_squared_logarithmic_error(const Array& preds, const Array& target);

/// The mean over the last axis of half the square of the error where it is below `delta`, and a line beyond.
struct Huber {
  double delta = 1.0;
  Reduction reduction = Reduction::sum_over_batch_size;
  double weight = 1.0;

  Array operator()(const Array& preds, const Array& target, const Array& sample_weight = {}) const;
  /// One value for each sample, without reduction and weight.
  Array values(const Array& preds, const Array& target) const;
  /// The same loss with an argument read from elsewhere.
  Loss on(std::string argument, ArgumentPath source) const;
  friend bool operator==(const Huber&, const Huber&) = default;
};
/// Huber's values, one for each sample.
[[nodiscard]] Array huber(const Array& preds, const Array& target, double delta = 1.0);

/// The negative cosine of the angle between preds and target along an axis: -1 is the same direction.
struct CosineSimilarity {
  int axis = -1;
  Reduction reduction = Reduction::sum_over_batch_size;
  double weight = 1.0;

  Array operator()(const Array& preds, const Array& target, const Array& sample_weight = {}) const;
  /// One value for each sample, without reduction and weight.
  Array values(const Array& preds, const Array& target) const;
  /// The same loss with an argument read from elsewhere.
  Loss on(std::string argument, ArgumentPath source) const;
  friend bool operator==(const CosineSimilarity&, const CosineSimilarity&) = default;
};
/// CosineSimilarity's values, one for each sample.
[[nodiscard]] Array cosine_similarity(const Array& preds, const Array& target, int axis = -1);

}  // namespace copse::losses

extern template struct copse::losses::Loss::RuleOf<copse::losses::MeanSquaredError>;
extern template copse::losses::Loss::Loss(copse::losses::MeanSquaredError);
extern template struct copse::losses::Loss::RuleOf<copse::losses::MeanAbsoluteError>;
extern template copse::losses::Loss::Loss(copse::losses::MeanAbsoluteError);
extern template struct copse::losses::Loss::RuleOf<copse::losses::MeanAbsolutePercentageError>;
extern template copse::losses::Loss::Loss(copse::losses::MeanAbsolutePercentageError);
extern template struct copse::losses::Loss::RuleOf<copse::losses::MeanSquaredLogarithmicError>;
extern template copse::losses::Loss::Loss(copse::losses::MeanSquaredLogarithmicError);
extern template struct copse::losses::Loss::RuleOf<copse::losses::Huber>;
extern template copse::losses::Loss::Loss(copse::losses::Huber);
extern template struct copse::losses::Loss::RuleOf<copse::losses::CosineSimilarity>;
extern template copse::losses::Loss::Loss(copse::losses::CosineSimilarity);
