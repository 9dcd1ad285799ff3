// Options of the trainer's verbs, with Keras's defaults.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "copse/train/callback.hpp"
#include "copse/train/loop.hpp"
#include "copse/train/validation_data.hpp"

namespace copse {

struct FitOptions {
  int epochs = 1;  ///< the index after the last epoch: with initial_epoch, only the difference is trained
  std::int64_t batch_size = 32;
  /// The last part of the samples that is held back for validation, taken before shuffling.
  double validation_split = 0.0;
  /// A batch type, a pair of inputs and labels, a data::Dataset, a vector or a data::Source of batches, or a
  /// std::shared_ptr of one; goes before validation_split.
  ValidationData validation_data{};
  int initial_epoch = 0;
  /// A callback that asks to stop is heard when so many epochs are done.
  int min_epochs = 0;
  /// Train steps in all (`progress().steps`), and seconds, after which the training ends within its epoch.
  std::optional<std::int64_t> max_steps = std::nullopt;
  std::optional<double> max_time = std::nullopt;
  /// Batches in an epoch; epochs then go on in the data where the last one ended.
  std::optional<std::int64_t> steps_per_epoch = std::nullopt;
  std::optional<std::int64_t> validation_steps = std::nullopt;
  std::optional<std::int64_t> validation_batch_size = std::nullopt;  ///< batch_size unless given
  ValidationFreq validation_freq = 1;
  /// Validates within an epoch, too, after every so many batches. Its numbers are among the logs of the
  /// batches that follow, `val_...`, so that `ModelCheckpoint` with `save_freq` can monitor them.
  std::optional<std::int64_t> validation_interval = std::nullopt;
  /// Applies the gradients that `optim::MultiSteps` has gathered when an epoch ends; by default they count
  /// for the first update of the next epoch.
  bool flush_gradients = false;
  bool shuffle = true;          ///< in another order each epoch, by seed and epoch alone
  bool drop_remainder = false;  ///< leaves out a last batch that is smaller
  /// Weights of samples by their (integer) label; classes that are not there have 1.
  std::map<std::int64_t, double> class_weight{};
  Callbacks callbacks{};
  int verbose = 1;  ///< 0: silent, 1: progress bar, 2: a line for each epoch
  /// Whether an interrupt (Ctrl-C, or SIGTERM, as batch systems send) ends the training after the batch, with
  /// all that callbacks do at its end. Of processes that train together, all end after that batch.
  bool handle_interrupt = true;
  /// Trains every epoch on the first batches alone, in their order: a model that is right gets their loss
  /// down.
  std::optional<std::int64_t> overfit_batches = std::nullopt;
  /// One batch of training and one of validation, to see whether everything runs. Callbacks that write files
  /// or end trainings are left out.
  bool fast_dev_run = false;
};

namespace train_detail {

/// Whether all epochs see the same batches.
inline bool same_batches(const FitOptions& options) {
  return options.fast_dev_run || options.overfit_batches.has_value();
}
/// What the loop has to know. Throws ValueError for options that contradict one another.
LoopOptions loop_options(const FitOptions& options);

}  // namespace train_detail

struct EvaluateOptions {
  std::int64_t batch_size = 32;
  std::optional<std::int64_t> steps = std::nullopt;
  Callbacks callbacks{};
  int verbose = 1;
};

struct PredictOptions {
  std::int64_t batch_size = 32;
  std::optional<std::int64_t> steps = std::nullopt;
  Callbacks callbacks{};
  int verbose = 0;
};

}  // namespace copse
