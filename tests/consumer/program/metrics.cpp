// A user of losses and metrics alone.
#include <copse/losses.hpp>
#include <copse/metrics.hpp>
#include <copse/ops/create.hpp>

int main() {
  using namespace copse;
  const Array logits = array({{4.0f, 1.0f}, {0.0f, 3.0f}}), labels = array({0, 0});
  const Metric accuracy = Metric{metrics::Accuracy{}}.update(logits, labels);
  const Array loss = losses::CrossEntropy{}(logits, labels);
  return accuracy.compute().item<float>() == 0.5f && loss.item<float>() > 1.0f ? 0 : 1;
}
