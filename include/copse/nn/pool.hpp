// Pooling and flattening.
#pragma once

#include "copse/core/flag.hpp"
#include "copse/nn/extents.hpp"
#include "copse/nn/scope.hpp"

namespace copse::nn {

/// Largest element of each window of (batch, spatial..., channels). Strides are ones unless given.
struct MaxPool {
  Extents window = {2, 2};
  Extents strides = {};
  ConvPadding padding = ConvPadding::valid;

  Array operator()(Scope& scope, const Array& x) const;
};

/// Mean of each window of (batch, spatial..., channels). Strides are ones unless given.
struct AvgPool {
  Extents window = {2, 2};
  Extents strides = {};
  ConvPadding padding = ConvPadding::valid;
  Flag count_include_pad = true;  ///< whether padding counts as zeros or not at all

  Array operator()(Scope& scope, const Array& x) const;
};

/// (batch, ...) to (batch, features).
struct Flatten {
  Array operator()(Scope& scope, const Array& x) const;
};

}  // namespace copse::nn

extern template struct copse::tree_detail::TreeCode<copse::nn::MaxPool>;
extern template struct copse::tree_detail::TreeCode<copse::nn::AvgPool>;
extern template struct copse::tree_detail::TreeCode<copse::nn::Flatten>;
