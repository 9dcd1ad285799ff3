// Cross entropy. Labels are compared with a row of class numbers, not looked up: that fuses with the
// exponentials, and its derivative is a comparison again.
#include "copse/losses/cross_entropy.hpp"

#include <fmt/format.h>

#include <limits>

#include "check.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "weights.hpp"

namespace copse::losses {
namespace {

constexpr const char* function = "CrossEntropy";

// Where labels (...) are the class: (..., classes), as bool.
Array is_label(const Array& labels, std::int64_t classes) {
  return expand_dims(labels, -1) ==
         arange(classes, labels.dtype() == DType::int64 ? DType::int64 : DType::int32);
}

Array nan_where_out_of_range(const Array& values, const Array& labels, std::int64_t classes) {
  return where(logical_and(labels >= 0, labels < classes), values, std::numeric_limits<double>::quiet_NaN());
}

// -sum(target * log_softmax(preds)) of labels: log(sum(exp(z))) - z[label], with z <= 0.
Array of_labels(const Array& preds, const Array& labels, double smoothing) {
  const std::int64_t classes = preds.shape(-1);
  const Array z = preds - stop_gradient(max(preds, -1, true));
  const Array own = sum(where(is_label(labels, classes), z, 0.0), -1);
  Array value = log(sum(exp(z), -1));
  value = smoothing == 0.0
              ? value - own
              : value - (1.0 - smoothing) * own - smoothing / static_cast<double>(classes) * sum(z, -1);
  return nan_where_out_of_range(value, labels, classes);
}

Array clipped(const Array& probabilities) { return clip(probabilities, epsilon, 1.0 - epsilon); }

Array of_probable_labels(const Array& preds, const Array& labels, double smoothing) {
  const std::int64_t classes = preds.shape(-1);
  const Array logs = log(clipped(preds));
  Array value = -(1.0 - smoothing) * sum(where(is_label(labels, classes), logs, 0.0), -1);
  if (smoothing != 0.0) value = value - smoothing / static_cast<double>(classes) * sum(logs, -1);
  return nan_where_out_of_range(value, labels, classes);
}

Array of_distribution(const Array& preds, const Array& target, bool from_logits) {
  const Array logs = from_logits ? log_softmax(preds) : log(clipped(preds));
  return -sum(target * logs, -1);
}

Array of_decisions(const Array& preds, const Array& target, bool from_logits) {
  if (from_logits) return mean(target * softplus(-preds) + (1.0 - target) * softplus(preds), -1);
  const Array p = clipped(preds);
  return mean(-target * log(p) - (1.0 - target) * log(1.0 - p), -1);
}

}  // namespace

namespace {

// Whether targets are labels: integers of one dimension less than predictions.
bool has_labels(const CrossEntropy& loss, const Array& preds, const Array& target) {
  return target.ndim() == preds.ndim() - 1 && !loss.binary;
}

void check_labels(const Array& preds, const Array& target) {
  Shape rows = preds.shape();
  rows.erase(rows.rank() - 1);
  if (target.shape() != rows)
    throw ShapeError(fmt::format("CrossEntropy: the labels have the shape {}, wants {} (preds is {})",
                                 to_string(target.shape()), to_string(rows), to_string(preds.shape())));
  if (is_floating(target.dtype()) || target.dtype() == DType::bool_)
    throw DTypeError(
        fmt::format("CrossEntropy: labels of one dimension less than preds must be integers, got {}; a "
                    "distribution must have the shape of preds, {}",
                    to_string(target.type()), to_string(preds.shape())));
}

// Where labels do not count. Labels are compared as they are: a number that their dtype has not is none of
// them.
Array ignored(const Array& labels, std::int64_t index) {
  return astype(labels, DType::int64) == full({}, index, DType::int64);
}

}  // namespace

Array CrossEntropy::values(const Array& predictions, const Array& target) const {
  const Array preds = require_floating(predictions, "preds", function);
  if (preds.ndim() == 0) throw ShapeError("CrossEntropy: preds is a scalar, wants the shape (..., classes)");
  const double smoothing = label_smoothing.value_or(0.0);
  if (has_labels(*this, preds, target)) {
    check_labels(preds, target);
    if (preds.size() == 0) return sum(preds, -1);
    const auto of = [&](const Array& p, const Array& labels) {
      return from_logits ? of_labels(p, labels, smoothing) : of_probable_labels(p, labels, smoothing);
    };
    if (!ignore_index) return of(preds, target);
    const Array out = ignored(target, *ignore_index);
    const Array value =
        of(where(expand_dims(out, -1), zeros_like(preds), preds), where(out, zeros_like(target), target));
    return where(out, zeros_like(value), value);
  }
  if (target.shape() != preds.shape())
    throw ShapeError(fmt::format("CrossEntropy: target has the shape {}, wants {}{}",
                                 to_string(target.shape()), to_string(preds.shape()),
                                 binary ? " (with binary = true each class has a target of its own)"
                                        : " or labels without the last dimension"));
  if (ignore_index)
    throw ValueError(fmt::format(
        "CrossEntropy: ignore_index is for labels, got a target of the shape of preds, {}: give what "
        "does not count a sample_weight of 0",
        to_string(preds.shape())));
  Array y = astype(target, preds.dtype());
  if (smoothing != 0.0) y = (1.0 - smoothing) * y + smoothing / static_cast<double>(preds.shape(-1));
  return binary ? of_decisions(preds, y, from_logits) : of_distribution(preds, y, from_logits);
}

Array CrossEntropy::operator()(const Array& preds, const Array& target, const Array& sample_weight) const {
  Array weights = sample_weight;
  if (ignore_index && has_labels(*this, preds, target) && reduction == Reduction::sum_over_weights) {
    // Labels that are ignored have no weight.
    const Array w = weights.has_value() ? along_leading(weights, target) : ones({}, DType::float32);
    weights = where(ignored(target, *ignore_index), 0.0f, w);
  }
  if (!weights.has_value()) return reduce(values(preds, target), weights, reduction, weight);
  Array p = without_weightless(preds, weights), t = without_weightless(target, weights);
  // A flat list of decisions has one a sample.
  if (binary && weights.ndim() == 1 && p.ndim() == 1 && t.shape() == p.shape())
    p = expand_dims(p, -1), t = expand_dims(t, -1);
  return reduce(values(p, t), weights, reduction, weight);
}

Loss CrossEntropy::on(std::string argument, ArgumentPath source) const {
  return Loss(*this).on(std::move(argument), std::move(source));
}

Array cross_entropy(const Array& preds, const Array& target, bool from_logits, bool binary,
                    std::optional<double> label_smoothing) {
  return CrossEntropy{.from_logits = from_logits, .binary = binary, .label_smoothing = label_smoothing}
      .values(preds, target);
}

}  // namespace copse::losses

template struct copse::losses::Loss::RuleOf<copse::losses::CrossEntropy>;
template copse::losses::Loss::Loss(copse::losses::CrossEntropy);
