// Metrics of steps and of the trainer: what steps name and add, and when values are computed.
#include <chrono>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "networks.hpp"

using namespace testing_train;
using testing_files::message_of;

namespace {

// Three classes from four numbers.
const Array& xs() {
  static const Array x = random::normal(random::key(0), {90, 4});
  return x;
}
const Array& ys() {
  static const Array y = astype(argmax(take(xs(), arange(3), 1), 1), DType::int32);
  return y;
}

struct Provides {
  nn::Linear linear{3};
  Array operator()(Scope& scope, const Array& x) { return linear(scope, x); }
  Array managed_train_step(Scope& scope, const Batch& batch) {
    const Array preds = (*this)(scope, batch.inputs);
    scope.provide("preds", preds);
    scope.add_metric("f1", metrics::F1{.num_classes = 3, .average = metrics::Average::macro}, preds,
                     batch.labels);
    scope.add_metric("area", metrics::AUROC{}, softmax(preds)[{ellipsis, 0}], batch.labels == 0);
    return losses::CrossEntropy{}(preds, batch.labels);
  }
};

const Strategy strategies[] = {strategy::eager(), strategy::jit(), strategy::jit_donate(),
                               strategy::data_parallel(2)};

// Counts how often its value was asked for.
int computed = 0;
struct Asked {
  metrics::MetricState total = metrics::zero();
  void reset() { total = metrics::zero(); }
  void update(const Array& preds, const Array&) {
    total = total + astype(sum(preds * 0.0f + 1.0f), DType::float64);
  }
  Array compute() const {
    ++computed;
    return total;
  }
};

struct Scores {
  nn::Linear linear{1};
  Array operator()(Scope& scope, const Array& x) { return squeeze(sigmoid(linear(scope, x)), -1); }
};

TrainerOptions scores(metrics::Metrics metrics, Strategy strategy = strategy::jit_donate()) {
  return {.optimizer = optim::adam(0.01),
          .losses = {losses::CrossEntropy{.from_logits = false, .binary = true}},
          .metrics = std::move(metrics),
          .strategy = strategy};
}

}  // namespace

TEST_CASE("metrics: a managed step names what it has for the trainer's, and adds its own") {
  for (const Strategy& strategy : strategies) {
    Trainer trainer{
        Provides{},
        {.optimizer = optim::adam(1e-2), .metrics = {metrics::Accuracy{}}, .strategy = strategy, .seed = 1}};
    const auto history = trainer.fit(xs(), ys(), {.epochs = 3, .verbose = 0});
    CHECK(history["accuracy"].size() == 3);
    const EpochLogs logs = trainer.evaluate(xs(), ys(), {.verbose = 0});
    // Over the whole run, as if it were one batch.
    const Array preds = trainer.predict(xs());
    const auto value = [](auto metric, const Array& p, const Array& t) {
      return Metric{metric}.update(p, t).compute().template item<double>();
    };
    CHECK(std::abs(logs["f1"] - value(metrics::F1{.num_classes = 3, .average = metrics::Average::macro},
                                      preds, ys())) < 1e-6);
    CHECK(std::abs(logs["accuracy"] - value(metrics::Accuracy{}, preds, ys())) < 1e-6);
    CHECK(std::abs(logs["area"] - value(metrics::AUROC{}, softmax(preds)[{ellipsis, 0}], ys() == 0)) < 1e-6);
    CHECK(trainer.evaluate(xs(), ys(), {.verbose = 0}) == logs);
    // Each epoch begins anew: in the history is what the last epoch alone gives.
    CHECK(history["f1"].size() == 3);
    CHECK(trainer.state().extra().added["f1"].as<metrics::F1>().seen->item<double>() == 90.0);
  }
}

TEST_CASE("metrics: of steps, by name: several of one name, trees, and what is missing") {
  struct Twice {
    Parameter w = 1.0f;
    Array operator()(const Array& x) const { return w * x; }
    Array managed_train_step(Scope& scope, const Batch& batch) {
      const Array preds = (*this)(batch.inputs);
      scope.add_metric("m", metrics::Mean{}, preds);
      scope.add_metric("m", metrics::Mean{}, 2.0f * preds, ones({2}));
      scope.provide("outputs", std::pair{preds, std::vector<Array>{preds + 1.0f}});
      return mean(square(preds));
    }
  };
  Trainer trainer{Twice{},
                  {.optimizer = optim::sgd(0.0),
                   .metrics = {{"read", metrics::Mean{}.on("values", {"outputs", "1.0"})}}}};
  const EpochLogs logs = trainer.train_on_batch(ones({2}), ones({2}));
  CHECK(logs.names() == std::vector<std::string>{"loss", "read", "m", "m_2"});
  CHECK((logs["m"] == 1.0 && logs["m_2"] == 2.0 && logs["read"] == 2.0));

  Trainer nameless{Twice{}, {.optimizer = optim::sgd(0.0), .metrics = {metrics::Accuracy{}}}};
  const std::string message =
      message_of<ValueError>([&] { (void)nameless.train_on_batch(ones({2}), ones({2})); });
  CHECK(message.find("scope.provide(\"preds\", preds)") != std::string::npos);
}

TEST_CASE("metrics: are computed when somebody reads them") {
  for (const Strategy& strategy : strategies) {
    const auto count = [&](callbacks::Hooks hooks) {
      computed = 0;
      Trainer trainer{Scores{}, scores({Asked{}}, strategy)};
      (void)trainer.fit(
          xs(), astype(ys() == 0, DType::float32),
          {.epochs = 2, .batch_size = 10, .callbacks = {callbacks::LambdaCallback{hooks}}, .verbose = 0});
      return computed;
    };
    CHECK(count({}) == 2);  // at the end of each epoch
    CHECK(count({.on_train_batch_end = [](TrainerBase&, const BatchInfo&, const EpochLogs& logs) {
            (void)logs["loss"];
          }}) == 2);
    CHECK(count({.on_train_batch_end = [](TrainerBase&, const BatchInfo& batch, const EpochLogs& logs) {
            if (batch.index % 3 == 0) CHECK(logs["asked"] == 10.0 * static_cast<double>(batch.index + 1));
          }}) == 8);
    computed = 0;
    Trainer trainer{Scores{}, scores({Asked{}}, strategy)};
    const Array labels = astype(ys() == 0, DType::float32);
    for (int i = 0; i < 5; ++i) (void)trainer.train_on_batch(xs(), labels);
    CHECK(computed == 0);
    const EpochLogs now = trainer.train_on_batch(xs(), labels), later = trainer.train_on_batch(xs(), labels);
    CHECK(computed == 0);
    CHECK(later["asked"] == 630.0);
    CHECK(now["asked"] == 540.0);  // what it was then
  }
}

TEST_CASE("metrics: one that keeps all that it sees is compiled once, and takes no more time") {
  const Array x = random::normal(random::key(3), {8000, 4}), y = astype(take(x, 0, 1) > 0.0f, DType::float32);
  for (const Strategy& strategy : {strategy::jit(), strategy::jit_donate(), strategy::data_parallel(2)}) {
    double seconds[2];
    for (const bool with : {false, true}) {
      Trainer trainer{Scores{},
                      scores(with ? metrics::Metrics{metrics::AUROC{}} : metrics::Metrics{}, strategy)};
      (void)trainer.train_on_batch(take(x, arange(32), 0), take(y, arange(32), 0));
      trainer.reset_metrics();
      const auto start = std::chrono::steady_clock::now();
      const auto history = trainer.fit(x, y, {.epochs = 2, .verbose = 0});
      seconds[with] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (!with) continue;
      CHECK(trainer.train_stats().compiles <= 1);
      // All samples are there, in order.
      const double whole = Metric{metrics::AUROC{}}.update(trainer.predict(x), y).compute().item<double>();
      CHECK(std::abs(trainer.evaluate(x, y, {.verbose = 0})["auroc"] - whole) < 1e-6);
      CHECK(history["auroc"].back() > 0.5);
      CHECK(trainer.state().extra().metrics["auroc"].as<metrics::AUROC>().scores->shape() == Shape{8000});
    }
    CHECK(seconds[1] < 4.0 * seconds[0] + 0.5);  // measured on machines that do other things, too
  }
}

TEST_CASE("metrics: an interrupted epoch goes on with all that was seen") {
  const testing_files::Folder folder;
  const Array x = random::normal(random::key(3), {64, 4}), y = astype(take(x, 0, 1) > 0.0f, DType::float32);
  const auto make = [] {
    return Trainer{Scores{}, scores({metrics::AUROC{}, metrics::Accuracy{.mode = metrics::Mode::binary}})};
  };
  auto whole = make();
  const auto expected = whole.fit(x, y, {.epochs = 1, .batch_size = 8, .verbose = 0});
  auto first = make();
  const callbacks::LambdaCallback stop{
      {.on_train_batch_end = [&](TrainerBase& trainer, const BatchInfo& batch, const EpochLogs&) {
        if (batch.index != 4) return;
        trainer.save(folder / "model");
        trainer.stop();
      }}};
  (void)first.fit(x, y, {.epochs = 1, .batch_size = 8, .callbacks = {stop}, .verbose = 0});
  auto resumed = make();
  resumed.load(folder / "model");
  const auto rest = resumed.fit(x, y, {.epochs = 1, .batch_size = 8, .verbose = 0});
  CHECK(rest["auroc"] == expected["auroc"]);
  CHECK(rest["accuracy"] == expected["accuracy"]);
  CHECK(resumed.state().extra().metrics["auroc"].as<metrics::AUROC>().scores->shape() == Shape{64});
}

TEST_CASE("logs: no name is reserved") {
  struct Names {
    Parameter w = 1.0f;
    Array operator()(Scope& scope, const Array& x) {
      for (const char* name : {"size", "loss", "epoch", "batch", "val_loss", "index"})
        scope.add_metric(name, Array(7.5f));
      return w * x;
    }
  };
  std::vector<double> seen;
  std::vector<std::int64_t> samples;
  const callbacks::LambdaCallback note{
      {.on_train_batch_end = [&](TrainerBase&, const BatchInfo& batch, const EpochLogs& logs) {
        seen.push_back(logs["size"]);
        samples.push_back(batch.samples);
      }}};
  Trainer trainer{Names{}, {.optimizer = optim::sgd(0.1), .losses = {losses::MeanSquaredError{}}}};
  const auto history = trainer.fit(ones({6, 2}), zeros({6, 2}),
                                   {.batch_size = 4,
                                    .validation_data = std::pair{ones({6, 2}), zeros({6, 2})},
                                    .callbacks = {note},
                                    .verbose = 0});
  CHECK(seen == std::vector<double>{7.5, 7.5});
  CHECK(samples == std::vector<std::int64_t>{4, 2});
  for (const char* name : {"size", "loss_2", "epoch", "batch", "val_loss", "index", "val_size"})
    CHECK(history[name] == std::vector<double>{7.5});
  CHECK(history["val_loss_2"].back() != 7.5);
}

TEST_CASE("logs: both kinds print, and one becomes the other") {
  const Logs step = {{"loss", 0.25}, {"accuracy", Array(0.5f)}};
  const EpochLogs epoch(step);
  std::ostringstream text;
  text << step << "|" << epoch;
  CHECK(text.str() == to_string(step) + "|" + to_string(step));
  const Logs back = epoch;
  CHECK(back.names() == step.names());
  CHECK((epoch["loss"] == 0.25 && epoch.at("accuracy") == 0.5 && epoch.get("none", 3.0) == 3.0));
  CHECK((epoch.size() == 2 && epoch.count("loss") == 1 && !epoch.contains("none")));
  CHECK(message_of<ValueError>([&] { (void)epoch["none"]; }) ==
        "Logs: there is no 'none' among (loss, accuracy)");
  EpochLogs more = epoch;
  more.set("loss", 1.0);
  more.add("loss", 2.0);
  CHECK(more == EpochLogs{{"loss", 1.0}, {"accuracy", 0.5}, {"loss_2", 2.0}});
  CHECK(message_of<ValueError>([] {
          (void)EpochLogs{{"a", 1.0}, {"a", 2.0}};
        }) == "EpochLogs: the name 'a' is there twice");
}
