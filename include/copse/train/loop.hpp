// The loops over epochs and batches, compiled once: they know nothing of modules, batches or arrays.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "copse/train/callback.hpp"

namespace copse {

/// When `fit` validates.
class ValidationFreq {
 public:
  /// After every n-th epoch.
  ValidationFreq(int every = 1) : every_(every) {}
  /// After the epochs of these numbers, counted from 1.
  ValidationFreq(std::initializer_list<int> epochs) : epochs_(epochs), listed_(true) {}
  ValidationFreq(std::vector<int> epochs) : epochs_(std::move(epochs)), listed_(true) {}

  bool now(int epoch) const;
  int every() const { return every_; }

 private:
  int every_ = 1;
  std::vector<int> epochs_;
  bool listed_ = false;
};

/// Batches, and what a run does with each.
class Feed {
 public:
  virtual ~Feed() = default;
  /// Begins an epoch, after a number of batches that were done before.
  virtual void start(int epoch, std::int64_t skip) = 0;
  /// Fetches a batch; false at the end.
  virtual bool next() = 0;
  /// How many samples it has.
  virtual std::int64_t samples() const = 0;
  /// Runs the step on it.
  virtual Logs step() = 0;
  /// Batches and samples in an epoch, if known.
  virtual std::optional<std::int64_t> batches() const = 0;
  virtual std::optional<std::int64_t> total_samples() const = 0;
  /// Where its source stands, and back there.
  virtual io::Store state() const = 0;
  virtual void restore(const io::Store& state) = 0;
};

/// The untyped part of FitOptions.
struct LoopOptions {
  int epochs = 1;
  int initial_epoch = 0;
  std::optional<std::int64_t> steps = std::nullopt;
  std::optional<std::int64_t> validation_steps = std::nullopt;
  ValidationFreq validation_freq = 1;
  int verbose = 1;
  bool handle_interrupt = true;
};

/// Runs the loops. One is made for each run of a trainer.
class TrainLoop {
 public:
  /// Copies the callbacks, and adds a progress bar unless there is one or `verbose` is 0.
  TrainLoop(TrainerBase& trainer, const Callbacks& callbacks, int verbose);

  void fit(Feed& train, Feed* validation, const LoopOptions& options);
  Logs evaluate(Feed& feed, std::optional<std::int64_t> steps, int verbose);
  void predict(Feed& feed, std::optional<std::int64_t> steps, int verbose);

  /// What has to be remembered to go on in another process.
  io::Store state() const;

 private:
  class Running;
  // Gives callbacks and the source back what they remembered.
  void resume(const io::Store& state);
  std::vector<std::string> keys() const;
  Logs train_epoch(Feed& feed, int epoch, std::int64_t skip, std::optional<std::int64_t> steps);
  // `whole`: whether all batches were tested, and not only those before the run was stopped.
  Logs test(Feed& feed, std::optional<std::int64_t> steps, bool& whole);
  bool stopped() const;

  template <class Hook, class... Args>
  void each(Hook hook, const Args&... args) {
    const bool outer = std::exchange(trainer_.running_.in_hook, true);
    for (const auto& callback : callbacks_) (callback.get()->*hook)(trainer_, args...);
    trainer_.running_.in_hook = outer;
    save_what_waits();
  }
  void save_what_waits();

  TrainerBase& trainer_;
  std::vector<std::shared_ptr<Callback>> callbacks_;
  Feed* feed_ = nullptr;  // of the training that is going on
  LogAverage average_;    // of its epoch
};

}  // namespace copse
