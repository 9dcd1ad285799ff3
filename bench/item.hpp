// What the benchmark measures: items that can be reset, run and checked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/trace/partition.hpp"

namespace bench {

/// An item ready to run.
struct Bench {
  std::function<void()> reset;   ///< back to the initial state
  std::function<void(int)> run;  ///< that many calls in a row; their results exist when it returns
  std::function<std::vector<double>()> check;  ///< reference values, from a fresh start
  /// What ranks exchange in one call; null where there is one rank.
  std::function<copse::Communication()> communication = nullptr;
};

/// An item: made when it is asked for, so that others cost nothing.
struct Item {
  std::string name;
  std::vector<double> expected;   ///< what `check` gives
  std::vector<double> tolerance;  ///< absolute or relative, whichever is wider; one for each, or one for all
  std::function<Bench()> make;
};

/// All items, in the order of the work list.
const std::vector<Item>& items();
std::vector<Item> training_items();
std::vector<Item> operation_items();
std::vector<Item> function_items();
std::vector<Item> tree_items();
std::vector<Item> trainer_items();
std::vector<Item> loader_items();

/// Deterministic numbers in [-1, 1), by the formula of the work list.
copse::Array uniform(std::uint32_t seed, const copse::Shape& shape, float scale = 1.0f);
/// Deterministic labels in [0, classes), int32.
copse::Array labels(std::uint32_t seed, std::int64_t count, std::uint32_t classes);

}  // namespace bench
