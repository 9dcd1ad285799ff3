// Losses of the parameters themselves.
#pragma once

#include <concepts>
#include <string>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/losses/loss.hpp"
#include "copse/tree/walk.hpp"

namespace copse::losses {

namespace detail {

/// A tree of arrays, but not what the losses take in another way.
template <class T>
concept ParameterTree = tree_detail::is_node<T> && !std::same_as<T, std::vector<Array>>;

template <ParameterTree T>
std::vector<Array> arrays_of(const T& tree) {
  std::vector<Array> out;
  visit_leaves(tree, [&](const auto& leaf) {
    if constexpr (std::same_as<std::remove_cvref_t<decltype(leaf)>, Array>) out.push_back(leaf);
  });
  return out;
}

}  // namespace detail

/// l * the sum of the absolute values of all parameters, times `weight`. Called with any tree, or by name
/// with `parameters`.
struct L1 {
  double l = 0.01;
  double weight = 1.0;

  Array operator()(const std::vector<Array>& parameters) const;
  Array operator()(const Arguments& arguments) const;
  template <detail::ParameterTree T>
  Array operator()(const T& parameters) const {
    return (*this)(detail::arrays_of(parameters));
  }
  Loss on(std::string argument, ArgumentPath source) const;
  friend bool operator==(const L1&, const L1&) = default;
};

/// l * the sum of the squares of all parameters, times `weight`.
struct L2 {
  double l = 0.01;
  double weight = 1.0;

  Array operator()(const std::vector<Array>& parameters) const;
  Array operator()(const Arguments& arguments) const;
  template <detail::ParameterTree T>
  Array operator()(const T& parameters) const {
    return (*this)(detail::arrays_of(parameters));
  }
  Loss on(std::string argument, ArgumentPath source) const;
  friend bool operator==(const L2&, const L2&) = default;
};

/// l1 * the sum of the absolute values + l2 * the sum of the squares, times `weight`.
struct L1L2 {
  double l1 = 0.0;
  double l2 = 0.0;
  double weight = 1.0;

  Array operator()(const std::vector<Array>& parameters) const;
  Array operator()(const Arguments& arguments) const;
  template <detail::ParameterTree T>
  Array operator()(const T& parameters) const {
    return (*this)(detail::arrays_of(parameters));
  }
  Loss on(std::string argument, ArgumentPath source) const;
  friend bool operator==(const L1L2&, const L1L2&) = default;
};

}  // namespace copse::losses

extern template struct copse::losses::Loss::RuleOf<copse::losses::L1>;
extern template copse::losses::Loss::Loss(copse::losses::L1);
extern template struct copse::losses::Loss::RuleOf<copse::losses::L2>;
extern template copse::losses::Loss::Loss(copse::losses::L2);
extern template struct copse::losses::Loss::RuleOf<copse::losses::L1L2>;
extern template copse::losses::Loss::Loss(copse::losses::L1L2);
