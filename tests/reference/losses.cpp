// Losses, and penalties on parameters.
#include "copse/losses.hpp"

#include "registry.hpp"

namespace reference {
namespace {

namespace losses = copse::losses;
using copse::Reduction;

template <class Loss>
Array run(Loss loss, const Arguments& a) {
  const std::string reduction = a.options.text("reduction");
  if (reduction == "none")
    loss.reduction = Reduction::none;
  else if (reduction == "sum")
    loss.reduction = Reduction::sum;
  else if (reduction == "sum_over_batch_size")
    loss.reduction = Reduction::sum_over_batch_size;
  else
    a.options.unknown("reduction");
  loss.weight = a.options.number("weight", 1.0);
  return loss(a["preds"], a["target"], a.has("sample_weight") ? a["sample_weight"] : Array());
}

template <class Loss>
Array plain(const Arguments& a) {
  return run(Loss{}, a);
}

Array cross_entropy(const Arguments& a) {
  losses::CrossEntropy loss{.from_logits = a.options.flag("from_logits", true),
                            .binary = a.options.flag("binary", false)};
  if (a.options.has("label_smoothing")) loss.label_smoothing = a.options.number("label_smoothing");
  return run(loss, a);
}

std::vector<Array> parameters(const Arguments& a) {
  std::vector<Array> out;
  for (const auto& [name, array] : a.all()) out.push_back(array);
  return out;
}

}  // namespace

void add_losses(Group& group) {
  group.add_value("CrossEntropy", cross_entropy);
  group.add_value("MeanSquaredError", plain<losses::MeanSquaredError>);
  group.add_value("MeanAbsoluteError", plain<losses::MeanAbsoluteError>);
  group.add_value("MeanAbsolutePercentageError", plain<losses::MeanAbsolutePercentageError>);
  group.add_value("MeanSquaredLogarithmicError", plain<losses::MeanSquaredLogarithmicError>);
  group.add_value("Huber", [](const Arguments& a) {
    return run(losses::Huber{.delta = a.options.number("delta", 1.0)}, a);
  });
  group.add_value("CosineSimilarity", [](const Arguments& a) {
    return run(losses::CosineSimilarity{.axis = static_cast<int>(a.options.integer("axis", -1))}, a);
  });
  group.add_value("L1", [](const Arguments& a) {
    return losses::L1{.l = a.options.number("l"), .weight = a.options.number("weight", 1.0)}(parameters(a));
  });
  group.add_value("L2", [](const Arguments& a) {
    return losses::L2{.l = a.options.number("l"), .weight = a.options.number("weight", 1.0)}(parameters(a));
  });
  group.add_value("L1L2", [](const Arguments& a) {
    return losses::L1L2{.l1 = a.options.number("l1"),
                        .l2 = a.options.number("l2"),
                        .weight = a.options.number("weight", 1.0)}(parameters(a));
  });
}

}  // namespace reference
