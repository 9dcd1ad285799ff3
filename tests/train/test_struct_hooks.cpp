// Hooks of a trained struct itself: when they come, and that what they change stays.
#include <string>
#include <vector>

#include "catch.hpp"
#include "copse/train.hpp"
#include "networks.hpp"

using namespace copse;
using namespace testing_train;

namespace {

// Notes what it is told, among its callbacks' hooks.
std::vector<std::string>& notes() {
  static std::vector<std::string> list;
  return list;
}

struct Hooked {
  std::vector<int> epochs = {};

  void init_step(Key, int) {}
  Logs train_step(int) {
    notes().push_back("step");
    return {{"loss", 1.0}};
  }
  Logs test_step(int) {
    notes().push_back("test");
    return {{"loss", 2.0}};
  }
  void on_train_begin() { notes().push_back("train begin"); }
  void on_train_end(const EpochLogs& logs) { notes().push_back("train end " + std::to_string(logs.size())); }
  void on_epoch_begin(int epoch) {
    epochs.push_back(epoch);
    notes().push_back("epoch begin " + std::to_string(epoch));
  }
  void on_epoch_end(int epoch, const EpochLogs& logs) {
    notes().push_back("epoch end " + std::to_string(epoch) + " " + (logs.contains("val_loss") ? "val" : ""));
  }
  void on_test_begin() { notes().push_back("test begin"); }
  void on_test_end() { notes().push_back("test end"); }
};

struct Watcher : Callback {
  void on_train_begin(TrainerBase&) override { notes().push_back("(train begin)"); }
  void on_train_end(TrainerBase&, const EpochLogs&) override { notes().push_back("(train end)"); }
  void on_epoch_begin(TrainerBase&, int) override { notes().push_back("(epoch begin)"); }
  void on_epoch_end(TrainerBase&, int, const EpochLogs&) override { notes().push_back("(epoch end)"); }
  void on_test_begin(TrainerBase&) override { notes().push_back("(test begin)"); }
  void on_test_end(TrainerBase&, const EpochLogs&) override { notes().push_back("(test end)"); }
};

}  // namespace

TEST_CASE("hooks of a struct come before those of callbacks, in order") {
  notes().clear();
  Trainer trainer{Hooked{}, {.strategy = strategy::eager()}};
  const std::vector<int> data = {0};
  (void)trainer.fit(data, {.epochs = 1, .validation_data = data, .callbacks = {Watcher{}}, .verbose = 0});
  CHECK(notes() == std::vector<std::string>{"train begin", "(train begin)", "epoch begin 0", "(epoch begin)",
                                            "step", "test begin", "(test begin)", "test", "test end",
                                            "(test end)", "epoch end 0 val", "(epoch end)", "train end 2",
                                            "(train end)"});
  CHECK(trainer.state()->epochs == std::vector<int>{0});
  notes().clear();
  (void)trainer.evaluate(data, {.verbose = 0});
  CHECK(notes() == std::vector<std::string>{"test begin", "test", "test end"});
}

namespace {

struct Warming {
  nn::Linear layer{2};
  State<Array> scale = ones({});

  Array operator()(Scope& scope, const Array& x) { return layer(scope, x * *scale); }
  void on_epoch_begin(int epoch) { scale = Array(static_cast<float>(epoch + 1)); }
  void on_train_end() { scale = ones({}); }
};

}  // namespace

TEST_CASE("a hook of a struct changes its state for the compiled steps, without compiling anew") {
  Trainer trainer{Warming{}, {.optimizer = optim::sgd(0.1), .losses = {losses::CrossEntropy{}}}};
  std::vector<double> scales;
  callbacks::LambdaCallback watch({.on_epoch_end = [&](TrainerBase&, int, const EpochLogs&) {
    scales.push_back(trainer.state()->scale->item<double>());
  }});
  (void)trainer.fit(inputs(), classes(), {.epochs = 3, .batch_size = 50, .callbacks = {watch}, .verbose = 0});
  CHECK(scales == std::vector<double>{1, 2, 3});
  CHECK(trainer.state()->scale->item<double>() == 1);
  CHECK(trainer.train_stats().compiles == 1);
}

TEST_CASE("a hook of a struct that throws ends the training as a callback's does") {
  struct Thrower {
    void init_step(Key, int) {}
    Logs train_step(int) { return {{"loss", 1.0}}; }
    void on_epoch_begin(int epoch) {
      if (epoch == 1) throw ValueError("no further");
    }
  };
  Trainer trainer{Thrower{}, {.strategy = strategy::eager()}};
  int errors = 0, ends = 0;
  callbacks::LambdaCallback watch({.on_train_end = [&](TrainerBase&, const EpochLogs&) { ++ends; },
                                   .on_exception = [&](TrainerBase&, std::exception_ptr) { ++errors; }});
  CHECK_THROWS_WITH(trainer.fit(std::vector<int>{0}, {.epochs = 3, .callbacks = {watch}, .verbose = 0}),
                    "no further");
  CHECK(errors == 1);
  CHECK(ends == 1);
}
