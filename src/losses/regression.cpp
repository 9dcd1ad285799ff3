// Losses between numbers: the formulas as functions, and the structs that reduce them.
#include "copse/losses/regression.hpp"

#include <type_traits>
#include <utility>

#include "check.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "weights.hpp"

namespace copse::losses {
namespace {

// Both in the dtype of the predictions. Shapes must be equal: broadcasting (n) against (n, 1) has cost many a
// day.
struct Pair {
  Array p, t;
};
Pair checked(const Array& preds, const Array& target, const char* function) {
  const Array p = require_floating(preds, "preds", function);
  if (p.shape() != target.shape())
    throw ShapeError(fmt::format("{}: preds has the shape {}, target {}; wants equal shapes", function,
                                 to_string(preds.shape()), to_string(target.shape())));
  return {p, astype(target, p.dtype())};
}

// Numbers without dimensions are values already.
Array mean_last(const Array& x) { return x.ndim() == 0 ? x : mean(x, -1); }

// x / max(|x|, sqrt(e)) along an axis. The gradient of the norm at 0 would be nan.
Array unit(const Array& x, int axis) {
  const Array squares = sum(square(x), axis, true);
  return x * rsqrt(maximum(squares, epsilon));
}

// Values of what has a weight. A flat list of predictions has one number a sample.
template <class L>
Array weighted(const L& loss, const Array& preds, const Array& target, const Array& sample_weight) {
  if (!sample_weight.has_value())
    return reduce(loss.values(preds, target), sample_weight, loss.reduction, loss.weight);
  Array p = without_weightless(preds, sample_weight), t = without_weightless(target, sample_weight);
  if (sample_weight.ndim() == 1 && p.ndim() == 1 && t.shape() == p.shape() &&
      !std::is_same_v<L, CosineSimilarity>)
    p = expand_dims(p, -1), t = expand_dims(t, -1);
  return reduce(loss.values(p, t), sample_weight, loss.reduction, loss.weight);
}

}  // namespace

Array mean_squared_error(const Array& preds, const Array& target) {
  const auto [p, t] = checked(preds, target, "mean_squared_error");
  return mean_last(square(p - t));
}

Array mean_absolute_error(const Array& preds, const Array& target) {
  const auto [p, t] = checked(preds, target, "mean_absolute_error");
  return mean_last(abs(p - t));
}

Array mean_absolute_percentage_error(const Array& preds, const Array& target) {
  const auto [p, t] = checked(preds, target, "mean_absolute_percentage_error");
  return 100.0 * mean_last(abs((p - t) / maximum(abs(t), epsilon)));
}

Array mean_squared_logarithmic_error(const Array& preds, const Array& target) {
  const auto [p, t] = checked(preds, target, "mean_squared_logarithmic_error");
  return mean_last(square(log1p(maximum(t, epsilon)) - log1p(maximum(p, epsilon))));
}

Array huber(const Array& preds, const Array& target, double delta) {
  const auto [p, t] = checked(preds, target, "huber");
  const Array error = abs(p - t), quadratic = minimum(error, delta);
  return mean_last(0.5 * square(quadratic) + delta * (error - quadratic));
}

Array cosine_similarity(const Array& preds, const Array& target, int axis) {
  const auto [p, t] = checked(preds, target, "cosine_similarity");
  const int along = normalize_axis(axis, p.ndim(), "cosine_similarity");
  return -sum(unit(t, along) * unit(p, along), along);
}

Array MeanSquaredError::values(const Array& preds, const Array& target) const {
  return mean_squared_error(preds, target);
}
Array MeanSquaredError::operator()(const Array& preds, const Array& target,
                                   const Array& sample_weight) const {
  return weighted(*this, preds, target, sample_weight);
}
Loss MeanSquaredError::on(std::string argument, ArgumentPath source) const {
  return Loss(*this).on(std::move(argument), std::move(source));
}

Array MeanAbsoluteError::values(const Array& preds, const Array& target) const {
  return mean_absolute_error(preds, target);
}
Array MeanAbsoluteError::operator()(const Array& preds, const Array& target,
                                    const Array& sample_weight) const {
  return weighted(*this, preds, target, sample_weight);
}
Loss MeanAbsoluteError::on(std::string argument, ArgumentPath source) const {
  return Loss(*this).on(std::move(argument), std::move(source));
}

Array MeanAbsolutePercentageError::values(const Array& preds, const Array& target) const {
  return mean_absolute_percentage_error(preds, target);
}
Array MeanAbsolutePercentageError::operator()(const Array& preds, const Array& target,
                                              const Array& sample_weight) const {
  return weighted(*this, preds, target, sample_weight);
}
Loss MeanAbsolutePercentageError::on(std::string argument, ArgumentPath source) const {
  return Loss(*this).on(std::move(argument), std::move(source));
}

Array MeanSquaredLogarithmicError::values(const Array& preds, const Array& target) const {
  return mean_squared_logarithmic_error(preds, target);
}
Array MeanSquaredLogarithmicError::operator()(const Array& preds, const Array& target,
                                              const Array& sample_weight) const {
  return weighted(*this, preds, target, sample_weight);
}
Loss MeanSquaredLogarithmicError::on(std::string argument, ArgumentPath source) const {
  return Loss(*this).on(std::move(argument), std::move(source));
}

Array Huber::values(const Array& preds, const Array& target) const { return huber(preds, target, delta); }
Array Huber::operator()(const Array& preds, const Array& target, const Array& sample_weight) const {
  return weighted(*this, preds, target, sample_weight);
}
Loss Huber::on(std::string argument, ArgumentPath source) const {
  return Loss(*this).on(std::move(argument), std::move(source));
}

Array CosineSimilarity::values(const Array& preds, const Array& target) const {
  return cosine_similarity(preds, target, axis);
}
Array CosineSimilarity::operator()(const Array& preds, const Array& target,
                                   const Array& sample_weight) const {
  return weighted(*this, preds, target, sample_weight);
}
Loss CosineSimilarity::on(std::string argument, ArgumentPath source) const {
  return Loss(*this).on(std::move(argument), std::move(source));
}

}  // namespace copse::losses

template struct copse::losses::Loss::RuleOf<copse::losses::MeanSquaredError>;
template copse::losses::Loss::Loss(copse::losses::MeanSquaredError);
template struct copse::losses::Loss::RuleOf<copse::losses::MeanAbsoluteError>;
template copse::losses::Loss::Loss(copse::losses::MeanAbsoluteError);
template struct copse::losses::Loss::RuleOf<copse::losses::MeanAbsolutePercentageError>;
template copse::losses::Loss::Loss(copse::losses::MeanAbsolutePercentageError);
template struct copse::losses::Loss::RuleOf<copse::losses::MeanSquaredLogarithmicError>;
template copse::losses::Loss::Loss(copse::losses::MeanSquaredLogarithmicError);
template struct copse::losses::Loss::RuleOf<copse::losses::Huber>;
template copse::losses::Loss::Loss(copse::losses::Huber);
template struct copse::losses::Loss::RuleOf<copse::losses::CosineSimilarity>;
template copse::losses::Loss::Loss(copse::losses::CosineSimilarity);
