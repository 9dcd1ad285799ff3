// Normalisation: by the batch, by the features, by groups of features.
#pragma once

#include <cstdint>
#include <optional>

#include "copse/core/flag.hpp"
#include "copse/nn/initializers.hpp"
#include "copse/nn/scope.hpp"

namespace copse::nn {

/// `(x - mean) / sqrt(var + epsilon) * scale + bias` for each feature, with the mean and the (biased)
/// variance of all other axes: those of the batch in training, the running ones otherwise, in `init`, and
/// where scale and bias are frozen.
///
/// In training the running ones become `momentum * running + (1 - momentum) * batch's`.
struct BatchNorm {
  int axis = -1;
  double momentum = 0.99;
  double epsilon = 1e-5;
  Flag use_bias = true;
  Flag use_scale = true;
  initializers::Initializer bias_init = initializers::zeros();
  initializers::Initializer scale_init = initializers::ones();
  std::optional<DType> dtype = std::nullopt;  ///< of the result; statistics are at least float32
  Parameter scale = {};                       ///< (features,), like all below
  Parameter bias = {};
  BatchStat mean = {};
  BatchStat var = {};

  /// `use_running_average` overrides the mode.
  Array operator()(Scope& scope, const Array& x, std::optional<bool> use_running_average = std::nullopt);
};

/// Normalises over the last axis of each example: `(x - mean) / sqrt(var + epsilon) * scale + bias`.
struct LayerNorm {
  double epsilon = 1e-5;
  Flag use_bias = true;
  Flag use_scale = true;
  initializers::Initializer bias_init = initializers::zeros();
  initializers::Initializer scale_init = initializers::ones();
  std::optional<DType> dtype = std::nullopt;
  Parameter scale = {};  ///< (features,), like bias
  Parameter bias = {};

  Array operator()(Scope& scope, const Array& x);
};

/// `x / sqrt(mean(x^2) + epsilon) * scale` over the last axis.
struct RMSNorm {
  double epsilon = 1e-6;
  Flag use_scale = true;
  initializers::Initializer scale_init = initializers::ones();
  std::optional<DType> dtype = std::nullopt;
  Parameter scale = {};  ///< (features,)

  Array operator()(Scope& scope, const Array& x);
};

/// Normalises each example of (batch, spatial..., channels) over the spatial dimensions and groups of
/// channels. Of `num_groups` and `group_size` exactly one is given; it divides the channels.
struct GroupNorm {
  std::optional<std::int64_t> num_groups = 32;
  std::optional<std::int64_t> group_size = std::nullopt;
  double epsilon = 1e-5;
  Flag use_bias = true;
  Flag use_scale = true;
  initializers::Initializer bias_init = initializers::zeros();
  initializers::Initializer scale_init = initializers::ones();
  std::optional<DType> dtype = std::nullopt;
  Parameter scale = {};  ///< (channels,), like bias
  Parameter bias = {};

  Array operator()(Scope& scope, const Array& x);
};

}  // namespace copse::nn

extern template struct copse::tree_detail::TreeCode<copse::nn::BatchNorm>;
extern template struct copse::tree_detail::TreeCode<copse::nn::LayerNorm>;
extern template struct copse::tree_detail::TreeCode<copse::nn::RMSNorm>;
extern template struct copse::tree_detail::TreeCode<copse::nn::GroupNorm>;
