#include "copse/train/callbacks/timing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "copse/core/error.hpp"

namespace copse::callbacks {

Timer::Timer(TimerOptions options) : options_(options) {
  if (!(options_.duration >= 0))
    throw ValueError(fmt::format("Timer: duration is {}, wanted 0 or more seconds", options_.duration));
}

void Timer::on_train_begin(TrainerBase&) { before_ = elapsed_ = 0; }

void Timer::on_train_batch_end(TrainerBase& trainer, const BatchInfo&, const EpochLogs&) {
  elapsed_ = before_ + trainer.times().total;
  if (options_.duration > 0 && elapsed_ >= options_.duration) trainer.stop();
}

void Timer::on_train_end(TrainerBase& trainer, const EpochLogs&) {
  elapsed_ = before_ + trainer.times().total;
}

double Timer::remaining() const {
  if (options_.duration == 0) return std::numeric_limits<double>::infinity();
  return std::max(0.0, options_.duration - elapsed_);
}

void Profiler::on_train_begin(TrainerBase&) {
  times_ = {};
  steps_ = 0;
}

void Profiler::on_train_batch_end(TrainerBase&, const BatchInfo&, const EpochLogs&) { ++steps_; }

void Profiler::on_train_end(TrainerBase& trainer, const EpochLogs&) {
  times_ = trainer.times();
  if (options_.out != nullptr) fmt::print(options_.out, "{}", text());
}

std::string Profiler::text() const {
  const double known = times_.data + times_.steps + times_.callbacks + times_.validation;
  const std::pair<const char*, double> rows[] = {{"waiting for data", times_.data},
                                                 {"steps", times_.steps},
                                                 {"callbacks", times_.callbacks},
                                                 {"validation", times_.validation},
                                                 {"the rest", std::max(0.0, times_.total - known)},
                                                 {"total", times_.total}};
  std::string out = fmt::format("{:<18}{:>12}{:>14}{:>9}\n", "", "seconds", "us a step", "share");
  for (const auto& [name, seconds] : rows) {
    out += fmt::format("{:<18}{:>12.3f}{:>14.1f}{:>8.1f}%\n", name, seconds,
                       steps_ > 0 ? 1e6 * seconds / static_cast<double>(steps_) : 0.0,
                       times_.total > 0 ? 100 * seconds / times_.total : 0.0);
  }
  return out;
}

}  // namespace copse::callbacks
