// What callbacks remember from one process to the next.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "copse/train/callbacks.hpp"

namespace copse::callbacks {

std::string ModelCheckpoint::state_key() const {
  return fmt::format("ModelCheckpoint({}{})", options_.monitor,
                     options_.save_best_only   ? ", best"
                     : options_.save_top_k > 0 ? fmt::format(", best {}", options_.save_top_k)
                                               : "");
}

std::vector<std::filesystem::path> ModelCheckpoint::best_paths() const {
  std::vector<std::filesystem::path> paths;
  for (const Kept& kept : kept_) paths.push_back(kept.path);
  return paths;
}

void ModelCheckpoint::save(io::Store& store) const {
  store.set("best", best_);
  store.set("last_path", last_path_.string());
  std::vector<std::string> paths;
  std::vector<double> values;
  for (const Kept& kept : kept_) paths.push_back(kept.path.string()), values.push_back(kept.value);
  store.set("kept_paths", paths);
  store.set("kept_values", values);
}

void ModelCheckpoint::load(const io::Store& store) {
  best_ = store.get<std::optional<double>>("best");
  last_path_ = store.get<std::string>("last_path");
  kept_.clear();
  const auto paths = store.get<std::vector<std::string>>("kept_paths", {});
  const auto values = store.get<std::vector<double>>("kept_values", {});
  for (std::size_t n = 0; n < std::min(paths.size(), values.size()); ++n)
    kept_.push_back({paths[n], values[n]});
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

void ReduceLROnPlateau::save(io::Store& store) const {
  store.set("best", best_);
  store.set("wait", wait_);
  store.set("cooling", cooling_);
}

void ReduceLROnPlateau::load(const io::Store& store) {
  best_ = store.get<std::optional<double>>("best");
  wait_ = store.get<int>("wait");
  cooling_ = store.get<int>("cooling");
}

std::string ReduceLROnPlateau::state_key() const {
  return fmt::format("ReduceLROnPlateau({})", options_.monitor);
}

void HistoryPlot::save(io::Store& store) const { history_.save(store); }
void HistoryPlot::load(const io::Store& store) { history_.load(store); }

}  // namespace copse::callbacks
