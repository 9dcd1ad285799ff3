// The code of docs/losses_and_metrics.md.
#include <copse/losses.hpp>
#include <copse/metrics.hpp>

#include <cmath>
#include <cstdio>
#include <iostream>

using namespace copse;

struct Reconstruction {
  static constexpr std::array arguments{"preds", "inputs"};
  Array operator()(const Array& preds, const Array& inputs) const { return mean(square(preds - inputs)); }
};

struct Largest {
  State<Array> value = -1e30f;

  void reset() { value = -1e30f; }
  void update(const Array& values) { value = maximum(value, max(values)); }
  Array compute() const { return value; }
  void aggregate() { value = max(value, 0); }  // instead of the default, the sum over axis 0
};

bool near(const Array& got, double wanted) { return std::abs(got.item<double>() - wanted) < 1e-5; }

bool the_losses() {
  auto logits = array({{4.0f, 1.0f}, {0.0f, 3.0f}, {2.0f, 1.0f}});
  auto labels = array({0, 1, 1});
  auto preds = array({{1.0f, 2.0f}, {3.0f, 4.0f}}), target = zeros({2, 2});
  auto sample_weight = array({1.0f, 0.0f});
  auto parameters = std::vector<Array>{full({2, 2}, 2.0f), full({2}, 2.0f)};

  auto loss = losses::CrossEntropy{}(logits, labels);
  auto each = losses::CrossEntropy{.reduction = Reduction::none}(logits, labels);
  auto weighted = losses::MeanSquaredError{.weight = 0.5}(preds, target, sample_weight);
  auto penalty = losses::L2{1e-4}(parameters);  // any tree, or a list of arrays

  const auto& weights = parameters;
  Array total = 0.0f;
  std::vector<losses::Loss> all{losses::CrossEntropy{}, losses::L2{1e-5f}};
  for (const auto& one : all)
    total = total + one({{"preds", logits}, {"target", labels}, {"parameters", weights}});

  losses::Loss a = losses::MeanSquaredError{}.on("target", "inputs");
  losses::Loss b = losses::CrossEntropy{}.on("preds", {"outputs", 0});
  losses::Loss own = Reconstruction{};
  return near(loss, 0.4701455) && each.shape() == Shape{3} && near(weighted, 0.625) &&
         near(penalty, 2.4e-3) && near(total, 0.4701455 + 24e-5) &&
         near(a({{"preds", preds}, {"inputs", target}}), 7.5) &&
         near(b({{"outputs", std::vector<Array>{logits}}, {"target", labels}}), 0.4701455) &&
         near(own({{"preds", preds}, {"inputs", target}}), 7.5);
}

bool the_metrics() {
  auto logits = array({{4.0f, 1.0f}, {0.0f, 3.0f}, {2.0f, 1.0f}});
  auto labels = array({0, 1, 1});
  auto loss = losses::CrossEntropy{}(logits, labels);

  Metric accuracy{metrics::Accuracy{}};
  accuracy = accuracy.update(logits, labels);
  float value = accuracy.compute().item<float>();
  auto batch = accuracy.batch_updates(logits, labels);  // this batch alone
  accuracy = accuracy.merge(batch);
  accuracy = accuracy.reset();
  bool good = value > 0.66f && accuracy->total.get().item<int>() == 0;

  Metric both{
      metrics::Metrics{{"acc", metrics::Accuracy{}}, {"loss", metrics::Mean{}.on("values", "batch_loss")}}};
  both = both.update({{"preds", logits}, {"target", labels}, {"batch_loss", loss}});
  for (const auto& [name, result] : both.compute()) std::cout << name << " " << result.item<float>() << "\n";

  Metric all{metrics::LossesAndMetrics{.losses = {losses::CrossEntropy{}}, .metrics = {metrics::Accuracy{}}}};
  auto [batch_loss, next] = all.mutable_(&metrics::LossesAndMetrics::loss_and_update)(
      Arguments{{"preds", logits}, {"target", labels}});

  Metric largest{Largest{}};
  auto merged = largest.update(array({1.0f, 7.0f})).merge(largest.update(array({3.0f})));
  return good && near(batch_loss, 0.4701455) && near(next.compute()["accuracy"], 2.0 / 3) &&
         near(merged.compute(), 7);
}

int main() { return the_losses() && the_metrics() ? 0 : 1; }
