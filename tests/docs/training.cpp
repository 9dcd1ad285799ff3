// The programs of docs/training.md. Each block of code there stands here word for word; the end of main
// checks that.
#include <copse/copse.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

using namespace copse;

void check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

struct Classifier {
  nn::Linear hidden{32};
  nn::Dropout dropout{0.1f};
  nn::Linear logits{2};

  Array operator()(Scope& scope, const Array& x) {
    return logits(scope, dropout(scope, relu(hidden(scope, x))));
  }
};

TrainerOptions options() {
  return {.optimizer = optim::adam(1e-2),
          .losses = {losses::CrossEntropy{}, losses::L2{1e-5f}},
          .metrics = {metrics::Accuracy{}},
          .seed = 1};
}

Array inputs() { return random::uniform(random::key(0), {1024, 2}, -1.0f, 1.0f); }
Array classes(const Array& x) { return astype(take(x, 0, 1) * take(x, 1, 1) > 0.0f, DType::int32); }

void high_level() {
  const Array x = inputs(), y = classes(x);

  Trainer trainer{Classifier{}, options()};
  History history =
      trainer.fit(x, y, {.epochs = 20, .batch_size = 64, .validation_split = 0.2, .verbose = 0});
  double last = history["loss"].back();  // a value for each epoch: loss, cross_entropy, l2, accuracy,
  double unseen = history["val_accuracy"].back();  // and the same of validation

  EpochLogs logs = trainer.evaluate(x, y, {.verbose = 0});
  double accuracy = logs["accuracy"];
  Array logits = trainer.predict(x);           // (1024, 2)
  std::string table = trainer.summary(x);      // parts, shapes, numbers of parameters
  trainer.train_on_batch(x, y);                // one step, no callbacks
  Module<Classifier> model{*trainer.state()};  // what has been trained, as an immutable module
  Array same = model.eval()(x);

  check(accuracy > 0.9 && last < 1.0 && unseen > 0.8 && logits.shape() == Shape{1024, 2} &&
            history.epochs() == 20,
        "fit");
  check(table.find("hidden") != std::string::npos && same.shape() == logits.shape(), "summary and state");
}

struct Autoencoder {
  nn::Linear encoder{4};
  nn::Linear decoder{16};

  Array operator()(Scope& scope, const Array& x) { return decoder(scope, tanh(encoder(scope, x))); }

  Array managed_train_step(Scope& scope, const Batch& batch) {
    Array error = (*this)(scope, batch.inputs) - batch.inputs;
    scope.add_metric("absolute_error", mean(abs(error)));
    return mean(square(error));
  }
};

void managed_level() {
  const Array x = matmul(random::normal(random::key(1), {512, 4}), random::normal(random::key(2), {4, 16}));

  Trainer trainer{Autoencoder{}, {.optimizer = optim::adam(1e-2)}};
  History history = trainer.fit(x, {.epochs = 10, .validation_split = 0.1, .verbose = 0});

  check(history["val_loss"].back() < history["val_loss"].front(), "the loss goes down");
  check(history.contains("val_absolute_error"), "metrics of the scope");
}

struct Graded {
  nn::MLP mlp{{16, 2}, relu};

  Array operator()(Scope& scope, const Array& x) { return mlp(scope, x); }

  Array managed_train_step(Scope& scope, const Batch& batch, StepInfo info) {
    Array preds = (*this)(scope, batch.inputs);
    scope.provide("preds", preds);  // for the Accuracy below
    scope.add_metric("f1", metrics::F1{.num_classes = 2}, preds, batch.labels);
    Array smooth = minimum(0.1f, 0.01f * info.epoch);  // arrays, so that all epochs are one program
    return losses::CrossEntropy{}(preds, batch.labels) * (1.0f - smooth);
  }
};

void metrics_of_steps() {
  const Array x = inputs(), y = classes(x);

  Trainer trainer{Graded{}, {.optimizer = optim::adam(1e-2), .metrics = {metrics::Accuracy{}}}};
  History history = trainer.fit(x, y, {.epochs = 3, .verbose = 0});
  double f1 = history["f1"].back(), accuracy = history["accuracy"].back();

  check(f1 > 0.5 && accuracy > 0.5, "metrics of steps");
}

struct LineByHand {
  Parameter w = 0.0f;
  float rate = 0.1f;

  void init_step(const Key& key, const Batch&) { w = random::normal(key); }
  Logs train_step(const Batch& batch) {
    auto loss = [&](const Array& v) { return mean(square(v * batch.inputs - batch.labels)); };
    auto [value, gradient] = value_and_grad(loss)(w.get());
    w = w - rate * gradient;
    return {{"loss", value}};
  }
  Logs test_step(const Batch& batch) { return {{"error", mean(abs(w * batch.inputs - batch.labels))}}; }
  Array pred_step(const Array& x) { return w * x; }
};

void core_level() {
  const Array x = linspace(-1.0f, 1.0f, 64);

  Trainer trainer{LineByHand{}};
  trainer.fit(x, 3.0f * x, {.epochs = 50, .verbose = 0});

  check(std::abs(trainer.state()->w->item<float>() - 3.0f) < 1e-2f, "the line");
}

void steps() {
  const Array x = inputs(), y = classes(x);

  ElegyModule module{Classifier{}, options()};
  module = module.init_step(random::key(0), Batch{x, y, {}});
  auto [logs, next] = module.train_step(Batch{x, y, {}});
  auto [tested, same] = next.test_step(Batch{x, y, {}});

  check(logs.contains("cross_entropy") && tested.contains("accuracy") && !(module == next), "steps");
}

void strategies() {
  const Array x = inputs(), y = classes(x);

  Trainer trainer{Classifier{}, options()};  // strategy::jit_donate()
  trainer.fit(x, y, {.epochs = 1, .verbose = 0});
  trainer.set_strategy(strategy::data_parallel(2));
  trainer.fit(x, y, {.epochs = 2, .initial_epoch = 1, .verbose = 0});
  trainer.set_strategy(strategy::eager());  // to look into a step with a debugger
  trainer.train_on_batch(x, y);

  check(trainer.history().epochs() == 1, "strategies");
}

void batches_of_all_kinds() {
  const Array x = inputs(), y = classes(x), weights = ones({1024});

  Trainer trainer{Classifier{}, options()};
  trainer.fit(x, y, weights, {.class_weight = {{1, 2.0}}, .verbose = 0});
  trainer.fit(x, y, {.validation_data = std::pair{x, y}, .validation_freq = 2, .verbose = 0});

  std::vector<Batch> batches = {{slice_in_dim(x, 0, 512), slice_in_dim(y, 0, 512), {}},
                                {slice_in_dim(x, 512, 1024), slice_in_dim(y, 512, 1024), {}}};
  trainer.fit(batches, {.epochs = 2, .verbose = 0});

  std::size_t at = 0;
  auto endless = [&]() -> std::optional<Batch> { return batches[at++ % batches.size()]; };
  trainer.fit(endless, {.epochs = 2, .steps_per_epoch = 3, .verbose = 0});

  check(at == 6, "a generator");
}

struct GiveUp : Callback {
  void on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) override {
    if (epoch >= 2 && logs["loss"] > 10.0) trainer.stop();
  }
};

struct HalveRate : Callback {
  void on_epoch_end(TrainerBase& trainer, int, const EpochLogs&) override {
    trainer.set_hyperparam("learning_rate", trainer.hyperparam("learning_rate") / 2);
  }
};

void callbacks_of_all_kinds() {
  const Array x = inputs(), y = classes(x);

  auto stopping = std::make_shared<callbacks::EarlyStopping>(
      callbacks::EarlyStoppingOptions{.monitor = "val_loss", .patience = 3, .restore_best_weights = true});
  int batches = 0;

  Trainer trainer{Classifier{}, options()};
  trainer.fit(
      x, y,
      {.epochs = 5,
       .validation_split = 0.2,
       .callbacks = {stopping,  // shared: it can be asked afterwards
                     callbacks::ModelCheckpoint{"best", {.save_best_only = true}},
                     callbacks::CSVLogger{"log.csv"}, callbacks::TensorBoard{"runs"},
                     callbacks::HistoryPlot{"history.svg"}, callbacks::TerminateOnNaN{}, GiveUp{},
                     callbacks::GradientNorms{},
                     callbacks::LambdaCallback{{.on_train_batch_end = [&](TrainerBase&, const BatchInfo&,
                                                                          const EpochLogs&) { ++batches; }}}},
       .verbose = 0});

  check(stopping->best().has_value() && batches > 0, "callbacks");

  const double rate = trainer.hyperparam("learning_rate");
  trainer.fit(x, y, {.epochs = 1, .callbacks = {HalveRate{}}, .verbose = 0});
  check(trainer.hyperparam("learning_rate") == rate / 2, "a rate that a callback has set");
  check(std::filesystem::exists("best") && std::filesystem::exists("log.csv"), "their files");
}

struct Annealed {
  nn::Linear logits{2};
  State<Array> temperature = ones({});

  Array operator()(Scope& scope, const Array& x) { return logits(scope, x) / *temperature; }
  void on_epoch_begin(int epoch) { temperature = Array(1.0 / (1 + epoch)); }
};

void hooks_and_backups() {
  const Array x = inputs(), y = classes(x);

  Trainer annealed{Annealed{}, options()};
  annealed.fit(x, y, {.epochs = 3, .verbose = 0});
  check(annealed.state()->temperature->item<float>() == 1.0f / 3.0f, "hooks of a struct");

  Trainer robust{Classifier{}, options()};
  robust.fit(x, y,
             {.epochs = 5,
              .validation_split = 0.2,
              .callbacks = {callbacks::BackupAndRestore{"backup", {.save_freq = 100}},
                            callbacks::EMA{{.decay = 0.99}}, callbacks::ReduceLROnPlateau{{.patience = 3}},
                            callbacks::LearningRateMonitor{}},
              .verbose = 0});
  check(robust.history().contains("learning_rate"), "callbacks that change the rate");
}

struct Wider {
  nn::Linear hidden{32};
  nn::Linear logits{5};  // was 2

  Array operator()(Scope& scope, const Array& x) { return logits(scope, relu(hidden(scope, x))); }
};

struct Patience : Callback {
  int bad = 0;

  void on_epoch_end(TrainerBase& trainer, int, const EpochLogs& logs) override {
    bad = logs["loss"] < 0.5 ? 0 : bad + 1;
    if (bad > 3) trainer.stop();
  }
  void save(io::Store& store) const override { store.set("bad", bad); }
  void load(const io::Store& store) override { bad = store.get<int>("bad"); }
};

void saving() {
  const Array x = inputs(), y = classes(x);

  Trainer trainer{Classifier{}, options()};
  trainer.fit(x, y, {.epochs = 2, .callbacks = {callbacks::ModelCheckpoint{"model"}}, .verbose = 0});

  // Another process, another day:
  Trainer resumed{Classifier{}, options()};
  if (std::filesystem::exists("model")) resumed.load("model");
  int done = static_cast<int>(resumed.progress().epoch);
  resumed.fit(x, y, {.epochs = 4, .initial_epoch = done, .verbose = 0});

  // The same bits as four epochs without a break:
  trainer.fit(x, y, {.epochs = 4, .initial_epoch = 2, .verbose = 0});
  check(all_close(trainer.predict(x), resumed.predict(x), 0.0, 0.0), "resumed");

  // To predict with, the module is enough; to fine-tune with another optimizer, its weights:
  Trainer inference{Classifier{}};
  inference.load("model");
  Trainer tuned{Classifier{}, {.optimizer = optim::sgd(0.1), .losses = {losses::CrossEntropy{}}}};
  tuned.load("model", {.weights_only = true});

  check(inference.predict(x).shape() == tuned.predict(x).shape(), "loaded");
}

void loading_a_part() {
  Trainer wider{Wider{}, {.optimizer = optim::adam(1e-3), .losses = {losses::CrossEntropy{}}}};
  LoadReport report = wider.load("model", {.weights_only = true, .skip_mismatched = true});
  std::string text = to_string(report);              // 2 arrays loaded, ... mismatched, with the reasons
  std::string why = report.reason("logits.kernel");  // float32(32, 5) here, float32(32, 2) in the file

  Trainer encoder{Wider{}, {.optimizer = optim::adam(1e-3), .losses = {losses::CrossEntropy{}}}};
  encoder.load("model", {.only = {"hidden.*"}});

  check(why == "float32(32, 5) here, float32(32, 2) in the file", "the reason");
  check(text.starts_with("2 arrays loaded\n2 mismatched:"), "the report");
  check(wider.predict(inputs()).shape() == Shape({1024, 5}), "another head");
  const Array x = inputs(), y = classes(x);
  wider.fit(x, y, {.epochs = 1, .callbacks = {Patience{}}, .verbose = 0});
  wider.save("patience");
  check(io::load_safetensors("patience").contains("trainer/run/callbacks/Patience/bad"),
        "a callback's state");
}

// Whether each block of code of the page stands in this file, apart from indentation.
std::vector<std::string> lines_of(std::istream& in) {
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    line.erase(0,
               line.find_first_not_of(' ') == std::string::npos ? line.size() : line.find_first_not_of(' '));
    lines.push_back(line);
  }
  return lines;
}

int check_page() {
  const std::string root = COPSE_SOURCE_DIR;
  std::ifstream source(root + "/tests/docs/training.cpp"), page(root + "/docs/training.md");
  check(source.good() && page.good(), "docs/training.md is there");
  auto mine = lines_of(source), theirs = lines_of(page);
  int blocks = 0;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    if (theirs[i] != "```cpp") continue;
    std::vector<std::string> block;
    for (++i; i < theirs.size() && theirs[i] != "```"; ++i) block.push_back(theirs[i]);
    if (std::search(mine.begin(), mine.end(), block.begin(), block.end()) == mine.end()) {
      std::fprintf(stderr, "docs/training.md: the block that begins with \"%s\" is not in this program\n",
                   block[0].c_str());
      std::exit(1);
    }
    ++blocks;
  }
  return blocks;
}

int main() {
  high_level();
  metrics_of_steps();
  managed_level();
  core_level();
  steps();
  strategies();
  batches_of_all_kinds();
  callbacks_of_all_kinds();
  hooks_and_backups();
  saving();
  loading_a_part();
  check(check_page() >= 9, "the page has its blocks");
}
