// The loops over epochs and batches, compiled once: they know nothing of modules, batches or arrays.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "copse/train/callback.hpp"

namespace copse {

class Meter;

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
  /// Runs the step on it: what it reports, metrics aside.
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
  int min_epochs = 0;
  std::optional<std::int64_t> max_steps = std::nullopt;
  std::optional<double> max_time = std::nullopt;
  std::optional<std::int64_t> validation_interval = std::nullopt;
  bool flush_gradients = false;
  bool same_batches = false;  ///< whether all epochs are trained on the first `steps` batches
  bool dev_run = false;       ///< whether only callbacks of a fast_dev_run are told
};

/// Runs the loops. One is made for each run of a trainer.
class TrainLoop {
 public:
  /// Copies the callbacks, but for a `dev_run` those that take no part in one, and adds a progress bar unless
  /// there is one or `verbose` is 0.
  TrainLoop(TrainerBase& trainer, const Callbacks& callbacks, int verbose, bool dev_run = false);

  void fit(Feed& train, Feed* validation, const LoopOptions& options);
  EpochLogs evaluate(Feed& feed, std::optional<std::int64_t> steps, int verbose);
  void predict(Feed& feed, std::optional<std::int64_t> steps, int verbose);

  /// What has to be remembered to go on in another process.
  io::Store state() const;
  /// See Callback::exported_parameters.
  std::optional<std::vector<Array>> exported_parameters() const;

 private:
  class Running;
  // Gives callbacks and the source back what they remembered.
  void resume(const io::Store& state);
  std::vector<std::string> keys() const;
  using Run = TrainerBase::Run;

  class Within;
  class Metering;
  // A run whose beginning callbacks have been told of: how many of them.
  struct Open {
    Run run;
    std::size_t told = 0;
  };

  class Stopwatch;
  void fit_epochs(int first, std::int64_t skip);
  EpochLogs train_epoch(int epoch, std::int64_t skip);
  void train_batch(std::int64_t batch, Meter& meter);
  // Whether a batch is left for the epoch, which then is fetched.
  bool fetch(std::int64_t batch);
  // Validates, and gives what is reported as `val_...`: nothing if it was not done for all batches.
  EpochLogs validate();
  bool validates_within(std::int64_t batch) const;
  // Whether a callback or an interrupt asks the run to end; a callback's request counts when `min_epochs` are
  // done.
  bool asked_to_stop(int epoch, bool otherwise = false);
  bool ends(int epoch);
  // `whole`: whether all batches were tested, and not only those before the run was stopped.
  EpochLogs test(Feed& feed, std::optional<std::int64_t> steps, bool& whole);
  std::int64_t test_batches(Feed& feed, std::optional<std::int64_t> steps, Meter& meter, bool& whole);
  void predict_batches(Feed& feed, std::optional<std::int64_t> steps);
  bool stopped(bool otherwise = false) const;
  // Of processes that train together, whether one says so: all go the same way, and call the same
  // collectives.
  bool any_process(bool mine) const;
  // The next batch of all processes, and how many samples it has in all.
  bool next(Feed& feed);

  // Hooks at the beginning and the end of a run. Each callback that was told of the beginning is told of the
  // end, once, whatever is thrown in between.
  void begin(Run run);
  void end(const EpochLogs& logs);
  // Tells callbacks of the error that is being handled, and ends all runs.
  void fail() noexcept;

  template <class F>
  void in_hook(const F& call) {
    const bool outer = std::exchange(trainer_.running_.in_hook, true);
    call();
    trainer_.running_.in_hook = outer;
    run_what_waits();
  }
  template <class Hook, class... Args>
  void each(Hook hook, const Args&... args) {
    in_hook([&] {
      for (const auto& callback : callbacks_) (callback.get()->*hook)(trainer_, args...);
    });
  }
  void run_what_waits();

  TrainerBase& trainer_;
  std::vector<std::shared_ptr<Callback>> callbacks_;
  std::int64_t samples_ = 0;                      // of the current batch, in all processes
  Feed *feed_ = nullptr, *validation_ = nullptr;  // of the training that is going on
  LoopOptions options_;                           // of that, too
  std::chrono::steady_clock::time_point begun_{};
  EpochLogs validated_;  // the last numbers of validation within the epoch
  LogAverage average_;   // of its epoch
  Meter* meter_ = nullptr;
  std::vector<Open> open_;
  EpochLogs last_;   // of the last epoch
  bool outer_hook_;  // whether the loop runs within a hook of another one
};

}  // namespace copse
