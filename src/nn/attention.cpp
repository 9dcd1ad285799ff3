#include "copse/nn/attention.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "check.hpp"
#include "copse/nn/dropout.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/tree/code.hpp"

namespace copse::nn {
namespace {

void check_heads(const char* function, const char* name, const Array& x) {
  if (x.ndim() < 3)
    throw ShapeError(fmt::format("{}: {} has shape {}, wanted (..., length, heads, head_dim)", function, name,
                                 to_string(x.shape())));
}

// (..., length, heads, head_dim) with the heads before the length.
Array heads_first(const Array& x) { return swapaxes(x, -3, -2); }

Array smallest(DType dtype) {
  const double value = dtype == DType::float64    ? std::numeric_limits<double>::lowest()
                       : dtype == DType::bfloat16 ? -3.3895313892515355e38
                                                  : static_cast<double>(std::numeric_limits<float>::lowest());
  return full({}, value, dtype);
}

// A mask of numbers reads as one that is the wrong way round.
void check_mask(const char* function, const Array& mask) {
  if (mask.has_value() && mask.dtype() != DType::bool_)
    throw DTypeError(fmt::format(
        "{}: mask is {}, wanted bool: true where a key may be attended to; numbers that are added to the "
        "scores, such as 0 and -inf, are given as bias",
        function, to_string(mask.type())));
}

Array weights_of(const Array& query, const Array& key, const Array& mask, const Array& bias) {
  const double scale = 1 / std::sqrt(static_cast<double>(query.shape(-1)));
  Array scores = matmul(heads_first(query) * scale, swapaxes(heads_first(key), -1, -2));
  if (bias.has_value()) scores = scores + astype(bias, scores.dtype());
  if (mask.has_value()) scores = where(mask, scores, smallest(scores.dtype()));
  return softmax(scores);
}

// What a projection's kernel is as a matrix, for its initialisation.
Array flat_init(const initializers::Initializer& init, const Key& key, const Shape& shape, int inputs) {
  std::int64_t in = 1, out = 1;
  for (int d = 0; d < shape.rank(); ++d) (d < inputs ? in : out) *= shape[d];
  return reshape(init(key, {in, out}), shape);
}

// x (..., in) by kernel (in, heads, head_dim): (..., heads, head_dim).
Array project(Scope& scope, MultiHeadAttention& layer, const char* kernel_name, const char* bias_name,
              Projection& to, const Array& x, std::int64_t head_dim) {
  const std::int64_t in = x.shape(-1), heads = layer.num_heads;
  if (to.kernel->has_value() && to.kernel->ndim() == 3 && to.kernel->shape(0) != in)
    scope.fail(layer,
               fmt::format("input has {} features, {} wants {}", in, kernel_name, to.kernel->shape(0)));
  const auto init = [&](const Key& key, const Shape& shape) {
    return flat_init(layer.kernel_init, key, shape, 1);
  };
  const Array& kernel = scope.parameter(layer, kernel_name, to.kernel, init, {in, heads, head_dim});
  Array y = matmul(as_dtype(x, layer.dtype), reshape(as_dtype(kernel, layer.dtype), {in, heads * head_dim}));
  if (layer.use_bias) {
    const Array& bias = scope.parameter(layer, bias_name, to.bias, layer.bias_init, {heads, head_dim});
    y = y + reshape(as_dtype(bias, layer.dtype), {heads * head_dim});
  }
  Shape shape = x.shape();
  shape[-1] = heads;
  shape.push_back(head_dim);
  return reshape(y, shape);
}

}  // namespace

Array attention_weights(const Array& query, const Array& key, const Array& mask, const Array& bias) {
  check_mask("attention_weights", mask);
  check_heads("attention_weights", "query", query);
  check_heads("attention_weights", "key", key);
  return weights_of(query, key, mask, bias);
}

Array dot_product_attention(const Array& query, const Array& key, const Array& value, const Array& mask,
                            const Array& bias) {
  check_mask("dot_product_attention", mask);
  check_heads("dot_product_attention", "query", query);
  check_heads("dot_product_attention", "key", key);
  check_heads("dot_product_attention", "value", value);
  return heads_first(matmul(weights_of(query, key, mask, bias), heads_first(value)));
}

Array causal_mask(std::int64_t queries, std::int64_t keys) {
  return expand_dims(tri(queries, keys, 0, DType::bool_), 0);
}

Array attention_mask(const Array& queries, const Array& keys) {
  const Array both = logical_and(expand_dims(queries, -1), expand_dims(keys, -2));
  return expand_dims(both, -3);
}

std::pair<Array, Array> MultiHeadAttention::with_weights(Scope& scope, const Array& queries,
                                                         const Array& keys, const Array& values,
                                                         const Array& mask) {
  return with_bias(scope, queries, keys, values, mask, {});
}

std::pair<Array, Array> MultiHeadAttention::with_bias(Scope& scope, const Array& queries, const Array& keys,
                                                      const Array& values, const Array& mask,
                                                      const Array& bias) {
  check_mask("MultiHeadAttention", mask);
  const Array& k_in = keys.has_value() ? keys : queries;
  const Array& v_in = values.has_value() ? values : k_in;
  for (const Array* x : {&queries, &k_in, &v_in})
    if (x->ndim() < 2)
      scope.fail(*this,
                 fmt::format("input has shape {}, wanted (..., length, features)", to_string(x->shape())));
  if (k_in.shape(-2) != v_in.shape(-2))
    scope.fail(*this, fmt::format("there are {} keys and {} values, wanted as many", k_in.shape(-2),
                                  v_in.shape(-2)));
  const std::int64_t width = qkv_features.value_or(queries.shape(-1)),
                     out_width = out_features.value_or(queries.shape(-1));
  if (num_heads < 1 || width % num_heads != 0)
    scope.fail<ValueError>(
        *this, fmt::format("num_heads is {}, which does not divide {} features", num_heads, width));
  const std::int64_t head_dim = width / num_heads;

  const Array q = project(scope, *this, "query.kernel", "query.bias", query, queries, head_dim);
  const Array k = project(scope, *this, "key.kernel", "key.bias", key, k_in, head_dim);
  const Array v = project(scope, *this, "value.kernel", "value.bias", value, v_in, head_dim);

  Array allowed = mask;
  if (causal) {
    const Array earlier = causal_mask(queries.shape(-2), k_in.shape(-2));
    allowed = mask.has_value() ? logical_and(mask, earlier) : earlier;
  }
  const Array weights = named(scope, *this, [&] { return weights_of(q, k, allowed, bias); });
  Array kept = weights;
  if (scope.training() && dropout_rate != 0) {
    std::vector<int> shared;
    for (int d = 0; broadcast_dropout && d < weights.ndim() - 2; ++d) shared.push_back(d);
    if (!(dropout_rate > 0 && dropout_rate <= 1))
      scope.fail<ValueError>(*this, fmt::format("dropout_rate is {}, wanted 0 to 1", dropout_rate));
    kept = dropout(scope.key(*this), weights, dropout_rate, shared);
  }
  const Array mixed = named(scope, *this, [&] { return heads_first(matmul(kept, heads_first(v))); });

  const auto init = [&](const Key& random, const Shape& shape) {
    return flat_init(kernel_init, random, shape, 2);
  };
  const Array& kernel =
      scope.parameter(*this, "out.kernel", out.kernel, init, {num_heads, head_dim, out_width});
  Shape joined = mixed.shape();
  joined.erase(-1);
  joined[-1] = width;
  Array y = matmul(reshape(mixed, joined), reshape(as_dtype(kernel, dtype), {width, out_width}));
  if (use_bias) y = y + as_dtype(scope.parameter(*this, "out.bias", out.bias, bias_init, {out_width}), dtype);
  return {std::move(y), weights};
}

Array MultiHeadAttention::operator()(Scope& scope, const Array& queries, const Array& keys,
                                     const Array& values, const Array& mask, const Array& bias) {
  auto call = scope.enter(*this, queries);
  return call(with_bias(scope, queries, keys, values, mask, bias).first);
}

}  // namespace copse::nn

template struct copse::tree_detail::TreeCode<copse::nn::Projection>;
template struct copse::tree_detail::TreeCode<copse::nn::MultiHeadAttention>;
