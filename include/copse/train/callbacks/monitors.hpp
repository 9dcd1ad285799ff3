// Callbacks that watch a number: checkpoints, early stopping, and stopping where it is lost.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "copse/train/callback.hpp"

namespace copse::callbacks {

/// Which way a number is better. By its name: what its metric says, down for losses, and else what the name
/// says (see TrainerBase::higher_is_better); ValueError, after the first batch, for a name that says nothing.
enum class Mode { by_name, min, max };

struct ModelCheckpointOptions {
  std::string monitor = "val_loss";
  bool save_best_only = false;  ///< only where the monitored number is the best so far
  Mode mode = Mode::by_name;
  /// Saves after that many batches, counted over all epochs, instead of after epochs.
  std::optional<std::int64_t> save_freq = std::nullopt;
  int period = 1;  ///< epochs from one checkpoint to the next
  int verbose = 0;
  /// Keeps the files of so many best values and removes the others; 0: all files stay.
  int save_top_k = 0;
  bool save_last = false;  ///< also writes `last`, beside the others, each time
  /// Saves when so many seconds have passed since the last time, after a batch, instead of after epochs.
  std::optional<double> every_seconds = std::nullopt;
  /// The module alone, for `load(path, {.weights_only = true})`: smaller, and no training goes on from it.
  bool weights_only = false;
};

/// Saves the trainer's whole state, atomically, so that `load` goes on from there. The path may have fields
/// in braces: `model-{epoch:03}-{val_loss:.4f}`, with the epoch counted from 1. A state that is lost (the
/// loss is no finite number, and not all parameters are finite) is not saved, and with `save_best_only` none
/// whose monitored number is nan.
class ModelCheckpoint : public Callback {
 public:
  ModelCheckpoint(std::filesystem::path path, ModelCheckpointOptions options = {});

  void on_train_begin(TrainerBase& trainer) override;
  void on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) override;
  void on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) override;
  void save(io::Store& store) const override;
  void load(const io::Store& store) override;
  std::string state_key() const override;
  bool in_fast_dev_run() const override { return false; }

  /// The best value that was monitored, and the file saved last.
  std::optional<double> best() const { return best_; }
  const std::filesystem::path& last_path() const { return last_path_; }
  /// The files that `save_top_k` keeps, the best first.
  std::vector<std::filesystem::path> best_paths() const;

 private:
  struct Kept {
    std::filesystem::path path;
    double value;
  };

  bool needs_direction() const { return options_.save_best_only || options_.save_top_k > 0; }
  bool is_kept(TrainerBase& trainer, const EpochLogs& logs, double& value);
  std::filesystem::path path_for(int epoch, const EpochLogs& logs) const;
  void write(TrainerBase& trainer, const std::filesystem::path& path);
  void keep(TrainerBase& trainer, const std::filesystem::path& path, double value);
  void save(TrainerBase& trainer, int epoch, const EpochLogs& logs);

  std::filesystem::path path_;
  ModelCheckpointOptions options_;
  std::optional<double> best_{};
  std::vector<Kept> kept_{};  // the best first
  double saved_at_ = 0;       // seconds of the run
  std::filesystem::path last_path_{};
};

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  double min_delta = 0.0;  ///< what counts as an improvement
  int patience = 0;        ///< epochs without one before the training stops
  int verbose = 0;
  Mode mode = Mode::by_name;
  std::optional<double> baseline = std::nullopt;  ///< what the first value must improve on
  bool restore_best_weights = false;              ///< the state of the best epoch comes back in the end
  int start_from_epoch = 0;                       ///< epochs before this one (from 0) are not looked at
  bool check_finite = false;  ///< ends the training at once where the number is nan or infinite
  /// Ends the training at once where the number is better than this, or worse than that.
  std::optional<double> stopping_threshold = std::nullopt;
  std::optional<double> divergence_threshold = std::nullopt;
};

/// Ends a training that doesn't get better any more. One that has ended so ends at once when it is loaded and
/// goes on, unless there is more patience now.
class EarlyStopping : public Callback {
 public:
  EarlyStopping(EarlyStoppingOptions options = {});

  void on_train_begin(TrainerBase& trainer) override;
  void on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) override;
  void on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) override;
  void on_train_end(TrainerBase& trainer, const EpochLogs& logs) override;
  void save(io::Store& store) const override;
  void load(const io::Store& store) override;
  std::string state_key() const override;

  /// The best value, and the epoch (counted from 0) after which the training was stopped.
  std::optional<double> best() const { return best_; }
  std::optional<int> stopped_epoch() const { return stopped_epoch_; }
  bool in_fast_dev_run() const override { return false; }

 private:
  bool ends_at_once(TrainerBase& trainer, int epoch, double value, bool up);
  void stop(TrainerBase& trainer, int epoch);

  EarlyStoppingOptions options_;
  std::optional<double> best_{};
  std::optional<int> stopped_epoch_{};
  int best_epoch_ = 0, wait_ = 0;
  std::shared_ptr<const Snapshot> best_state_{};
  TrainerBase* trainer_ = nullptr;  // of the run that is going on
};

/// Ends a training whose loss is nan or infinite.
class TerminateOnNaN : public Callback {
 public:
  void on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) override;
};

}  // namespace copse::callbacks
