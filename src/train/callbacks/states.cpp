// What callbacks remember from one process to the next.
#include <fmt/format.h>

#include <utility>

#include "copse/train/callbacks.hpp"

namespace copse::callbacks {

std::string ModelCheckpoint::state_key() const {
  return fmt::format("ModelCheckpoint({}{})", options_.monitor, options_.save_best_only ? ", best" : "");
}

void ModelCheckpoint::save(io::Store& store) const {
  store.set("best", best_);
  store.set("last_path", last_path_.string());
}

void ModelCheckpoint::load(const io::Store& store) {
  best_ = store.get<std::optional<double>>("best");
  last_path_ = store.get<std::string>("last_path");
}

std::string EarlyStopping::state_key() const { return fmt::format("EarlyStopping({})", options_.monitor); }

void EarlyStopping::save(io::Store& store) const {
  store.set("best", best_);
  store.set("stopped_epoch", stopped_epoch_);
  store.set("best_epoch", best_epoch_);
  store.set("wait", wait_);
  if (!best_state_) return;
  io::Store state;
  best_state_->save(state);
  store.set("best_state", state);
}

void EarlyStopping::load(const io::Store& store) {
  best_ = store.get<std::optional<double>>("best");
  stopped_epoch_ = store.get<std::optional<int>>("stopped_epoch");
  best_epoch_ = store.get<int>("best_epoch");
  wait_ = store.get<int>("wait");
  io::Store state = store.part("best_state");
  best_state_ = state.empty() ? nullptr : std::make_shared<const StoredSnapshot>(std::move(state));
  if (wait_ < options_.patience) stopped_epoch_.reset();
  if (stopped_epoch_ && trainer_ != nullptr) trainer_->stop();
}

void HistoryPlot::save(io::Store& store) const { history_.save(store); }
void HistoryPlot::load(const io::Store& store) { history_.load(store); }

}  // namespace copse::callbacks
