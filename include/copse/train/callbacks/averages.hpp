// Averages of the weights over the steps of a training.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "copse/train/callback.hpp"

namespace copse::callbacks {

struct EMAOptions {
  double decay = 0.999;    ///< what an average keeps of itself in a step
  std::int64_t every = 1;  ///< steps from one update to the next
  std::int64_t start = 0;  ///< train steps (`progress().steps`) before averages begin
  bool keep = true;        ///< whether the averages are the module's parameters when the training ends
};

/// An exponential moving average of the trainable parameters: average = decay * average + (1 - decay) *
/// parameters, from the parameters after the first step counted (Polyak and Juditsky 1992). Validation within
/// `fit` sees the averages, and files of weights alone have them (`ModelCheckpoint` with `weights_only`,
/// `save_weights`). Whole checkpoints have the parameters and, beside them, the averages. At the end the
/// averages become the module's parameters.
class EMA : public Callback {
 public:
  EMA(EMAOptions options = {});

  void on_train_begin(TrainerBase& trainer) override;
  void on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) override;
  void on_test_begin(TrainerBase& trainer) override;
  void on_test_end(TrainerBase& trainer, const EpochLogs& logs) override;
  void on_train_end(TrainerBase& trainer, const EpochLogs& logs) override;
  std::optional<std::vector<Array>> exported_parameters() const override;
  void save(io::Store& store) const override;
  void load(const io::Store& store) override;

  /// In the order of the parameters; empty before the first step.
  const std::vector<Array>& averages() const { return averages_; }

 private:
  EMAOptions options_;
  bool training_ = false;
  int tests_ = 0;  // one within another
  std::vector<Array> averages_{};
  std::vector<Array> parameters_{};  // while the averages stand in their place
};

}  // namespace copse::callbacks
