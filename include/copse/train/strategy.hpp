// Strategies: how steps run.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "copse/comm/communicator.hpp"

namespace copse {

/// How a trainer runs its steps: a value, made by the functions in `copse::strategy`.
struct Strategy {
  enum class Mode { eager, jit, jit_donate, data_parallel, distributed };

  Mode mode = Mode::jit_donate;
  int replicas = 1;                           ///< of data_parallel
  std::optional<comm::Group> communicator{};  ///< of distributed

  friend bool operator==(const Strategy& a, const Strategy& b);
};

namespace strategy {

/// Runs steps as they are written: slow, but a debugger and prints see everything.
inline Strategy eager() { return {Strategy::Mode::eager}; }
/// Compiles steps, once for each structure and shape.
inline Strategy jit() { return {Strategy::Mode::jit}; }
/// The same, with the old state's memory given to the new one. Copies of the state that somebody holds stay
/// valid.
inline Strategy jit_donate() { return {Strategy::Mode::jit_donate}; }
/// Compiles steps and divides each batch along its first axis over replicas, each a thread: what a step
/// computes is what one replica computes of the whole batch, to rounding, whatever the struct does. Throws
/// ValueError unless there is at least one.
Strategy data_parallel(int replicas);
/// The same over the ranks of a communicator. Where they are processes, each gives its own part of every
/// batch, and all have the whole state and whole results.
Strategy distributed(comm::Group communicator);

}  // namespace strategy

namespace train_detail {

/// The ranks of a strategy that are processes: which this one is, and how many there are.
int process_rank(const Strategy& strategy);
int process_count(const Strategy& strategy);
/// Numbers become their sums over all processes.
void sum_over_processes(const Strategy& strategy, std::span<std::int64_t> numbers);

}  // namespace train_detail
}  // namespace copse
