// Strategies: how steps run.
#pragma once

#include "copse/core/config.hpp"

namespace copse {

/// How a trainer runs its steps: a value, made by the functions in `copse::strategy`.
struct Strategy {
  enum class Mode { eager, jit, jit_donate, data_parallel };

  Mode mode = Mode::jit_donate;
  int replicas = 1;  ///< of data_parallel

  friend bool operator==(const Strategy&, const Strategy&) = default;
};

namespace strategy {

/// Runs steps as they are written: slow, but a debugger and prints see everything.
constexpr Strategy eager() { return {Strategy::Mode::eager, 1}; }
/// Compiles steps, once for each structure and shape.
constexpr Strategy jit() { return {Strategy::Mode::jit, 1}; }
/// The same, with the old state's memory given to the new one. Copies of the state that somebody holds stay
/// valid.
constexpr Strategy jit_donate() { return {Strategy::Mode::jit_donate, 1}; }
/// Splits each batch over replicas on threads, compiled: gradients and batch statistics are combined by mean,
/// metrics by `aggregate`; each replica has its own random key. Throws ValueError unless there is at least
/// one.
Strategy data_parallel(int replicas);

}  // namespace strategy
}  // namespace copse
