// What a run of `fit` remembers in checkpoints, beside the module and its training.
#include <fmt/format.h>

#include <map>

#include "copse/train/loop.hpp"
#include "meter.hpp"

namespace copse {

io::Store TrainerBase::run_state() const {
  return running_.loop == nullptr ? run_state_ : running_.loop->state();
}

std::optional<std::vector<Array>> TrainerBase::exported_parameters() const {
  return running_.loop == nullptr ? std::nullopt : running_.loop->exported_parameters();
}

std::optional<std::vector<Array>> TrainLoop::exported_parameters() const {
  for (const auto& callback : callbacks_)
    if (auto parameters = callback->exported_parameters()) return parameters;
  return std::nullopt;
}

void TrainerBase::after_callbacks(std::function<void()> call) {
  if (running_.in_hook)
    running_.waiting.push_back(std::move(call));
  else
    call();
}

void TrainLoop::run_what_waits() {
  if (trainer_.running_.in_hook) return;
  for (const auto& call : std::exchange(trainer_.running_.waiting, {})) call();
}

// One key for each callback; of none that remembers nothing, so that such ones come and go freely.
std::vector<std::string> TrainLoop::keys() const {
  std::map<std::string, int> used;
  std::vector<std::string> out;
  for (const auto& callback : callbacks_) {
    io::Store state;
    callback->save(state);
    if (state.empty()) {
      out.emplace_back();
      continue;
    }
    const std::string key = callback->state_key();
    const int count = ++used[key];
    out.push_back(count == 1 ? key : fmt::format("{}_{}", key, count));
  }
  return out;
}

io::Store TrainLoop::state() const {
  io::Store out;
  const std::vector<std::string> names = keys();
  for (std::size_t i = 0; i < callbacks_.size(); ++i) {
    io::Store state;
    callbacks_[i]->save(state);
    out.set("callbacks/" + names[i], state);
  }
  if (feed_ != nullptr) out.set("source", feed_->state());
  out.set("losses", trainer_.losses_);
  if (trainer_.progress().batch > 0) {
    if (meter_ != nullptr) meter_->average();
    io::Store logs;
    average_.save(logs);
    out.set("epoch", logs);
  }
  return out;
}

void TrainLoop::resume(const io::Store& state) {
  const std::vector<std::string> names = keys();
  for (std::size_t i = 0; i < callbacks_.size(); ++i) {
    const io::Store own = state.part("callbacks/" + names[i]);
    if (!own.empty()) callbacks_[i]->load(own);
  }
  trainer_.losses_ = state.get<std::vector<std::string>>("losses", {});
  if (const io::Store source = state.part("source"); !source.empty()) feed_->restore(source);
  if (const io::Store logs = state.part("epoch"); !logs.empty()) average_.load(logs);
}

}  // namespace copse
