// Callbacks that change or watch hyper-parameters of the optimizer.
#pragma once

#include <optional>
#include <string>

#include "copse/train/callbacks/monitors.hpp"

namespace copse::callbacks {

struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;      ///< the rate is multiplied by it, between 0 and 1
  int patience = 10;        ///< epochs without an improvement before that
  double min_delta = 1e-4;  ///< what counts as an improvement
  int cooldown = 0;         ///< epochs after a reduction in which none is counted
  double min_rate = 0.0;    ///< the rate is not set below
  Mode mode = Mode::by_name;
  int verbose = 0;
  std::string hyperparam = "learning_rate";  ///< see TrainerBase::hyperparam
};

/// Reduces the learning rate where a number gets no better any more. The rate has to be a hyper-parameter in
/// the optimizer's state (a plain number, not a schedule), else ValueError when the training begins to train.
/// After Keras's callback of that name.
class ReduceLROnPlateau : public Callback {
 public:
  ReduceLROnPlateau(ReduceLROnPlateauOptions options = {});

  void on_train_begin(TrainerBase& trainer) override;
  void on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) override;
  void on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) override;
  void save(io::Store& store) const override;
  void load(const io::Store& store) override;
  std::string state_key() const override;

 private:
  void reduce(TrainerBase& trainer, int epoch);

  ReduceLROnPlateauOptions options_;
  std::optional<double> best_{};
  int wait_ = 0, cooling_ = 0;
};

struct LearningRateMonitorOptions {
  std::string hyperparam = "learning_rate";
  std::string name = "learning_rate";  ///< of the number in the logs
};

/// Adds the learning rate to what epochs report, so that the history, files and the plot have it: its value
/// in the last step of the epoch.
class LearningRateMonitor : public Callback {
 public:
  LearningRateMonitor(LearningRateMonitorOptions options = {}) : options_(std::move(options)) {}

  void on_epoch_logs(TrainerBase& trainer, int epoch, EpochLogs& logs) override;

 private:
  LearningRateMonitorOptions options_;
};

}  // namespace copse::callbacks
