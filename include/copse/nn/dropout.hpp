// Dropout.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "copse/nn/scope.hpp"

namespace copse::nn {

/// Makes each element 0 with probability `rate` and scales the rest by 1 / (1 - rate). Along the axes of
/// `broadcast_dims` all elements share one decision.
Array dropout(const Key& key, const Array& x, double rate, std::span<const int> broadcast_dims = {});

/// In training, makes each element 0 with probability `rate` and scales the rest by 1 / (1 - rate), so that
/// the mean stays; otherwise hands its input on. Draws one key, and only where it drops something.
struct Dropout {
  double rate = 0.5;
  std::vector<int> broadcast_dims = {};  ///< axes along which all elements share one decision

  /// `deterministic` overrides the mode.
  Array operator()(Scope& scope, const Array& x, std::optional<bool> deterministic = std::nullopt) const;
};

}  // namespace copse::nn

extern template struct copse::tree_detail::TreeCode<copse::nn::Dropout>;
