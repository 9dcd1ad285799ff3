// Convolutions: batch first, channels last.
#pragma once

#include <cstdint>
#include <optional>

#include "copse/core/flag.hpp"
#include "copse/nn/extents.hpp"
#include "copse/nn/initializers.hpp"
#include "copse/nn/scope.hpp"

namespace copse::nn {

/// Convolution of (batch, spatial..., in) with as many spatial dimensions as `kernel_size` has numbers (one
/// to three). An input without a batch, or with several batch dimensions, is taken as well.
struct Conv {
  std::int64_t features = 1;
  Extents kernel_size = {3, 3};
  Extents strides = {};
  ConvPadding padding = ConvPadding::same;
  Extents input_dilation = {};
  Extents kernel_dilation = {};
  std::int64_t feature_group_count = 1;
  Flag use_bias = true;
  initializers::Initializer kernel_init = initializers::lecun_normal();
  initializers::Initializer bias_init = initializers::zeros();
  std::optional<DType> dtype =
      std::nullopt;       ///< what to compute in; by default what input and parameters promote to
  Parameter kernel = {};  ///< (kernel_size..., in / groups, features)
  Parameter bias = {};    ///< (features,)

  Array operator()(Scope& scope, const Array& x);
};

/// Transposed convolution (the kernel is not flipped). With padding `same` the output is input * stride long.
struct ConvTranspose {
  std::int64_t features = 1;
  Extents kernel_size = {3, 3};
  Extents strides = {};
  ConvPadding padding = ConvPadding::same;  ///< also circular: what falls off one end is added at the other
  Extents kernel_dilation = {};
  Flag use_bias = true;
  initializers::Initializer kernel_init = initializers::lecun_normal();
  initializers::Initializer bias_init = initializers::zeros();
  std::optional<DType> dtype = std::nullopt;
  Parameter kernel = {};  ///< (kernel_size..., in, features)
  Parameter bias = {};    ///< (features,)

  Array operator()(Scope& scope, const Array& x);
};

}  // namespace copse::nn

extern template struct copse::tree_detail::TreeCode<copse::nn::Conv>;
extern template struct copse::tree_detail::TreeCode<copse::nn::ConvTranspose>;
