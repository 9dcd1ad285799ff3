// What callbacks that watch a number have in common.
#pragma once

#include <optional>
#include <string>

#include "copse/train/callbacks/monitors.hpp"

namespace copse::callbacks {

/// Whether more is better of what is monitored, if that is known.
std::optional<bool> direction(const TrainerBase& trainer, Mode mode, const std::string& name);
/// The same; throws ValueError naming the callback if it is not known.
bool require_direction(const char* callback, const TrainerBase& trainer, Mode mode, const std::string& name);

/// Whether a value is better than another one, by more than `delta`.
bool better(double value, double best, bool up, double delta = 0.0);
/// Whether a value is an improvement: by more than `delta`, and by more than what rounding alone can make of
/// a float32 number, such as the order in which samples are added. Any number improves on nothing, nan on
/// none.
bool improves(double value, std::optional<double> best, bool up, double delta);

void warn_missing(const char* callback, const TrainerBase& trainer, const std::string& monitor,
                  const EpochLogs& logs);

}  // namespace copse::callbacks
