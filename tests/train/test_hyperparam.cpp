// Hyper-parameters of a trainer's optimizer: read and set while it trains.
#include <filesystem>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/copse.hpp"

using namespace copse;

namespace {

TrainerOptions options(optim::GradientTransformation optimizer, Strategy strategy = strategy::jit_donate()) {
  return {.optimizer = std::move(optimizer),
          .losses = {losses::MeanSquaredError{}},
          .strategy = strategy,
          .seed = 3};
}

const Array x = random::normal(random::key(0), {32, 3}), y = sum(x, 1, true);

Array kernel_after(optim::GradientTransformation optimizer, Strategy strategy, std::optional<double> set) {
  Trainer trainer{nn::Linear{1}, options(std::move(optimizer), strategy)};
  trainer.init(BatchOf<Array, Array>{x, y, {}});
  if (set) trainer.set_hyperparam("learning_rate", *set);
  for (int i = 0; i < 3; ++i) (void)trainer.train_on_batch(x, y);
  return trainer.state()->kernel;
}

struct Halve : Callback {
  void on_epoch_end(TrainerBase& trainer, int, const EpochLogs&) override {
    trainer.set_hyperparam("learning_rate", trainer.hyperparam("learning_rate") / 2);
  }
};

struct Core {
  Parameter w = 1.0f;
  Logs train_step(const Array&) { return {}; }
};

}  // namespace

TEST_CASE("a learning rate that is set is that of the steps to come, in every strategy") {
  for (const Strategy& strategy :
       {strategy::eager(), strategy::jit(), strategy::jit_donate(), strategy::data_parallel(3)})
    for (const bool with_momentum : {false, true}) {
      const auto optimizer = [&](double rate) {
        return with_momentum ? optim::sgd(rate, 0.9) : optim::adam(rate);
      };
      CHECK(array_equal(kernel_after(optimizer(0.1), strategy, 0.025),
                        kernel_after(optimizer(0.025), strategy, std::nullopt)));
    }
}

TEST_CASE("a learning rate is set without compiling anew, also by callbacks, and comes back from a file") {
  const testing_files::Folder folder;
  Trainer trainer{nn::Linear{1}, options(optim::adam(0.1))};
  (void)trainer.fit(x, y, {.epochs = 1, .batch_size = 8, .verbose = 0});
  CHECK(trainer.hyperparam("learning_rate") == 0.1);
  const auto compiled = trainer.train_stats().compiles;
  (void)trainer.fit(x, y, {.epochs = 2, .batch_size = 8, .callbacks = {Halve{}}, .verbose = 0});
  CHECK(trainer.hyperparam("learning_rate") == 0.025);
  CHECK(trainer.train_stats().compiles == compiled);

  trainer.save(folder / "model");
  Trainer fresh{nn::Linear{1}, options(optim::adam(0.1))};
  (void)fresh.load(folder / "model");
  CHECK(fresh.hyperparam("learning_rate") == 0.025);
  (void)trainer.train_on_batch(x, y);
  (void)fresh.train_on_batch(x, y);
  CHECK(array_equal(trainer.state()->kernel, fresh.state()->kernel));
}

TEST_CASE("hyper-parameters that are none are named in the error") {
  Trainer trainer{nn::Linear{1}, options(optim::sgd(0.1))};
  CHECK_THROWS_AS(trainer.hyperparam("learning_rate"), ValueError);  // not initialised
  (void)trainer.train_on_batch(x, y);
  CHECK_THROWS_AS(trainer.hyperparam("momentum"), ValueError);
  CHECK_THROWS_AS(trainer.set_hyperparam("momentum", 0.5), ValueError);
  Trainer scheduled{nn::Linear{1}, options(optim::sgd(optim::cosine_decay(0.1, 100)))};
  (void)scheduled.train_on_batch(x, y);
  CHECK_THROWS_AS(scheduled.set_hyperparam("learning_rate", 0.5), ValueError);
  Trainer core{Core{}};
  CHECK_THROWS_AS(core.hyperparam("learning_rate"), ValueError);
}
