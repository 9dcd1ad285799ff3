#include "copse/train/callbacks/monitors.hpp"

#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

#include "copse/core/error.hpp"
#include "monitoring.hpp"

namespace copse::callbacks {
namespace {

bool lost(const EpochLogs& logs) { return logs.contains("loss") && !std::isfinite(logs["loss"]); }

}  // namespace

ModelCheckpoint::ModelCheckpoint(std::filesystem::path path, ModelCheckpointOptions options)
    : path_(std::move(path)), options_(std::move(options)) {
  if (options_.save_freq && *options_.save_freq < 1) {
    throw ValueError(
        fmt::format("ModelCheckpoint: save_freq is {}, wanted 1 or more batches", *options_.save_freq));
  }
  if (options_.every_seconds && !(*options_.every_seconds > 0)) {
    throw ValueError(
        fmt::format("ModelCheckpoint: every_seconds is {}, wanted more than 0", *options_.every_seconds));
  }
  if (options_.save_top_k < 0)
    throw ValueError(fmt::format("ModelCheckpoint: save_top_k is {}, wanted 0 or more", options_.save_top_k));
  if (options_.save_top_k > 1 && path_.string().find('{') == std::string::npos) {
    throw ValueError(
        fmt::format("ModelCheckpoint: save_top_k is {}, so the path '{}' wants a field that tells the "
                    "files apart, such as model-{{epoch:03}}",
                    options_.save_top_k, path_.string()));
  }
  if (options_.period < 1)
    throw ValueError(fmt::format("ModelCheckpoint: period is {}, wanted 1 or more", options_.period));
}

void ModelCheckpoint::on_train_begin(TrainerBase&) {
  best_.reset();
  kept_.clear();
  saved_at_ = 0;
}

void ModelCheckpoint::on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch,
                                         const EpochLogs& logs) {
  // Not only when an epoch of hours is over; before the first batch, what steps report is not known.
  if (batch.index == 0 && needs_direction())
    (void)require_direction("ModelCheckpoint", trainer, options_.mode, options_.monitor);
  const bool by_steps = options_.save_freq && trainer.progress().steps % *options_.save_freq == 0;
  const bool by_time = options_.every_seconds && trainer.times().total - saved_at_ >= *options_.every_seconds;
  if (by_steps || by_time) {
    saved_at_ = trainer.times().total;
    save(trainer, static_cast<int>(trainer.progress().epoch), logs);
  }
}

void ModelCheckpoint::on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) {
  if (!options_.save_freq && !options_.every_seconds && (epoch + 1) % options_.period == 0)
    save(trainer, epoch, logs);
}

// Whether the monitored number is the best so far, or one of the best `save_top_k`.
bool ModelCheckpoint::is_kept(TrainerBase& trainer, const EpochLogs& logs, double& value) {
  if (!logs.contains(options_.monitor)) {
    if (needs_direction()) warn_missing("ModelCheckpoint", trainer, options_.monitor, logs);
    return false;
  }
  value = logs[options_.monitor];
  if (needs_direction()) (void)require_direction("ModelCheckpoint", trainer, options_.mode, options_.monitor);
  const auto up = direction(trainer, options_.mode, options_.monitor);
  // Any number is better than nan.
  if (!up || std::isnan(value)) return false;
  const bool best = !best_ || better(value, *best_, *up);
  if (best) best_ = value;
  if (options_.save_best_only || options_.save_top_k <= 0) return best;
  return kept_.size() < static_cast<std::size_t>(options_.save_top_k) ||
         better(value, kept_.back().value, *up);
}

std::filesystem::path ModelCheckpoint::path_for(int epoch, const EpochLogs& logs) const {
  std::string path = path_.string();
  if (path.find('{') == std::string::npos) return path;
  fmt::dynamic_format_arg_store<fmt::format_context> fields;
  fields.push_back(fmt::arg("epoch", epoch + 1));
  for (const auto& [name, value] : logs) fields.push_back(fmt::arg(name.c_str(), value));
  try {
    return fmt::vformat(path, fields);
  } catch (const fmt::format_error& error) {
    throw ValueError(
        fmt::format("ModelCheckpoint: the path '{}' has a field that is neither epoch nor one of ({}): {}",
                    path, fmt::join(logs.names(), ", "), error.what()));
  }
}

void ModelCheckpoint::write(TrainerBase& trainer, const std::filesystem::path& path) {
  if (options_.weights_only)
    trainer.after_callbacks([&trainer, path] { trainer.save_weights(path); });
  else
    trainer.save_after_callbacks(path);
  last_path_ = path;
}

// Puts a file in its place among the best, and removes those that are too many.
void ModelCheckpoint::keep(TrainerBase& trainer, const std::filesystem::path& path, double value) {
  const bool up = require_direction("ModelCheckpoint", trainer, options_.mode, options_.monitor);
  std::erase_if(kept_, [&](const Kept& other) { return other.path == path; });
  const auto place = std::find_if(kept_.begin(), kept_.end(),
                                  [&](const Kept& other) { return better(value, other.value, up); });
  kept_.insert(place, {path, value});
  while (kept_.size() > static_cast<std::size_t>(options_.save_top_k)) {
    const std::filesystem::path worst = kept_.back().path;
    kept_.pop_back();
    // Only when the better one is there.
    if (trainer.rank() != 0) return;
    trainer.after_callbacks([worst] {
      std::error_code ignored;
      std::filesystem::remove(worst, ignored);
    });
  }
}

void ModelCheckpoint::save(TrainerBase& trainer, int epoch, const EpochLogs& logs) {
  if (lost(logs) && !trainer.finite()) {
    if (trainer.rank() == 0)
      fmt::print(stderr,
                 "ModelCheckpoint: epoch {}: not saved, the loss is {} and not all parameters are finite\n",
                 epoch + 1, logs["loss"]);
    return;
  }
  double value = 0;
  const bool kept = is_kept(trainer, logs, value);
  if (kept || !needs_direction()) {
    const std::filesystem::path path = path_for(epoch, logs);
    write(trainer, path);
    if (options_.save_top_k > 0) keep(trainer, path, value);
    if (options_.verbose > 0 && trainer.rank() == 0)
      fmt::print("Epoch {}: saved to {}\n", epoch + 1, path.string());
  }
  if (options_.save_last) write(trainer, path_.parent_path() / "last");
}

EarlyStopping::EarlyStopping(EarlyStoppingOptions options) : options_(std::move(options)) {
  options_.min_delta = std::abs(options_.min_delta);
  if (options_.patience < 0) {
    throw ValueError(fmt::format("EarlyStopping: patience is {}, wanted 0 or more", options_.patience));
  }
  if (options_.start_from_epoch < 0) {
    throw ValueError(
        fmt::format("EarlyStopping: start_from_epoch is {}, wanted 0 or more", options_.start_from_epoch));
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
  if (!logs.contains(options_.monitor)) return warn_missing("EarlyStopping", trainer, options_.monitor, logs);
  const double value = logs[options_.monitor];
  const bool up = require_direction("EarlyStopping", trainer, options_.mode, options_.monitor);
  if (ends_at_once(trainer, epoch, value, up)) return;
  if (epoch < options_.start_from_epoch) return;
  if (callbacks::improves(value, best_, up, options_.min_delta)) {
    best_ = value;
    best_epoch_ = epoch;
    wait_ = 0;
    if (options_.restore_best_weights) best_state_ = trainer.snapshot();
    return;
  }
  if (++wait_ >= options_.patience) stop(trainer, epoch);
}

void EarlyStopping::stop(TrainerBase& trainer, int epoch) {
  stopped_epoch_ = epoch;
  trainer.stop();
}

// A number that is lost, good enough, or too bad.
bool EarlyStopping::ends_at_once(TrainerBase& trainer, int epoch, double value, bool up) {
  const bool lost = options_.check_finite && !std::isfinite(value),
             enough = options_.stopping_threshold && better(value, *options_.stopping_threshold, up),
             diverged = options_.divergence_threshold && better(*options_.divergence_threshold, value, up);
  if (!lost && !enough && !diverged) return false;
  if (enough) {
    best_ = value;
    best_epoch_ = epoch;
    if (options_.restore_best_weights) best_state_ = trainer.snapshot();
  }
  stop(trainer, epoch);
  return true;
}

void EarlyStopping::on_train_end(TrainerBase& trainer, const EpochLogs&) {
  if (stopped_epoch_ && options_.verbose > 0 && trainer.rank() == 0) {
    fmt::print("Epoch {}: early stopping; {} was best in epoch {}\n", *stopped_epoch_ + 1, options_.monitor,
               best_epoch_ + 1);
  }
  if (best_state_) trainer.restore(best_state_);
  best_state_.reset();
  trainer_ = nullptr;
}

void TerminateOnNaN::on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) {
  if (!lost(logs)) return;
  if (trainer.rank() == 0)
    fmt::print(stderr, "Batch {}: the loss is {}: the training stops\n", batch.index + 1, logs["loss"]);
  trainer.stop();
}

}  // namespace copse::callbacks
