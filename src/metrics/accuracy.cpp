// Accuracy.
#include "copse/metrics/accuracy.hpp"

#include <fmt/format.h>

#include <limits>

#include "classes.hpp"
#include "copse/core/error.hpp"
#include "copse/metrics/any_metric.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/sorting.hpp"
#include "weighted.hpp"

namespace copse::metrics {
namespace {

constexpr const char* function = "Accuracy";

// Whether the target is among the k best classes, for each sample.
Array among_best(const Classified& c, std::int64_t k) {
  if (k == 1) return c.predicted == c.target;
  if (!c.scores.has_value())
    throw ValueError("Accuracy: top_k wants scores, got predictions that are labels");
  if (k < 1 || k >= c.scores.shape(-1))
    throw ValueError(fmt::format("Accuracy: top_k must be in 1 ... classes - 1, got {} of {} classes", k,
                                 c.scores.shape(-1)));
  return any(top_k(c.scores, k).indices == expand_dims(c.target, -1), -1);
}

}  // namespace

Array detail::zeros_for(Mode mode, Average average, const std::optional<std::int64_t>& classes) {
  if (mode == Mode::binary || average == Average::micro || !classes) return zero();
  return zeros({*classes}, DType::float64);
}

void Accuracy::reset() {
  right = start(), total = start();
  if (by_class()) support = start(), predicted = start();
}

void Accuracy::update(const Array& preds, const Array& target, const Array& sample_weight) {
  if (mode == Mode::multiclass && !subset_accuracy)
    update_classes(preds, target, sample_weight);
  else
    update_decisions(preds, target, sample_weight);
}

void Accuracy::update_classes(const Array& preds, const Array& target, const Array& sample_weight) {
  const Classified c = classified(preds, target, sample_weight, num_classes, function);
  const Array weight = without_ignored(c.weight, c.target, ignore_index);
  if (c.samples == 0) return;
  const Array hit = among_best(c, top_k.value_or(1));
  if (average == Average::micro) {
    right = right + count(hit, weight);
    total = total + count_all(c.samples, weight);
    return;
  }
  const std::int64_t classes = require_classes(c.classes, function);
  const Array own = count_by_class(c.target, weight, classes);
  const Array hits = weight.has_value() ? where(hit, weight, 0.0) : astype(hit, DType::float32);
  right = right + count_by_class(c.target, hits, classes);
  total = total + own;
  support = support + own;
  predicted = predicted + count_by_class(c.predicted, weight, classes);
}

void Accuracy::update_decisions(const Array& preds, const Array& target, const Array& sample_weight) {
  if (top_k) throw ValueError("Accuracy: top_k is for mode = multiclass");
  Array hit, truth, guess;
  if (mode == Mode::multiclass) {  // all positions of a sample together
    const Classified c = classified(preds, target, {}, num_classes, function);
    Shape shape = preds.shape();
    if (c.scores.has_value()) shape.erase(shape.rank() - 1);
    hit = reshape(among_best(c, 1), shape);
  } else {
    const Decided d = decided(preds, target, threshold, function);
    hit = d.predicted == d.target;
    truth = d.target, guess = d.predicted;
  }
  if (mode == Mode::multilabel && hit.ndim() == 0)
    throw ShapeError("Accuracy: multilabel wants preds and target of the shape (..., labels), got scalars");
  const bool by_label = mode == Mode::multilabel && !subset_accuracy;
  const std::int64_t labels = mode == Mode::multilabel ? hit.shape(-1) : 1;
  const Array counted = ignore_index && mode == Mode::multilabel ? arange(labels) != *ignore_index : Array();
  if (subset_accuracy && hit.ndim() > 1) {
    if (counted.has_value()) hit = logical_or(hit, logical_not(counted));
    std::vector<int> rest;
    for (int d = 1; d < hit.ndim(); ++d) rest.push_back(d);
    hit = all(hit, Axes(rest));
  }
  Shape samples = hit.shape();
  if (by_label) samples.erase(samples.rank() - 1);
  Array weight = sample_weights(sample_weight, samples, function);
  if (mode == Mode::binary && ignore_index) weight = without_ignored(weight, ravel(target), ignore_index);
  if (!by_label) {
    hit = ravel(hit);
    if (by_class()) {  // one class: its average is its value
      support = support + count_all(hit.size(), weight);
      predicted = predicted + count_all(hit.size(), weight);
    }
    right = right + count(hit, weight);
    total = total + count_all(hit.size(), weight);
    return;
  }
  const std::int64_t rows = samples.elements();
  const auto sums = [&](const Array& mask) {
    const Array m = reshape(mask, {rows, labels});
    const Array kept = counted.has_value() ? logical_and(m, counted) : m;
    return astype(sum(weight.has_value() ? where(kept, expand_dims(weight, -1), 0.0) : kept, 0),
                  DType::float64);
  };
  const Array everything = sums(ones(hit.shape(), DType::bool_));
  if (average == Average::micro) {
    right = right + sum(sums(hit));
    total = total + sum(everything);
  } else {
    right = right + sums(hit);
    total = total + everything;
    support = support + sums(truth);
    predicted = predicted + sums(guess);
  }
}

Array Accuracy::compute() const {
  if (average == Average::micro) return quotient(right, total);
  // A class occurs if it is a target or predicted; of labels each one does.
  Array occurs = mode == Mode::multiclass ? support + predicted > 0.0 : total > 0.0;
  if (ignore_index && mode == Mode::multiclass && occurs.ndim() > 0)
    occurs = logical_and(occurs, arange(occurs.shape(0)) != *ignore_index);
  const Array value = averaged(ratio(right, total), average, support, occurs);
  return where(sum(total) == 0.0, std::numeric_limits<float>::quiet_NaN(), value);
}

AnyMetric Accuracy::on(std::string argument, ArgumentPath source) const {
  return AnyMetric(*this).on(std::move(argument), std::move(source));
}

}  // namespace copse::metrics
