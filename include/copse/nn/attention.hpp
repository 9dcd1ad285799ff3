// Attention.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "copse/core/flag.hpp"
#include "copse/nn/initializers.hpp"
#include "copse/nn/scope.hpp"

namespace copse::nn {

/// Weights (..., heads, queries, keys) of keys for each query: the softmax over keys of `query . key /
/// sqrt(head_dim) + bias`, for query and key (..., length, heads, head_dim). Where `mask` (bool, which
/// broadcasts to the weights) is false, nothing is attended to; where it is false for all keys, all alike.
/// Throws DTypeError for a mask that is not bool: numbers that are added, such as 0 and -inf, are a `bias`.
Array attention_weights(const Array& query, const Array& key, const Array& mask = {}, const Array& bias = {});

/// The mean of values (..., length, heads, head_dim) by those weights: (..., queries, heads, head_dim).
Array dot_product_attention(const Array& query, const Array& key, const Array& value, const Array& mask = {},
                            const Array& bias = {});

/// True where a query may see a key: at its own place or before it. (1, queries, keys), to broadcast over
/// heads.
Array causal_mask(std::int64_t queries, std::int64_t keys);
/// True where both are: from (..., queries) and (..., keys) bools (such as "is no padding") to (..., 1,
/// queries, keys).
Array attention_mask(const Array& queries, const Array& keys);

/// A linear map from the features to heads, or from heads to features.
struct Projection {
  Parameter kernel = {};  ///< (in, heads, head_dim), or (heads, head_dim, out)
  Parameter bias = {};    ///< (heads, head_dim), or (out,)
};

/// Attention with several heads: queries, keys and values are projected, attended to by each head, and
/// projected again.
struct MultiHeadAttention {
  std::int64_t num_heads = 1;
  std::optional<std::int64_t> qkv_features =
      std::nullopt;  ///< of all heads together; by default as wide as the queries
  std::optional<std::int64_t> out_features = std::nullopt;  ///< by default as wide as the queries
  double dropout_rate = 0;                                  ///< of the weights, in training
  Flag broadcast_dropout = true;                            ///< batches and heads share what is dropped
  Flag use_bias = true;
  Flag causal = false;  ///< no query sees a later key
  initializers::Initializer kernel_init = initializers::lecun_normal();
  initializers::Initializer bias_init = initializers::zeros();
  std::optional<DType> dtype = std::nullopt;
  Projection query = {};
  Projection key = {};
  Projection value = {};
  Projection out = {};

  /// Inputs (batch..., length, features). Keys are by default the queries, values the keys. `mask` is bool
  /// (batch..., 1 or heads, queries, keys), false where nothing is attended to; `bias`, of the same shape, is
  /// added before the softmax.
  Array operator()(Scope& scope, const Array& queries, const Array& keys = {}, const Array& values = {},
                   const Array& mask = {}, const Array& bias = {});
  /// The same with the weights (batch..., heads, queries, keys).
  std::pair<Array, Array> with_weights(Scope& scope, const Array& queries, const Array& keys = {},
                                       const Array& values = {}, const Array& mask = {});
  /// The same with a bias, too.
  std::pair<Array, Array> with_bias(Scope& scope, const Array& queries, const Array& keys,
                                    const Array& values, const Array& mask, const Array& bias);
};

}  // namespace copse::nn

extern template struct copse::tree_detail::TreeCode<copse::nn::Projection>;
extern template struct copse::tree_detail::TreeCode<copse::nn::MultiHeadAttention>;
