// Cross entropy of predicted distributions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "copse/core/flag.hpp"
#include "copse/losses/loss.hpp"
#include "copse/losses/reduction.hpp"

namespace copse::losses {

/// Cross entropy of predictions (..., classes) and targets: labels (integers of one dimension less) or
/// distributions of the predictions' shape. With `binary` each class is a decision of its own, and targets
/// have the predictions' shape.
///
/// A label out of range gives nan. Labels equal to `ignore_index`, and what has weight 0, count as 0,
/// whatever was predicted there; `Reduction::sum_over_weights` leaves them out of the mean, too. Throws
/// ShapeError if the shapes do not fit, DTypeError for labels that are not integers or predictions that are
/// not floating-point, ValueError for `ignore_index` without labels.
struct CrossEntropy {
  Flag from_logits = true;                     ///< whether predictions are logits, not probabilities
  Flag binary = false;                         ///< whether classes do not exclude each other
  std::optional<double> label_smoothing{};     ///< part of the target that is spread over all classes
  std::optional<std::int64_t> ignore_index{};  ///< a label that does not count
  Reduction reduction = Reduction::sum_over_batch_size;
  double weight = 1.0;

  Array operator()(const Array& preds, const Array& target, const Array& sample_weight = {}) const;
  /// One value for each sample, without reduction and weight.
  Array values(const Array& preds, const Array& target) const;
  /// The same loss with an argument read from elsewhere: `on("preds", {"outputs", 0})`.
  Loss on(std::string argument, ArgumentPath source) const;
  friend bool operator==(const CrossEntropy&, const CrossEntropy&) = default;
};

/// CrossEntropy's values, one for each sample.
[[nodiscard]] Array cross_entropy(const Array& preds, const Array& target, bool from_logits = true,
                                  bool binary = false, std::optional<double> label_smoothing = std::nullopt);

}  // namespace copse::losses

extern template struct copse::losses::Loss::RuleOf<copse::losses::CrossEntropy>;
extern template copse::losses::Loss::Loss(copse::losses::CrossEntropy);
