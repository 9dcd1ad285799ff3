// The high level: a call operator, and the losses, metrics and optimizer of a trainer.
#include <string>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/nn/module.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/shaping.hpp"
#include "networks.hpp"

using namespace copse;
using namespace testing_train;
using testing_files::message_of;

namespace {

using Names = std::vector<std::string>;

// w * x, fitted to labels.
struct Line {
  Parameter w = 1.0f;
  Array operator()(const Array& x) const { return w * x; }
};

// Losses and metrics of a call, beside those of the trainer.
struct Reporting {
  Parameter w = 1.0f;
  Array operator()(Scope& scope, const Array& x) {
    scope.add_loss("penalty", 0.5f * square(w.get()));
    scope.add_metric("largest", max(x));
    return w * x;
  }
};

const Array& xs() {
  static const Array x = array({1.0f, 2.0f, 3.0f, 4.0f});
  return x;
}
Batch doubled() { return {xs(), 2.0f * xs(), {}}; }

}  // namespace

TEST_CASE("high level: a call operator, losses, metrics and an optimizer") {
  const TrainerOptions options{.optimizer = optim::sgd(0.1),
                               .losses = {losses::MeanSquaredError{}},
                               .metrics = {metrics::MeanAbsoluteError{}}};
  const auto ready = ElegyModule{Line{}, options}.init_step(random::key(0), doubled());
  const auto [logs, next] = ready.train_step(doubled());
  CHECK(logs.names() == Names{"loss", "mean_squared_error", "mean_absolute_error"});
  CHECK(logs["loss"] == 7.5);
  CHECK(logs["mean_absolute_error"] == 2.5);
  CHECK(next->w->item<float>() == Approx(2.5f));
}

TEST_CASE("high level: losses of the scope are added, and equal names are told apart") {
  Trainer trainer{Reporting{},
                  {.optimizer = optim::sgd(0.0),
                   .losses = {losses::MeanSquaredError{}, losses::MeanSquaredError{}},
                   .metrics = {metrics::MeanAbsoluteError{}, metrics::MeanAbsoluteError{}}}};
  const EpochLogs logs = trainer.train_on_batch(xs(), 2.0f * xs());
  CHECK(logs.names() == Names{"loss", "mean_squared_error", "mean_squared_error_2", "penalty", "largest",
                              "mean_absolute_error", "mean_absolute_error_2"});
  CHECK(logs["loss"] == 7.5 + 7.5 + 0.5);
  CHECK(logs["penalty"] == 0.5);
  CHECK(logs["largest"] == 4.0);
  // A loss from the scope is enough to train with.
  Trainer alone{Reporting{}, {.optimizer = optim::sgd(0.5)}};
  (void)alone.train_on_batch(xs());
  CHECK(alone.state()->w->item<float>() == 0.5f);
}

TEST_CASE("high level: metrics see the whole epoch, batches alone where they are asked") {
  const TrainerOptions options{.optimizer = optim::sgd(0.0),
                               .losses = {losses::MeanSquaredError{}},
                               .metrics = {metrics::MeanAbsoluteError{}}};
  Trainer trainer{Line{}, options};
  // Errors of 1, 2, 3, 4 in batches of three and one.
  const auto history = trainer.fit(xs(), 2.0f * xs(), {.epochs = 2, .batch_size = 3, .verbose = 0});
  CHECK(history["mean_absolute_error"] == std::vector<double>{2.5, 2.5});
  CHECK(history["loss"].back() == Approx(7.5));

  // One batch at a time, they go on until they are reset.
  trainer.reset_metrics();
  (void)trainer.train_on_batch(xs(), xs());
  CHECK(trainer.train_on_batch(xs(), 2.0f * xs())["mean_absolute_error"] == 1.25);
  trainer.reset_metrics();
  CHECK(trainer.train_on_batch(xs(), 2.0f * xs())["mean_absolute_error"] == 2.5);
}

TEST_CASE("high level: sample weights weigh losses and metrics") {
  Trainer trainer{Line{}, {.optimizer = optim::sgd(0.0), .losses = {losses::MeanSquaredError{}}}};
  const Array x = reshape(xs(), {4, 1}), y = 2.0f * x;
  const double plain = trainer.train_on_batch(x, y)["loss"];
  const double weighted = trainer.train_on_batch(x, y, 2.0f * ones({4}))["loss"];
  const double one = trainer.train_on_batch(x, y, array({0.0f, 0.0f, 0.0f, 1.0f}))["loss"];
  CHECK(plain == 7.5);
  CHECK(weighted == 15.0);
  CHECK(one == 4.0);
}

TEST_CASE("high level: parameters that are there are kept, those that are frozen do not change") {
  const Module line = Module{Line{.w = 5.0f}};
  Trainer kept{line, {.optimizer = optim::sgd(0.1), .losses = {losses::MeanSquaredError{}}}};
  CHECK(kept.predict(xs()).item<float>({0}) == 5.0f);
  Trainer frozen{line.freeze(), {.optimizer = optim::sgd(0.1), .losses = {losses::MeanSquaredError{}}}};
  const auto history = frozen.fit(xs(), 2.0f * xs(), {.epochs = 2, .verbose = 0});
  CHECK(frozen.state()->w->item<float>() == 5.0f);
  CHECK(history["loss"] == std::vector<double>{67.5, 67.5});
}
