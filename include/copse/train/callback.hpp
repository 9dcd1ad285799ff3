// Callbacks: what happens between the steps of a training.
#pragma once

#include <concepts>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/moved.hpp"
#include "copse/io/store.hpp"
#include "copse/train/epoch_logs.hpp"
#include "copse/train/history.hpp"
#include "copse/train/options.hpp"
#include "copse/train/snapshot.hpp"
#include "copse/train/struct_hooks.hpp"

namespace copse {

/// What is known about a run when it begins.
struct RunInfo {
  int epochs = 1;                                      ///< the index after the last epoch
  int initial_epoch = 0;                               ///< the first epoch
  std::optional<std::int64_t> steps = std::nullopt;    ///< batches in an epoch, if known
  std::optional<std::int64_t> samples = std::nullopt;  ///< samples in an epoch, if known
  int verbose = 1;         ///< 0: silent, 1: progress bar, 2: a line for each epoch
  bool validates = false;  ///< whether there is validation data
};

/// Where a training stands. Saved with the state.
struct Progress {
  std::int64_t epoch = 0;  ///< epochs that are done
  std::int64_t batch = 0;  ///< batches of the next epoch that are done
  std::int64_t steps = 0;  ///< train steps in all
};

/// Seconds that a `fit` has spent so far, by activity. `total` less the others is the overhead of the loop.
struct RunTimes {
  double data = 0;        ///< waiting for batches
  double steps = 0;       ///< running train steps
  double callbacks = 0;   ///< in hooks of callbacks, but for validation's
  double validation = 0;  ///< validating, its data and hooks included
  double total = 0;       ///< since `fit` began
};

class TrainLoop;

/// What callbacks see of a Trainer.
class TrainerBase {
 public:
  TrainerBase() = default;
  virtual ~TrainerBase() = default;

  /// Ends the run after this batch (and, in `fit`, the callbacks of this epoch).
  void stop() { stopping_ = true; }
  bool stopping() const { return stopping_; }
  /// What the last (or current) `fit` has reported.
  const History& history() const { return history_; }
  const Progress& progress() const { return progress_; }
  /// About the current run.
  const RunInfo& run() const { return run_; }
  /// Where the time of the current `fit`, or of the last one, has gone.
  const RunTimes& times() const { return times_; }

  /// Writes the whole state to a file, atomically.
  virtual void save(const std::filesystem::path& path) const = 0;
  /// Writes the module alone, for `load(path, {.weights_only = true})`.
  virtual void save_weights(const std::filesystem::path& path) const = 0;
  /// Goes on from a file that `save` wrote. In `on_train_begin`, the run that begins goes on where that one
  /// stood. Throws as Trainer::load does.
  virtual void resume_from(const std::filesystem::path& path) = 0;
  /// The trainable parameters, in the order of declaration.
  virtual std::vector<Array> parameters() const = 0;
  /// Sets them: as many, of the same shapes and dtypes, else ShapeError or DTypeError.
  virtual void set_parameters(const std::vector<Array>& parameters) = 0;
  /// The state as it is now, kept in memory; `restore` brings it back.
  virtual std::shared_ptr<const Snapshot> snapshot() const = 0;
  virtual void restore(const std::shared_ptr<const Snapshot>& snapshot) = 0;
  /// Saves when all callbacks have had the present hook, so that the states of all of them are in the file;
  /// outside of hooks at once.
  void save_after_callbacks(const std::filesystem::path& path) {
    after_callbacks([this, path] { save(path); });
  }
  /// Runs a function when all callbacks have had the present hook; outside of hooks at once.
  void after_callbacks(std::function<void()> call);
  /// What metrics have computed of what they have accumulated.
  virtual Logs metric_values() const = 0;
  /// Which way a number in the logs is better: what its metric says (`higher_is_better`); down for a loss;
  /// else what the name says, `accuracy` or `val_error`. None if neither says.
  std::optional<bool> higher_is_better(std::string_view name) const;
  /// A hyper-parameter of the trainer's optimizer that is part of its state, as it was in the last step:
  /// `learning_rate` where that is a number, and all of `inject_hyperparams`. Throws ValueError if there is
  /// none of that name, or before the module is initialised.
  virtual double hyperparam(std::string_view name) const = 0;
  /// Sets one for the steps to come; nothing is compiled anew. It comes back with a checkpoint.
  virtual void set_hyperparam(std::string_view name, double value) = 0;
  /// Whether all parameters and statistics of batches are finite.
  virtual bool finite() const = 0;
  /// Which process this is of those that train together (`strategy::distributed`), and how many they are.
  /// `save` and `save_weights` write in the first one, 0, alone.
  virtual int rank() const { return 0; }
  virtual int ranks() const { return 1; }
  /// What train steps report of their gradients, from now on. Throws ValueError for a struct with a
  /// `train_step` of its own, which knows its gradients alone.
  virtual void report_gradient_norms(const ReportedNorms& norms) = 0;

 protected:
  TrainerBase(const TrainerBase&) = default;
  TrainerBase(TrainerBase&&) = default;
  TrainerBase& operator=(const TrainerBase&) = default;
  TrainerBase& operator=(TrainerBase&&) = default;

  friend class TrainLoop;
  enum class Run { train, test, predict };
  /// Empties what metrics have accumulated, for a new epoch.
  virtual void reset_metrics() = 0;
  /// What the run remembers: its callbacks, its data, the logs of its epoch.
  io::Store run_state() const;
  /// Begins a run of evaluation or prediction, and ends it: then all is as it was.
  virtual void begin_look(Run run) = 0;
  virtual void end_look() noexcept = 0;
  /// Evaluation or prediction, after which the trainer's state is as before.
  class Look {
   public:
    Look(TrainerBase& trainer, Run run) : trainer_(trainer) { trainer_.begin_look(run); }
    ~Look() { trainer_.end_look(); }
    Look(const Look&) = delete;
    Look& operator=(const Look&) = delete;

   private:
    TrainerBase& trainer_;
  };
  /// Calls the hooks of the struct itself.
  virtual void tell_struct(train_detail::StructHook hook, int epoch, const EpochLogs& logs) = 0;
  /// What the trainer's losses and metrics say of that.
  virtual std::optional<bool> direction(const std::string& name) const = 0;
  /// Numbers become their sums over the processes that train together. All of them call it.
  virtual void sum_over_ranks(std::span<std::int64_t>) const {}
  /// Applies the gradients that the optimizer has gathered.
  virtual void flush_gradients() = 0;
  /// The parameters that a callback wants files of weights to have.
  std::optional<std::vector<Array>> exported_parameters() const;

  History history_;
  Progress progress_;
  RunInfo run_;
  RunTimes times_;
  std::vector<std::string> losses_;  // the names of losses that steps have reported
  bool stopping_ = false;
  bool resuming_ = false;  // loaded, so that the next fit may begin within an epoch
  io::Store run_state_;    // of the last run, or loaded

 private:
  // The run of `fit` that is going on; a copy of the trainer is in none.
  struct Running {
    Running() = default;
    Running(const Running&) {}
    Running& operator=(const Running&) { return *this; }
    const TrainLoop* loop = nullptr;
    bool in_hook = false;
    std::vector<std::function<void()>> waiting;  // for the hook to be over
  };
  Running running_;
};

/// Base of callbacks: derive from it and override what is wanted. Callbacks are values: `fit` works on its
/// own copy of each.
///
/// Epochs and batches count from 0. The logs of a batch are of the epoch so far: means of what steps have
/// reported, and metrics, which are computed only if they are read. Those of an epoch have validation's
/// numbers, too, as `val_...`.
///
/// Where anything throws, `on_exception` comes first, then the end of each run that has begun (`on_train_end`
/// among them, once), and then the error comes out of `fit`.
class Callback {
 public:
  virtual ~Callback() = default;

  virtual void on_train_begin(TrainerBase&) {}
  virtual void on_train_end(TrainerBase&, const EpochLogs&) {}
  virtual void on_epoch_begin(TrainerBase&, int /*epoch*/) {}
  virtual void on_epoch_end(TrainerBase&, int /*epoch*/, const EpochLogs&) {}
  /// Just before the end of an epoch: may add numbers to what it reports.
  virtual void on_epoch_logs(TrainerBase&, int /*epoch*/, EpochLogs& /*logs*/) {}
  virtual void on_train_batch_begin(TrainerBase&, std::int64_t /*batch*/) {}
  virtual void on_train_batch_end(TrainerBase&, const BatchInfo& /*batch*/, const EpochLogs&) {}

  virtual void on_test_begin(TrainerBase&) {}
  virtual void on_test_end(TrainerBase&, const EpochLogs&) {}
  virtual void on_test_batch_begin(TrainerBase&, std::int64_t /*batch*/) {}
  virtual void on_test_batch_end(TrainerBase&, const BatchInfo& /*batch*/, const EpochLogs&) {}

  virtual void on_predict_begin(TrainerBase&) {}
  virtual void on_predict_end(TrainerBase&) {}
  virtual void on_predict_batch_begin(TrainerBase&, std::int64_t /*batch*/) {}
  /// The logs are empty.
  virtual void on_predict_batch_end(TrainerBase&, const BatchInfo& /*batch*/, const EpochLogs&) {}

  virtual void on_exception(TrainerBase&, std::exception_ptr) {}

  /// Parameters that files of weights alone (`save_weights`) are to have in place of the trainer's, such as
  /// averages; none by default. Of several callbacks, the first that gives some is heard.
  virtual std::optional<std::vector<Array>> exported_parameters() const { return std::nullopt; }

  /// Whether it runs in all processes that train together, or in the first alone, as what only writes files
  /// or to the screen does. What stops a training, or changes it, runs in all.
  virtual bool in_all_processes() const { return true; }

  /// Whether it takes part in a `fast_dev_run`. Those that write files or end trainings do not.
  virtual bool in_fast_dev_run() const { return true; }

  /// What it remembers, which becomes part of checkpoints. A training that was loaded and goes on where it
  /// stood gives it back to the callback with the same key, after `on_train_begin`; a callback that had saved
  /// nothing is not asked.
  virtual void save(io::Store&) const {}
  virtual void load(const io::Store&) {}
  /// What that is called: by default the name of the type. Of two with the same, the second is `key_2`.
  virtual std::string state_key() const;
};

/// A callback of any type.
class AnyCallback {
 public:
  template <std::derived_from<Callback> C>
    requires std::copy_constructible<C>
  AnyCallback(C callback)
      : callback_(std::make_shared<C>(std::move(callback))),
        copy_([](const Callback& c) -> std::shared_ptr<Callback> {
          return std::make_shared<C>(static_cast<const C&>(c));
        }) {}
  /// One that is shared, not copied: what it has learned can be read after `fit`.
  template <std::derived_from<Callback> C>
  AnyCallback(std::shared_ptr<C> callback) : callback_(std::move(callback)) {}

  /// The callback for one run.
  std::shared_ptr<Callback> instance() const { return copy_ ? copy_(get()) : (void(get()), callback_); }
  const Callback& get() const {
    if (!callback_) copse::detail::throw_moved_from("AnyCallback");
    return *callback_;
  }

 private:
  std::shared_ptr<Callback> callback_;
  std::shared_ptr<Callback> (*copy_)(const Callback&) = nullptr;
};

using Callbacks = std::vector<AnyCallback>;

}  // namespace copse
