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
  /// Batches in an epoch; epochs then go on in the data where the last one ended.
  std::optional<std::int64_t> steps_per_epoch = std::nullopt;
  std::optional<std::int64_t> validation_steps = std::nullopt;
  std::optional<std::int64_t> validation_batch_size = std::nullopt;  ///< batch_size unless given
  ValidationFreq validation_freq = 1;
  bool shuffle = true;          ///< in another order each epoch, by seed and epoch alone
  bool drop_remainder = false;  ///< leaves out a last batch that is smaller
  /// Weights of samples by their (integer) label; classes that are not there have 1.
  std::map<std::int64_t, double> class_weight{};
  Callbacks callbacks{};
  int verbose = 1;  ///< 0: silent, 1: progress bar, 2: a line for each epoch
  /// Whether an interrupt (Ctrl-C) ends the training after the batch, with all that callbacks do at its end.
  bool handle_interrupt = true;
};

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
