// Losses.
#include "copse/losses/cross_entropy.hpp"
#include "copse/losses/regression.hpp"
#include "copse/losses/regularizers.hpp"
#include "registry.hpp"

namespace reference {
namespace {

namespace losses = copse::losses;
using copse::Reduction;

Reduction reduction_option(const Options& options) {
  const std::string name = options.text("reduction", "sum_over_batch_size");
  if (name == "none") return Reduction::none;
  if (name == "sum") return Reduction::sum;
  if (name == "sum_over_batch_size") return Reduction::sum_over_batch_size;
  options.unknown("reduction");
}

template <class Loss>
Array apply(Loss loss, const Arguments& a) {
  loss.reduction = reduction_option(a.options);
  loss.weight = a.options.number("weight", 1.0);
  return loss(a["preds"], a["target"], a.has("sample_weight") ? a["sample_weight"] : Array());
}

template <class Loss>
Array plain(const Arguments& a) {
  return apply(Loss{}, a);
}

Array cross_entropy(const Arguments& a) {
  losses::CrossEntropy loss;
  loss.from_logits = a.options.flag("from_logits", loss.from_logits);
  loss.binary = a.options.flag("binary", false);
  if (a.options.has("label_smoothing")) loss.label_smoothing = a.options.number("label_smoothing");
  return apply(loss, a);
}

Array huber(const Arguments& a) {
  losses::Huber loss;
  loss.delta = a.options.number("delta", loss.delta);
  return apply(loss, a);
}

Array cosine_similarity(const Arguments& a) {
  losses::CosineSimilarity loss;
  loss.axis = a.options.axis("axis", loss.axis).value_or(loss.axis);
  return apply(loss, a);
}

// All inputs are parameters.
template <class Loss>
Array of_parameters(Loss loss, const Arguments& a) {
  loss.weight = a.options.number("weight", 1.0);
  std::vector<Array> parameters;
  for (const auto& [name, array] : a.all()) parameters.push_back(array);
  return loss(parameters);
}

}  // namespace

void add_losses(Group& group) {
  group.add_value("CrossEntropy", cross_entropy);
  group.add_value("MeanSquaredError", plain<losses::MeanSquaredError>);
  group.add_value("MeanAbsoluteError", plain<losses::MeanAbsoluteError>);
  group.add_value("MeanAbsolutePercentageError", plain<losses::MeanAbsolutePercentageError>);
  group.add_value("MeanSquaredLogarithmicError", plain<losses::MeanSquaredLogarithmicError>);
  group.add_value("Huber", huber);
  group.add_value("CosineSimilarity", cosine_similarity);
  group.add_value(
      "L1", [](const Arguments& a) { return of_parameters(losses::L1{.l = a.options.number("l")}, a); });
  group.add_value(
      "L2", [](const Arguments& a) { return of_parameters(losses::L2{.l = a.options.number("l")}, a); });
  group.add_value("L1L2", [](const Arguments& a) {
    return of_parameters(losses::L1L2{.l1 = a.options.number("l1", 0), .l2 = a.options.number("l2", 0)}, a);
  });
}

}  // namespace reference
