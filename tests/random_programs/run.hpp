// Programs checked in processes of their own, and counts of what came of it.
#pragma once

#include <array>

#include "modes.hpp"

namespace random_programs {

/// How many programs and checks there have been. Lies in memory that all processes share.
struct Counts {
  static constexpr std::size_t most_modes = 80, most_rows = 2000;
  std::int64_t programs = 0, failed = 0, steps = 0;
  std::array<std::int64_t, kind_count> with_kind{};  ///< programs that hold a step of a kind
  std::array<std::int64_t, dtype_count> with_dtype{};
  std::array<std::int64_t, most_rows> with_row{};
  std::array<std::array<std::int64_t, 3>, most_modes> outcomes{};  ///< by mode: same, skipped, different
};

/// What is wrong with a program.
struct Failure {
  std::size_t mode = 0;  ///< its number in `modes()`
  std::string text = {};
};

/// Checks a program in the modes of these numbers, up to the first that fails.
std::optional<Failure> failure_of(const Program& program, const std::vector<std::size_t>& which,
                                  Counts* counts = nullptr);

/// Adds what a program holds.
void count(const Program& program, Counts& counts);
/// A table for people.
std::string to_string(const Counts& counts);

}  // namespace random_programs
