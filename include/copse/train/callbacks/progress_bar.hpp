// The progress of a run on the screen.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "copse/train/callback.hpp"

namespace copse::callbacks {

struct ProgressBarOptions {
  std::FILE* out = stdout;
  /// Whether lines can be redrawn; by default if `out` is a terminal.
  std::optional<bool> terminal = std::nullopt;
  int width = 30;  ///< of the bar, in characters; less where a line has no room for it
  std::optional<int> columns = std::nullopt;  ///< of the terminal, by default as it says itself
  double interval = 0.1;                      ///< seconds between redraws
};

/// Shows what a run is doing, as `verbose` says: 1: on a terminal one line that is redrawn, with a bar,
/// samples per second and the time that is left, and elsewhere a line for each epoch; 2: always a line for
/// each epoch. Validation within `fit` adds its numbers to the epoch's line. Added by the trainer unless
/// `verbose` is 0.
class ProgressBar : public Callback {
 public:
  ProgressBar(ProgressBarOptions options = {}) : options_(options) {}

  void on_train_begin(TrainerBase& trainer) override;
  void on_train_end(TrainerBase& trainer, const EpochLogs& logs) override;
  void on_epoch_begin(TrainerBase& trainer, int epoch) override;
  void on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) override;
  void on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) override;
  void on_test_begin(TrainerBase& trainer) override;
  void on_test_end(TrainerBase& trainer, const EpochLogs& logs) override;
  void on_test_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) override;
  void on_predict_begin(TrainerBase& trainer) override;
  void on_predict_end(TrainerBase& trainer) override;
  void on_predict_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) override;
  bool in_all_processes() const override { return false; }

 private:
  using Clock = std::chrono::steady_clock;

  bool redraws(const TrainerBase& trainer) const;
  void begin();
  void batch_done(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs);
  void end(TrainerBase& trainer, const std::string& title, const EpochLogs& logs);
  void draw(const std::string& line);

  ProgressBarOptions options_;
  bool in_fit_ = false;
  std::int64_t batches_ = 0, first_batch_ = 0, samples_ = 0;
  Clock::time_point start_{}, drawn_{};
  double train_seconds_ = 0;
  std::size_t line_length_ = 0;
};

}  // namespace copse::callbacks
