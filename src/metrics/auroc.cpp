// The area under the curve, by ranks.
#include "copse/metrics/auroc.hpp"

#include "classes.hpp"
#include "copse/metrics/any_metric.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/cumulative.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/sorting.hpp"
#include "weighted.hpp"

namespace copse::metrics {

void AUROC::reset() { scores = zeros({0}), positive = zeros({0}), negative = zeros({0}); }

void AUROC::update(const Array& preds, const Array& target, const Array& sample_weight) {
  const Decided d = decided(preds, target, 0.5, "AUROC");  // for its checks
  const Array truth = ravel(d.target),
              weight = without_ignored(sample_weights(sample_weight, d.target.shape(), "AUROC"),
                                       ravel(target), ignore_index);
  const auto weights = [&](const Array& mask) {
    return astype(weight.has_value() ? where(mask, weight, 0.0) : mask, DType::float32);
  };
  // nan sorts by no rule: what does not count gets a score that does.
  const Array given = astype(ravel(preds), DType::float32);
  scores = concatenate({scores, weight.has_value() ? where(weight == 0, 0.0f, given) : given});
  positive = concatenate({positive, weights(truth)});
  negative = concatenate({negative, weights(logical_not(truth))});
}

Array AUROC::compute() const {
  const Array p = astype(positive, DType::float64), n = astype(negative, DType::float64);
  const Array order = argsort(scores), sorted = take(scores, order, 0);
  // The weight of the negative samples below, and up to, each score.
  const Array below = concatenate({zeros({1}, DType::float64), cumsum(take(n, order, 0), 0)});
  const Array least = take(below, searchsorted(sorted, sorted), 0);
  const Array most = take(below, searchsorted(sorted, sorted, true), 0);
  return quotient(sum(take(p, order, 0) * 0.5 * (least + most)), sum(p) * sum(n));
}

void AUROC::aggregate() { scores = ravel(scores), positive = ravel(positive), negative = ravel(negative); }

void AUROC::merge(const AUROC& other) { merge_all({other}); }

void AUROC::merge_all(const std::vector<AUROC>& others) {
  const auto join = [&](MetricState AUROC::*state) {
    std::vector<Array> parts = {this->*state};
    for (const AUROC& other : others) parts.push_back(other.*state);
    this->*state = concatenate(parts);
  };
  join(&AUROC::scores);
  join(&AUROC::positive);
  join(&AUROC::negative);
}

AnyMetric AUROC::on(std::string argument, ArgumentPath source) const {
  return AnyMetric(*this).on(std::move(argument), std::move(source));
}

}  // namespace copse::metrics
