// The line that a progress bar draws, cut to the columns of a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "copse/train/epoch_logs.hpp"

namespace copse::callbacks {

/// What a line says.
struct BarLine {
  std::int64_t done = 0;                             ///< batches
  std::optional<std::int64_t> total = std::nullopt;  ///< of them, if known
  int width = 30;                                    ///< of the bar, at most
  double samples_per_second = 0;
  std::string time;    ///< `ETA: 12s` while it runs, `3.4s` at the end
  bool ended = false;  ///< then the time comes first
};

/// The numbers in the order in which they matter: the loss, metrics, the same of validation, and then the
/// losses that the loss is the sum of. A single one of those is the loss itself and is left out.
std::vector<EpochLogs::Entry> by_importance(const EpochLogs& logs);

/// `1234 samples/s`
std::string rate_text(double samples_per_second);
/// `loss: 0.2513 - accuracy: 0.9172`
std::string numbers_text(const EpochLogs& logs);

/// A line of at most so many columns: the bar gives way first, then words are shortened, and then the numbers
/// that matter least are left out.
std::string bar_line(const BarLine& line, const EpochLogs& logs, std::size_t columns);

}  // namespace copse::callbacks
