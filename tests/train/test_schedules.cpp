// Callbacks that change or watch the learning rate, and averages of the weights.
#include <cmath>
#include <memory>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/ops/compare.hpp"
#include "networks.hpp"

using namespace copse;
using namespace testing_train;
using Catch::Contains;
using testing_files::Folder;

namespace {

// A loss that stays: inputs are zeros, and there is no bias.
struct Flat {
  nn::Linear layer{.features = 1, .use_bias = false};
  Array operator()(Scope& scope, const Array& x) { return layer(scope, x); }
};

Trainer<Flat> flat_trainer() {
  return Trainer{Flat{}, {.optimizer = optim::sgd(0.1), .losses = {losses::MeanSquaredError{}}}};
}

std::vector<double> rates(Trainer<Flat>& trainer, callbacks::ReduceLROnPlateauOptions options, int epochs,
                          int initial = 0) {
  options.monitor = "loss";
  const auto history =
      trainer.fit(zeros({4, 2}), ones({4, 1}),
                  {.epochs = epochs,
                   .initial_epoch = initial,
                   .callbacks = {callbacks::ReduceLROnPlateau{options}, callbacks::LearningRateMonitor{}},
                   .verbose = 0});
  return history["learning_rate"];
}

void check_close(const std::vector<double>& got, const std::vector<double>& wanted) {
  REQUIRE(got.size() == wanted.size());
  for (std::size_t n = 0; n < got.size(); ++n) CHECK(got[n] == Approx(wanted[n]).epsilon(1e-6));
}

}  // namespace

// As Keras's callback gives them for a loss that stays; the rate of an epoch is that of its last step.
TEST_CASE("ReduceLROnPlateau: a loss that stays") {
  auto trainer = flat_trainer();
  check_close(rates(trainer, {.factor = 0.5, .patience = 2}, 7), {0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025});
  trainer = flat_trainer();
  check_close(rates(trainer, {.factor = 0.5, .patience = 2, .cooldown = 2}, 8),
              {0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025});
  trainer = flat_trainer();
  check_close(rates(trainer, {.factor = 0.1, .patience = 1, .min_rate = 0.02}, 5),
              {0.1, 0.1, 0.02, 0.02, 0.02});
  CHECK(trainer.train_stats().compiles == 1);
}

TEST_CASE("ReduceLROnPlateau: goes on as without a break") {
  const Folder folder;
  auto whole = flat_trainer(), first = flat_trainer(), second = flat_trainer();
  const callbacks::ReduceLROnPlateauOptions options{.factor = 0.5, .patience = 2, .cooldown = 1};
  const auto wanted = rates(whole, options, 9);
  auto got = rates(first, options, 4);
  first.save(folder / "model");
  second.load(folder / "model");
  const auto rest = rates(second, options, 9, 4);
  got.insert(got.end(), rest.begin(), rest.end());
  check_close(got, wanted);
}

TEST_CASE("ReduceLROnPlateau: bad options, and rates that are none") {
  using callbacks::ReduceLROnPlateau;
  CHECK_THROWS_WITH(ReduceLROnPlateau({.factor = 1.0}), Contains("factor is 1, wanted between 0 and 1"));
  CHECK_THROWS_WITH(ReduceLROnPlateau({.patience = -1}), Contains("patience is -1"));
  Trainer scheduled{Flat{},
                    {.optimizer = optim::sgd(optim::exponential_decay(0.1, 5, 0.9)),
                     .losses = {losses::MeanSquaredError{}}}};
  CHECK_THROWS_WITH(scheduled.fit(zeros({4, 2}), ones({4, 1}),
                                  {.callbacks = {ReduceLROnPlateau{{.monitor = "loss"}}}, .verbose = 0}),
                    Contains("learning_rate"));
}

TEST_CASE("EMA: averages are what the formula gives, validation sees them, and they stay at the end") {
  for (const bool keep : {true, false}) {
    Trainer trainer{Net{}, net_options()};
    const auto ema = std::make_shared<callbacks::EMA>(callbacks::EMAOptions{.decay = 0.8, .keep = keep});
    std::vector<Array> wanted, tested, last;
    callbacks::LambdaCallback watch(
        {.on_train_batch_end =
             [&](TrainerBase& t, const auto&...) {
               last = t.parameters();
               if (wanted.empty()) {
                 wanted = last;
                 return;
               }
               for (std::size_t n = 0; n < wanted.size(); ++n) wanted[n] = 0.8f * wanted[n] + 0.2f * last[n];
             },
         .on_test_batch_begin = [&](TrainerBase& t, std::int64_t) { tested = t.parameters(); }});
    (void)trainer.fit(
        inputs(), classes(),
        {.epochs = 3, .batch_size = 20, .validation_split = 0.2, .callbacks = {ema, watch}, .verbose = 0});
    REQUIRE(wanted.size() == 6);
    REQUIRE(ema->averages().size() == wanted.size());
    const auto after = trainer.parameters();
    for (std::size_t n = 0; n < wanted.size(); ++n) {
      CHECK(all_close(ema->averages()[n], wanted[n], 1e-5, 1e-7));
      CHECK(all_close(tested[n], ema->averages()[n], 0.0, 0.0));
      CHECK(all_close(after[n], keep ? ema->averages()[n] : last[n], 0.0, 0.0));
    }
  }
  CHECK_THROWS_WITH(callbacks::EMA({.decay = 1.5}), Contains("decay is 1.5, wanted between 0 and 1"));
  CHECK_THROWS_WITH(callbacks::EMA({.every = 0}), Contains("every is 0"));
}

TEST_CASE("EMA: files of weights have the averages, whole checkpoints the parameters") {
  const Folder folder;
  Trainer trainer{Net{}, net_options()};
  const auto ema = std::make_shared<callbacks::EMA>(callbacks::EMAOptions{.decay = 0.8, .keep = false});
  (void)trainer.fit(inputs(), classes(),
                    {.epochs = 2,
                     .batch_size = 20,
                     .callbacks = {callbacks::ModelCheckpoint{folder / "weights",
                                                              {.monitor = "loss", .weights_only = true}},
                                   callbacks::ModelCheckpoint{folder / "whole", {.monitor = "loss"}}, ema},
                     .verbose = 0});
  const auto loaded = [&](const char* name, bool weights_only) {
    Trainer other{Net{}, net_options()};
    (void)other.load(folder / name, {.weights_only = weights_only});
    return other.parameters();
  };
  const auto weights = loaded("weights", true), whole = loaded("whole", false), last = trainer.parameters();
  for (std::size_t n = 0; n < weights.size(); ++n) {
    CHECK(array_equal(weights[n], ema->averages()[n]));
    CHECK(array_equal(whole[n], last[n]));
  }
  CHECK_FALSE(array_equal(weights[0], whole[0]));
  // After the training they are the trainer's.
  trainer.save_weights(folder / "after");
  CHECK(array_equal(loaded("after", true)[0], last[0]));
}

TEST_CASE("parameters of a trainer are set as a whole, or not at all") {
  Trainer trainer{Net{}, net_options()};
  trainer.init(Batch{inputs(), classes(), {}});
  auto parameters = trainer.parameters();
  const auto before = parameters;
  parameters[0] = parameters[0] * 2.0f;
  trainer.set_parameters(parameters);
  CHECK(all_close(trainer.parameters()[0], before[0] * 2.0f, 0.0, 0.0));
  parameters[1] = ones({3});
  CHECK_THROWS_WITH(trainer.set_parameters(parameters),
                    Contains("set_parameters: array 1 is float32(3,), wanted"));
  parameters.pop_back();
  CHECK_THROWS_WITH(trainer.set_parameters(parameters),
                    Contains("set_parameters: got 5 arrays, the module has 6"));
  CHECK(all_close(trainer.parameters()[0], before[0] * 2.0f, 0.0, 0.0));
}
