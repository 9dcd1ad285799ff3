// Callbacks that watch a number: checkpoints, early stopping, and stopping where it is lost.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>

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

  /// The best value that was monitored, and the file saved last.
  std::optional<double> best() const { return best_; }
  const std::filesystem::path& last_path() const { return last_path_; }

 private:
  bool improves(TrainerBase& trainer, const EpochLogs& logs);
  void save(TrainerBase& trainer, int epoch, const EpochLogs& logs);

  std::filesystem::path path_;
  ModelCheckpointOptions options_;
  std::optional<double> best_{};
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

 private:
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
