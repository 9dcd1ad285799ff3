// Norms of gradients, in what a training reports.
#pragma once

#include "copse/train/callback.hpp"

namespace copse::callbacks {

struct GradientNormsOptions {
  bool each = false;  ///< whether each parameter's norm is reported, too
};

/// Adds the norm of the gradients to what epochs and batches report, so that the progress bar, the history,
/// files and the plot have it: `gradient_norm`, the square root of the sum of the squares of all gradients,
/// and `gradient_norm/PATH` for those of the parameter at that path. An epoch's number is the mean of its
/// steps'. They are the gradients that the optimizer is given, before it clips or scales them. The step is
/// compiled with them and again without when the training has ended. Throws ValueError for a struct with a
/// `train_step` of its own.
class GradientNorms : public Callback {
 public:
  GradientNorms(GradientNormsOptions options = {}) : options_(options) {}

  void on_train_begin(TrainerBase& trainer) override;
  void on_train_end(TrainerBase& trainer, const EpochLogs& logs) override;

 private:
  GradientNormsOptions options_;
};

}  // namespace copse::callbacks
