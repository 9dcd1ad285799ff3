// Metrics on their own: somebody's predictions, from a file, evaluated.
// test:
// link: copse::metrics
//
// Nothing of Copse is linked but arrays, trees and metrics. The predictions (data/penguins/predictions.csv)
// may come from anywhere: the number of the right class and a probability for each class in a row.
#include <copse/metrics.hpp>
#include <copse/ops/create.hpp>
#include <copse/ops/indexing.hpp>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using namespace copse;

struct Predictions {
  std::vector<std::int32_t> labels;
  std::vector<float> probabilities;  // of three classes, row after row
};

Predictions read(const std::string& path) {
  Predictions out;
  std::ifstream file(path);
  std::string line, field;
  std::getline(file, line);  // the names of the columns
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::getline(fields, field, ',');
    out.labels.push_back(std::stoi(field));
    while (std::getline(fields, field, ',')) out.probabilities.push_back(std::stof(field));
  }
  return out;
}

int main(int argc, char** argv) {
  const Predictions all = read(argc > 1 ? argv[1] : COPSE_DATA_DIR "/penguins/predictions.csv");
  if (all.labels.empty()) {
    std::printf("there are no predictions\n");
    return 1;
  }
  const auto count = static_cast<std::int64_t>(all.labels.size());
  const Array labels = array(all.labels), probabilities = array(std::span(all.probabilities), {count, 3});

  // A collection of metrics is a value. It is updated batch by batch, and two of them are merged, as those of
  // two processes.
  const Metric empty{
      metrics::Metrics{{"accuracy", metrics::Accuracy{}},
                       {"f1", metrics::F1{.num_classes = 3, .average = metrics::Average::macro}},
                       {"recall", metrics::Recall{.num_classes = 3, .average = metrics::Average::none}},
                       {"confusion", metrics::ConfusionMatrix{.num_classes = 3}}}};
  Metric odd = empty, even = empty;
  for (std::int64_t from = 0, batch = 0; from < count; from += 10, ++batch) {
    const Slice rows{from, std::min(from + 10, count)};
    Metric<metrics::Metrics>& mine = batch % 2 == 0 ? even : odd;
    mine = mine.update({{"preds", probabilities[rows]}, {"target", labels[rows]}});
  }
  auto report = even.merge(odd).compute();
  for (const auto& [name, value] : report) std::cout << name << ":\n" << value << "\n";

  // One class against the rest, by the area under the curve of all thresholds.
  Metric auroc{metrics::AUROC{}};
  auroc = auroc.update(probabilities[{ellipsis, 1}], labels == 1);
  std::cout << "AUROC of chinstrap penguins: " << auroc.compute() << "\n";

  const float accuracy = report["accuracy"].item<float>();
  std::printf("accuracy of %lld predictions: %.3f (wanted: 0.95)\n", static_cast<long long>(count), accuracy);
  return accuracy >= 0.95f ? 0 : 1;
}
