// Callbacks about time: how long a training may take, and where its time goes.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "copse/train/callback.hpp"

namespace copse::callbacks {

struct TimerOptions {
  double duration = 0;  ///< seconds after which the training ends; 0: never
};

/// Counts the seconds of a training, over all processes that it goes on in, and ends it in time. `max_time`
/// of `fit` does so for one call.
class Timer : public Callback {
 public:
  Timer(TimerOptions options = {});

  void on_train_begin(TrainerBase& trainer) override;
  void on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) override;
  void on_train_end(TrainerBase& trainer, const EpochLogs& logs) override;
  void save(io::Store& store) const override { store.set("elapsed", elapsed_); }
  void load(const io::Store& store) override { before_ = elapsed_ = store.get<double>("elapsed"); }
  bool in_fast_dev_run() const override { return false; }

  /// Seconds so far, and those that are left (0 or more; infinite without a duration).
  double elapsed() const { return elapsed_; }
  double remaining() const;

 private:
  TimerOptions options_;
  double before_ = 0, elapsed_ = 0;
};

struct ProfilerOptions {
  std::FILE* out = stdout;  ///< where the table goes when the training ends; null: nowhere
};

/// Where the time of a training goes: waiting for data, running steps, callbacks, validation and the rest, in
/// all and for a step. What happens within a step is `trainer.profile`'s to say.
class Profiler : public Callback {
 public:
  Profiler(ProfilerOptions options = {}) : options_(options) {}

  void on_train_begin(TrainerBase& trainer) override;
  void on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) override;
  void on_train_end(TrainerBase& trainer, const EpochLogs& logs) override;

  bool in_all_processes() const override { return false; }

  const RunTimes& times() const { return times_; }
  std::int64_t steps() const { return steps_; }
  /// The table.
  std::string text() const;

 private:
  ProfilerOptions options_;
  RunTimes times_{};
  std::int64_t steps_ = 0;
};

}  // namespace copse::callbacks
