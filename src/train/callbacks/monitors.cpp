#include "copse/train/callbacks/monitors.hpp"

#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

#include "copse/core/error.hpp"

namespace copse::callbacks {
namespace {

// Whether more is better of what is monitored, if anybody knows.
std::optional<bool> direction(const TrainerBase& trainer, Mode mode, const std::string& name) {
  if (mode != Mode::by_name) return mode == Mode::max;
  return trainer.higher_is_better(name);
}

bool require_direction(const char* callback, const TrainerBase& trainer, Mode mode, const std::string& name) {
  const auto up = direction(trainer, mode, name);
  if (!up) {
    throw ValueError(
        fmt::format("{}: whether more or less of '{}' is better is not known: give the options .mode = "
                    "callbacks::Mode::max (more is "
                    "better) or Mode::min; a metric of one's own says it itself: static constexpr bool "
                    "higher_is_better = true",
                    callback, name));
  }
  return *up;
}

bool better(double value, double best, bool up, double delta = 0.0) {
  return up ? value - delta > best : value + delta < best;
}

// What rounding alone can make of a float32 number, such as the order in which samples are added: no
// improvement.
double rounding_of(double value) {
  return std::isfinite(value) ? std::abs(value) * static_cast<double>(std::numeric_limits<float>::epsilon())
                              : 0.0;
}

void warn_missing(const char* callback, const std::string& monitor, const EpochLogs& logs) {
  fmt::print(stderr, "{}: there is no '{}' to monitor among ({})\n", callback, monitor,
             fmt::join(logs.names(), ", "));
}

bool lost(const EpochLogs& logs) { return logs.contains("loss") && !std::isfinite(logs["loss"]); }

}  // namespace

ModelCheckpoint::ModelCheckpoint(std::filesystem::path path, ModelCheckpointOptions options)
    : path_(std::move(path)), options_(std::move(options)) {
  if (options_.save_freq && *options_.save_freq < 1) {
    throw ValueError(
        fmt::format("ModelCheckpoint: save_freq is {}, wanted 1 or more batches", *options_.save_freq));
  }
  if (options_.period < 1)
    throw ValueError(fmt::format("ModelCheckpoint: period is {}, wanted 1 or more", options_.period));
}

void ModelCheckpoint::on_train_begin(TrainerBase&) { best_.reset(); }

void ModelCheckpoint::on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch,
                                         const EpochLogs& logs) {
  // Not only when an epoch of hours is over; before the first batch, what steps report is not known.
  if (batch.index == 0 && options_.save_best_only)
    (void)require_direction("ModelCheckpoint", trainer, options_.mode, options_.monitor);
  if (options_.save_freq && trainer.progress().steps % *options_.save_freq == 0) {
    save(trainer, static_cast<int>(trainer.progress().epoch), logs);
  }
}

void ModelCheckpoint::on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) {
  if (!options_.save_freq && (epoch + 1) % options_.period == 0) save(trainer, epoch, logs);
}

bool ModelCheckpoint::improves(TrainerBase& trainer, const EpochLogs& logs) {
  if (!logs.contains(options_.monitor)) {
    if (options_.save_best_only) warn_missing("ModelCheckpoint", options_.monitor, logs);
    return false;
  }
  const double value = logs[options_.monitor];
  if (options_.save_best_only)
    (void)require_direction("ModelCheckpoint", trainer, options_.mode, options_.monitor);
  const auto up = direction(trainer, options_.mode, options_.monitor);
  // Any number is better than nan.
  if (!up || std::isnan(value) || (best_ && !better(value, *best_, *up))) return false;
  best_ = value;
  return true;
}

void ModelCheckpoint::save(TrainerBase& trainer, int epoch, const EpochLogs& logs) {
  if (lost(logs) && !trainer.finite()) {
    fmt::print(stderr,
               "ModelCheckpoint: epoch {}: not saved, the loss is {} and not all parameters are finite\n",
               epoch + 1, logs["loss"]);
    return;
  }
  const bool improved = improves(trainer, logs);
  if (options_.save_best_only && !improved) return;
  std::string path = path_.string();
  if (path.find('{') != std::string::npos) {
    fmt::dynamic_format_arg_store<fmt::format_context> fields;
    fields.push_back(fmt::arg("epoch", epoch + 1));
    for (const auto& [name, value] : logs) fields.push_back(fmt::arg(name.c_str(), value));
    try {
      path = fmt::vformat(path, fields);
    } catch (const fmt::format_error& error) {
      throw ValueError(
          fmt::format("ModelCheckpoint: the path '{}' has a field that is neither epoch nor one of ({}): {}",
                      path, fmt::join(logs.names(), ", "), error.what()));
    }
  }
  trainer.save_after_callbacks(path);
  last_path_ = path;
  if (options_.verbose > 0) fmt::print("Epoch {}: saved to {}\n", epoch + 1, path);
}

EarlyStopping::EarlyStopping(EarlyStoppingOptions options) : options_(std::move(options)) {
  options_.min_delta = std::abs(options_.min_delta);
  if (options_.patience < 0) {
    throw ValueError(fmt::format("EarlyStopping: patience is {}, wanted 0 or more", options_.patience));
  }
}

void EarlyStopping::on_train_begin(TrainerBase& trainer) {
  trainer_ = &trainer;
  best_ = options_.baseline;
  best_state_.reset();
  stopped_epoch_.reset();
  wait_ = 0;
}

void EarlyStopping::on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs&) {
  // Not only when an epoch of hours is over; before the first batch, what steps report is not known.
  if (batch.index == 0) (void)require_direction("EarlyStopping", trainer, options_.mode, options_.monitor);
}

void EarlyStopping::on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) {
  if (!logs.contains(options_.monitor)) return warn_missing("EarlyStopping", options_.monitor, logs);
  const double value = logs[options_.monitor];
  const bool up = require_direction("EarlyStopping", trainer, options_.mode, options_.monitor);
  if (!std::isnan(value) &&
      (!best_ || better(value, *best_, up, std::max(options_.min_delta, rounding_of(*best_))))) {
    best_ = value;
    best_epoch_ = epoch;
    wait_ = 0;
    if (options_.restore_best_weights) best_state_ = trainer.snapshot();
    return;
  }
  if (++wait_ >= options_.patience) {
    stopped_epoch_ = epoch;
    trainer.stop();
  }
}

void EarlyStopping::on_train_end(TrainerBase& trainer, const EpochLogs&) {
  if (stopped_epoch_ && options_.verbose > 0) {
    fmt::print("Epoch {}: early stopping; {} was best in epoch {}\n", *stopped_epoch_ + 1, options_.monitor,
               best_epoch_ + 1);
  }
  if (best_state_) trainer.restore(best_state_);
  best_state_.reset();
  trainer_ = nullptr;
}

void TerminateOnNaN::on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) {
  if (!lost(logs)) return;
  fmt::print(stderr, "Batch {}: the loss is {}: the training stops\n", batch.index + 1, logs["loss"]);
  trainer.stop();
}

}  // namespace copse::callbacks
