// Precision, recall, F1: counts of right and wrong by class.
#include "copse/metrics/counting.hpp"

#include <limits>

#include "classes.hpp"
#include "copse/core/error.hpp"
#include "copse/metrics/any_metric.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"

namespace copse::metrics {
namespace {

struct Counts {
  Array true_positives, false_positives, false_negatives, seen;
};

// The weight of a mask, which broadcasts against weights of samples.
Array weighted(const Array& mask, const Array& weight) {
  return weight.has_value() ? where(mask, weight, 0.0) : astype(mask, DType::float32);
}

template <class M>
Counts of_classes(const M& metric, const Array& preds, const Array& target, const Array& sample_weight,
                  const char* function) {
  const Classified c = classified(preds, target, sample_weight, metric.num_classes, function);
  if (c.samples == 0) return {zero(), zero(), zero(), zero()};
  const Array weight = without_ignored(c.weight, c.target, metric.ignore_index);
  const Array hit = c.predicted == c.target, seen = count_all(c.samples, weight);
  if (metric.average == Average::micro) {
    const Array right = count(hit, weight), wrong = seen - right;
    return {right, wrong, wrong, seen};
  }
  const std::int64_t classes = require_classes(c.classes, function);
  const Array right = count_by_class(c.target, weighted(hit, weight), classes);
  return {right, count_by_class(c.predicted, weight, classes) - right,
          count_by_class(c.target, weight, classes) - right, seen};
}

template <class M>
Counts of_decisions(const M& metric, const Array& preds, const Array& target, const Array& sample_weight,
                    const char* function) {
  const Decided d = decided(preds, target, metric.threshold, function);
  const bool by_label = metric.mode == Mode::multilabel;
  if (by_label && d.target.ndim() == 0)
    throw ShapeError(std::string(function) +
                     ": multilabel wants preds and target of the shape (..., labels), got scalars");
  Shape samples = d.target.shape();
  if (by_label) samples.erase(samples.rank() - 1);
  Array weight = sample_weights(sample_weight, samples, function);
  if (!by_label) weight = without_ignored(weight, ravel(target), metric.ignore_index);
  const std::int64_t labels = by_label ? d.target.shape(-1) : 1, rows = samples.elements();
  const Array seen = count_all(rows, weight);
  if (weight.has_value()) weight = expand_dims(weight, -1);
  const auto sums = [&](const Array& mask) {
    Array total = sum(weighted(reshape(mask, {rows, labels}), weight), 0);
    if (by_label && metric.ignore_index)
      total = where(arange(labels) != static_cast<int>(*metric.ignore_index), total, zeros_like(total));
    return astype(by_label && metric.average != Average::micro ? total : sum(total), DType::float64);
  };
  const Array p = d.predicted, t = d.target;
  return {sums(logical_and(p, t)), sums(logical_and(p, logical_not(t))), sums(logical_and(logical_not(p), t)),
          seen};
}

template <class M>
void add(M& metric, const Array& preds, const Array& target, const Array& sample_weight,
         const char* function) {
  const Counts c = metric.mode == Mode::multiclass
                       ? of_classes(metric, preds, target, sample_weight, function)
                       : of_decisions(metric, preds, target, sample_weight, function);
  metric.true_positives = metric.true_positives + c.true_positives;
  metric.false_positives = metric.false_positives + c.false_positives;
  metric.false_negatives = metric.false_negatives + c.false_negatives;
  metric.seen = metric.seen + c.seen;
}

template <class M>
void clear(M& metric) {
  const Array start = detail::zeros_for(metric.mode, metric.average, metric.num_classes);
  metric.true_positives = start, metric.false_positives = start, metric.false_negatives = start;
  metric.seen = zero();
}

template <class M>
Array average_of(const M& metric, const Array& numerator, const Array& denominator) {
  const Array support = metric.true_positives + metric.false_negatives;
  // A class occurs if it is a target or predicted; of labels each one does.
  Array occurs = metric.mode == Mode::multiclass ? support + metric.false_positives > 0.0
                                                 : full_like(support, true, DType::bool_);
  if (metric.ignore_index && metric.mode != Mode::binary && occurs.ndim() > 0)
    occurs = logical_and(
        occurs, arange(occurs.shape(0), DType::int64) != full({}, *metric.ignore_index, DType::int64));
  const Array value = averaged(ratio(numerator, denominator), metric.average, support, occurs);
  return where(metric.seen == 0.0, std::numeric_limits<float>::quiet_NaN(), value);
}

}  // namespace

void Precision::reset() { clear(*this); }
void Precision::update(const Array& preds, const Array& target, const Array& sample_weight) {
  add(*this, preds, target, sample_weight, "Precision");
}
Array Precision::compute() const {
  return average_of(*this, true_positives, true_positives + false_positives);
}

void Recall::reset() { clear(*this); }
void Recall::update(const Array& preds, const Array& target, const Array& sample_weight) {
  add(*this, preds, target, sample_weight, "Recall");
}
Array Recall::compute() const { return average_of(*this, true_positives, true_positives + false_negatives); }

void F1::reset() { clear(*this); }
void F1::update(const Array& preds, const Array& target, const Array& sample_weight) {
  add(*this, preds, target, sample_weight, "F1");
}
Array F1::compute() const {
  const Array twice = 2.0 * true_positives;
  return average_of(*this, twice, twice + false_positives + false_negatives);
}

AnyMetric Precision::on(std::string argument, ArgumentPath source) const {
  return AnyMetric(*this).on(std::move(argument), std::move(source));
}
AnyMetric Recall::on(std::string argument, ArgumentPath source) const {
  return AnyMetric(*this).on(std::move(argument), std::move(source));
}
AnyMetric F1::on(std::string argument, ArgumentPath source) const {
  return AnyMetric(*this).on(std::move(argument), std::move(source));
}

}  // namespace copse::metrics
