// A table: penguins with missing measures, islands and sexes as text, and species of which one is rare.
// test:
//
// Shows a CSV with categories, a batch whose inputs are a struct, statistics that are learned from the data,
// a stratified split, class weights, and the best checkpoint loaded again at the end. Writes
// tabular_history.svg and predictions.csv, which examples/metrics_only.cpp evaluates.
#include <copse/copse.hpp>

#include <cstdio>

using namespace copse;

// What is known of penguins: one of them as a sample, many as a batch. nan, and -1 for texts, is what is not
// known.
struct Penguin {
  Array measures;  // bill length and depth, flipper length (mm), body mass (g)
  Array island;
  Array sex;
};
using Sample = BatchOf<Penguin, Array>;

struct Classifier {
  nn::Normalization normalize;
  nn::Linear hidden{32};
  nn::Dropout dropout{0.2};
  nn::Linear logits{3};

  Array operator()(Scope& scope, const Penguin& penguins) {
    // What is not known is the mean, which is 0 once normalised. A category of -1 has no 1 in its row.
    const Array known = isfinite(penguins.measures);
    const Array measures = where(known, normalize(scope, penguins.measures), 0.0f);
    const Array all = concatenate({measures, one_hot(penguins.island, 3), one_hot(penguins.sex, 2)}, -1);
    return logits(scope, dropout(scope, relu(hidden(scope, all))));
  }
};

int main() {
  const io::Table table = io::load_csv(COPSE_DATA_DIR "/penguins/penguins.csv",
                                       {.columns = {"bill_length_mm", "bill_depth_mm", "flipper_length_mm",
                                                    "body_mass_g", "species", "island", "sex"},
                                        .categories = {{"species", {}}, {"island", {}}, {"sex", {}}}});
  std::printf("%lld penguins, %lld values missing\n", static_cast<long long>(table.report.rows),
              static_cast<long long>(table.report.missing));
  const Penguin penguins{table.values, table.column("island"), table.column("sex")};
  auto [rest, test] = data::split(data::arrays(penguins, table.column("species")),
                                  {.fraction = 0.25, .seed = 1, .stratify = true});
  auto [train, validation] = data::split(rest, {.fraction = 0.2, .seed = 2, .stratify = true});

  Classifier model;
  model.normalize.adapt(
      train.filter([](const Sample& one) { return all(isfinite(one.inputs.measures)).item<bool>(); })
          .map([](const Sample& one) { return one.inputs.measures; }));
  Trainer trainer{
      model,
      {.optimizer = optim::adamw(5e-3, {.weight_decay = 1e-3}),
       .losses = {losses::CrossEntropy{}},
       .metrics = {metrics::Accuracy{}, metrics::F1{.num_classes = 3, .average = metrics::Average::macro}}}};
  const auto history =
      trainer.fit(train, {.epochs = 40,
                          .batch_size = 32,
                          .validation_data = validation,
                          .class_weight = {{0, 0.75}, {1, 1.7}, {2, 0.9}},  // by how rare they are
                          .callbacks = {callbacks::ModelCheckpoint{"best", {.save_best_only = true}},
                                        callbacks::HistoryPlot{"tabular_history.svg"}},
                          .verbose = 0});
  trainer.load("best");
  std::printf("best epoch: %lld of %zu\n", static_cast<long long>(trainer.progress().epoch),
              history.epochs());

  const EpochLogs logs = trainer.evaluate(test, {.verbose = 0});
  for (const Sample& all : test.batch(test.size()).epoch(0)) {
    const Array each = softmax(trainer.predict(all.inputs));
    io::save_csv("predictions.csv", {{"species", all.labels},
                                     {"adelie", take(each, 0, 1)},
                                     {"chinstrap", take(each, 1, 1)},
                                     {"gentoo", take(each, 2, 1)}});
  }
  std::printf("unseen penguins: accuracy %.3f, F1 %.3f (wanted: 0.95)\n", logs["accuracy"], logs["f1"]);
  return logs["f1"] >= 0.95 ? 0 : 1;
}
