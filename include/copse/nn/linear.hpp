// Products with learned matrices, and lookups in learned tables.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "copse/core/flag.hpp"
#include "copse/nn/initializers.hpp"
#include "copse/nn/scope.hpp"
#include "copse/ops/elementwise.hpp"

namespace copse::nn {

/// `x @ kernel + bias` on the last axis of an input of any rank. The input's width is learned by `init`.
struct Linear {
  std::int64_t features = 1;
  Flag use_bias = true;
  initializers::Initializer kernel_init = initializers::lecun_normal();
  initializers::Initializer bias_init = initializers::zeros();
  std::optional<DType> dtype =
      std::nullopt;       ///< what to compute in; by default what input and parameters promote to
  Parameter kernel = {};  ///< (in, features)
  Parameter bias = {};    ///< (features,)

  Array operator()(Scope& scope, const Array& x);
};

/// A function that a layer applies to each element.
using Activation = Array (*)(const Array&);

/// Linear layers with an activation after all but the last. All sizes are outputs: the input's is learned by
/// `init`.
struct MLP {
  std::vector<std::int64_t> features = {};
  Activation activation = relu;
  Flag use_bias = true;
  initializers::Initializer kernel_init = initializers::lecun_normal();
  initializers::Initializer bias_init = initializers::zeros();
  std::optional<DType> dtype = std::nullopt;
  std::vector<Linear> layers = {};  ///< made in the first call

  Array operator()(Scope& scope, const Array& x);
};

/// Rows of a learned table: integers of any shape give that shape with `features` behind it. What is no row
/// gives nan.
struct Embed {
  std::int64_t num_embeddings = 1;
  std::int64_t features = 1;
  std::optional<initializers::Initializer> embedding_init =
      std::nullopt;  ///< normal with deviation 1 / sqrt(features)
  std::optional<DType> dtype = std::nullopt;
  Parameter embedding = {};  ///< (num_embeddings, features)

  Array operator()(Scope& scope, const Array& x);
  /// The products of vectors with all rows, for tied weights: (..., features) to (..., num_embeddings).
  Array attend(Scope& scope, const Array& query);
};

}  // namespace copse::nn

extern template struct copse::tree_detail::TreeCode<copse::nn::Linear>;
extern template struct copse::tree_detail::TreeCode<copse::nn::MLP>;
extern template struct copse::tree_detail::TreeCode<copse::nn::Embed>;
