// What a run reports: the mean of what its steps have reported, and what its metrics have computed.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "copse/train/callback.hpp"

namespace copse {

/// Takes in the logs of steps as they come, and reads them when they are asked for.
class Meter final : public LogSource {
 public:
  /// The means are kept in `average`.
  Meter(const TrainerBase& trainer, LogAverage& average) : trainer_(trainer), average_(average) {}
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  /// Adds the logs of a step on that many samples; their numbers stay where they are.
  void add(Logs logs, std::int64_t samples);
  /// What has been reported so far, to be read before the next batch.
  EpochLogs logs() { return EpochLogs(std::shared_ptr<LogSource>(std::shared_ptr<void>(), this)); }

  /// Takes what has come into the means.
  void average();
  /// The same, read now.
  EpochLogs read();

  void read_steps(EpochLogs& logs) override;
  void read_metrics(EpochLogs& logs) override;

 private:
  const TrainerBase& trainer_;
  LogAverage& average_;
  std::vector<std::pair<Logs, std::int64_t>> unread_;
};

}  // namespace copse
