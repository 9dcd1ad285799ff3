// Transforms and functions that tests compose with one another.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"

namespace compositions {

/// From a vector of four numbers to another.
using Function = std::function<copse::Array(const copse::Array&)>;

/// A transform, and what it gives without being one: by finite differences, or a plain loop.
struct Transform {
  const char* name;
  std::function<Function(Function)> apply;
  std::function<copse::Array(const Function&, const copse::Array&)> by_hand;
  bool backwards = false;  ///< differentiates in reverse mode what lies below
};

const std::vector<Transform>& transforms();
const std::vector<std::pair<const char*, Function>>& functions();
/// Points at which they are tried.
const std::vector<copse::Array>& points();

}  // namespace compositions
