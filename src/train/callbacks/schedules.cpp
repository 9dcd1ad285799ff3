#include "copse/train/callbacks/schedules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "copse/core/error.hpp"
#include "monitoring.hpp"

namespace copse::callbacks {

ReduceLROnPlateau::ReduceLROnPlateau(ReduceLROnPlateauOptions options) : options_(std::move(options)) {
  options_.min_delta = std::abs(options_.min_delta);
  if (!(options_.factor > 0 && options_.factor < 1))
    throw ValueError(fmt::format("ReduceLROnPlateau: factor is {}, wanted between 0 and 1", options_.factor));
  if (options_.patience < 0 || options_.cooldown < 0)
    throw ValueError(fmt::format("ReduceLROnPlateau: patience is {} and cooldown {}, wanted 0 or more",
                                 options_.patience, options_.cooldown));
}

void ReduceLROnPlateau::on_train_begin(TrainerBase&) {
  best_.reset();
  wait_ = cooling_ = 0;
}

void ReduceLROnPlateau::on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs&) {
  // Not only when an epoch of hours is over; before the first batch, what steps report is not known.
  if (batch.index != 0) return;
  (void)require_direction("ReduceLROnPlateau", trainer, options_.mode, options_.monitor);
  (void)trainer.hyperparam(options_.hyperparam);
}

void ReduceLROnPlateau::on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) {
  if (!logs.contains(options_.monitor))
    return warn_missing("ReduceLROnPlateau", trainer, options_.monitor, logs);
  const bool up = require_direction("ReduceLROnPlateau", trainer, options_.mode, options_.monitor);
  const double value = logs[options_.monitor];
  if (cooling_ > 0) {
    --cooling_;
    wait_ = 0;
  }
  if (improves(value, best_, up, options_.min_delta)) {
    best_ = value;
    wait_ = 0;
  } else if (cooling_ == 0 && ++wait_ >= options_.patience) {
    reduce(trainer, epoch);
  }
}

void ReduceLROnPlateau::reduce(TrainerBase& trainer, int epoch) {
  const double before = trainer.hyperparam(options_.hyperparam);
  if (before <= options_.min_rate) return;
  const double rate = std::max(before * options_.factor, options_.min_rate);
  trainer.set_hyperparam(options_.hyperparam, rate);
  cooling_ = options_.cooldown;
  wait_ = 0;
  if (options_.verbose > 0 && trainer.rank() == 0)
    fmt::print("Epoch {}: {} reduced from {:g} to {:g}\n", epoch + 1, options_.hyperparam, before, rate);
}

void LearningRateMonitor::on_epoch_logs(TrainerBase& trainer, int, EpochLogs& logs) {
  logs.set(options_.name, trainer.hyperparam(options_.hyperparam));
}

}  // namespace copse::callbacks
