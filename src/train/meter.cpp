#include "meter.hpp"

namespace copse {

void Meter::add(Logs logs, std::int64_t samples) {
  // An epoch without an end must not take memory without an end.
  constexpr std::size_t most_unread = 1024;
  unread_.emplace_back(std::move(logs), samples);
  if (unread_.size() >= most_unread) average();
}

void Meter::average() {
  for (const auto& [logs, samples] : unread_) average_.add(logs, samples);
  unread_.clear();
}

void Meter::read_steps(EpochLogs& logs) {
  average();
  average_.read(logs);
}

EpochLogs Meter::read() {
  EpochLogs out;
  read_steps(out);
  read_metrics(out);
  return out;
}

void Meter::read_metrics(EpochLogs& logs) {
  for (const auto& [name, value] : trainer_.metric_values()) logs.add(name, value.item<double>());
}

}  // namespace copse
