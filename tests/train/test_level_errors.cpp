// What the levels refuse at run time, and how they say it.
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

// w * x, fitted to labels.
struct Line {
  Parameter w = 1.0f;
  Array operator()(const Array& x) const { return w * x; }
};

// The core level: everything by hand.
struct ByHand {
  Parameter w = {};
  int limit = 3;
  void init_step(const Key&, const Batch&) { w = Array(1.0f); }
  Logs train_step(const Batch& batch) {
    auto [loss, gradient] = value_and_grad(
        [&](const Array& v) { return mean(square(v * batch.inputs - batch.labels)); })(w.get());
    w = w - 0.1f * gradient;
    return {{"loss", loss}};
  }
  Logs test_step(const Batch& batch) { return {{"error", mean(abs(w * batch.inputs - batch.labels))}}; }
  Array pred_step(const Array& x) { return w * x; }
};

const Array& xs() {
  static const Array x = array({1.0f, 2.0f, 3.0f, 4.0f});
  return x;
}
Batch doubled() { return {xs(), 2.0f * xs(), {}}; }

}  // namespace

TEST_CASE("levels: what is refused") {
  const auto refused = [](auto f, const std::string& wanted) {
    const std::string message = message_of<Error>(f);
    INFO(message);
    CHECK(message.find(wanted) != std::string::npos);
  };
  refused(
      [] {
        (void)Trainer{Line{}, {.losses = {losses::MeanSquaredError{}}}}.train_on_batch(xs(), xs());
      },
      "Line: training needs an optimizer: Trainer{");
  refused(
      [] {
        (void)Trainer{Line{}, {.optimizer = optim::sgd(0.1)}}.train_on_batch(xs(), xs());
      },
      "training needs a loss: give the trainer losses");
  refused([] { (void)ElegyModule{Line{}}.train_step(doubled()); },
          "Line: the module is not initialised: call init_step(key, batch) first");
  refused([] { (void)ElegyModule{Line{}}.test_step(doubled()); }, "not initialised");
  refused([] { (void)ElegyModule{Line{}}.pred_step(xs()); }, "not initialised");
  refused(
      [] {
        (void)Trainer{ByHand{}, {.optimizer = optim::sgd(0.1)}};
      },
      "ByHand: the struct has its own steps: an optimizer, losses and metrics given to the trainer would do "
      "nothing");
  struct Numbers {
    double total = 0;
    Logs train_step(const std::vector<double>& batch) { return {{"loss", total += batch[0]}}; }
  };
  refused([] { (void)Trainer{Numbers{}}.train_on_batch(std::vector<double>{1.0}); },
          "cannot be compiled, since not all of their leaves are arrays: give the trainer {.strategy = "
          "strategy::eager()}");
  refused(
      [] {
        (void)Trainer{Numbers{}, {.strategy = strategy::eager()}}.test_on_batch(std::vector<double>{1.0});
      },
      "Numbers: the struct has no test_step, which this needs");
  struct Maps {
    Parameter w = 1.0f;
    Array operator()(const std::map<std::string, Array>& x) const { return w * x.at("target"); }
  };
  refused(
      [] {
        Trainer trainer{Maps{}, {.optimizer = optim::sgd(0.1), .losses = {losses::MeanSquaredError{}}}};
        (void)trainer.train_on_batch(std::map<std::string, Array>{{"target", xs()}}, xs());
      },
      "the inputs of a batch have a part 'target', but that is already the name of another argument");
}
