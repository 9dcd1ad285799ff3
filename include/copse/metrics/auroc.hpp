// The area under the receiver operating characteristic.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "copse/metrics/mean.hpp"
#include "copse/ops/create.hpp"

namespace copse::metrics {

/// The probability that a positive sample has a larger score than a negative one, ties counted one half.
/// preds are scores, targets 0 or 1, both of one shape. nan unless there are samples of both sorts. What has
/// weight 0 has no influence.
///
/// It is exact, and so keeps all scores: its state grows with each update. A compiled update of one's own is
/// compiled anew each time; better run it eagerly. The trainer's steps are compiled once: they give a batch's
/// scores, and what they have given is joined when it is read.
struct AUROC {
  static constexpr bool higher_is_better = true;

  std::optional<std::int64_t> ignore_index{};  ///< a target that does not count
  MetricState scores = zeros({0});
  MetricState positive = zeros({0});  ///< weights of the samples that are positive
  MetricState negative = zeros({0});

  void reset();
  void update(const Array& preds, const Array& target, const Array& sample_weight = {});
  Array compute() const;
  void aggregate();
  void merge(const AUROC& other);
  void merge_all(const std::vector<AUROC>& others);
  /// The same metric with an argument read from elsewhere.
  AnyMetric on(std::string argument, ArgumentPath source) const;
};

}  // namespace copse::metrics
