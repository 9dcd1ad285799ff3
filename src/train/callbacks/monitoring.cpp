#include "monitoring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "copse/core/error.hpp"

namespace copse::callbacks {
namespace {

double rounding_of(double value) {
  return std::isfinite(value) ? std::abs(value) * static_cast<double>(std::numeric_limits<float>::epsilon())
                              : 0.0;
}

}  // namespace

// Whether more is better of what is monitored.
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

bool better(double value, double best, bool up, double delta) {
  return up ? value - delta > best : value + delta < best;
}

bool improves(double value, std::optional<double> best, bool up, double delta) {
  if (std::isnan(value)) return false;
  return !best || better(value, *best, up, std::max(delta, rounding_of(*best)));
}

void warn_missing(const char* callback, const TrainerBase& trainer, const std::string& monitor,
                  const EpochLogs& logs) {
  if (trainer.rank() == 0)
    fmt::print(stderr, "{}: there is no '{}' to monitor among ({})\n", callback, monitor,
               fmt::join(logs.names(), ", "));
}

}  // namespace copse::callbacks
