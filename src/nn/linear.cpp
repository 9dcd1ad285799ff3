#include "copse/nn/linear.hpp"

#include <fmt/format.h>

#include <cmath>

#include "check.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/tree/code.hpp"

namespace copse::nn {

Array Linear::operator()(Scope& scope, const Array& x) {
  auto call = scope.enter(*this, x);
  if (x.ndim() == 0) scope.fail(*this, "the input has no dimensions, wanted (..., features)");
  const std::int64_t in = x.shape(-1);
  if (kernel->has_value() && kernel->ndim() == 2 && kernel->shape(0) != in)
    scope.fail(*this, fmt::format("input has {} features, kernel wants {}", in, kernel->shape(0)));
  const Array& k = scope.parameter(*this, "kernel", kernel, kernel_init, {in, features});
  Array y = matmul(as_dtype(x, dtype), as_dtype(k, dtype));
  if (use_bias) y = y + as_dtype(scope.parameter(*this, "bias", bias, bias_init, {features}), dtype);
  return call(y);
}

Array MLP::operator()(Scope& scope, const Array& x) {
  auto call = scope.enter(*this, x);
  if (features.empty())
    scope.fail<ValueError>(*this, "features is empty, wanted the size of one layer or more");
  if (layers.empty()) {
    for (const std::int64_t width : features)
      layers.push_back({.features = width,
                        .use_bias = use_bias,
                        .kernel_init = kernel_init,
                        .bias_init = bias_init,
                        .dtype = dtype});
  }
  Array y = x;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    y = layers[i](scope, y);
    if (i + 1 < layers.size()) y = activation(y);
  }
  return call(y);
}

namespace {

const Array& table(Scope& scope, Embed& layer) {
  const auto init =
      layer.embedding_init.value_or(initializers::normal(1 / std::sqrt(static_cast<double>(layer.features))));
  return scope.parameter(layer, "embedding", layer.embedding, init, {layer.num_embeddings, layer.features});
}

}  // namespace

Array Embed::operator()(Scope& scope, const Array& x) {
  auto call = scope.enter(*this, x);
  if (!is_integer(x.dtype()))
    scope.fail<DTypeError>(*this, fmt::format("input is {}, wanted integers", name_of(x.dtype())));
  // A negative number is no row, and does not count from the end.
  const Array ids = astype(x, x.dtype() == DType::int64 ? DType::int64 : DType::int32);
  const Array rows = where(ids < 0, full({}, num_embeddings, ids.dtype()), ids);
  return call(take(as_dtype(table(scope, *this), dtype), rows, 0));
}

Array Embed::attend(Scope& scope, const Array& query) {
  auto call = scope.enter(*this, query);
  if (query.ndim() == 0 || query.shape(-1) != features)
    scope.fail(*this,
               fmt::format("query has shape {}, wanted (..., {})", to_string(query.shape()), features));
  return call(matmul(as_dtype(query, dtype), as_dtype(swapaxes(table(scope, *this), 0, 1), dtype)));
}

}  // namespace copse::nn

template struct copse::tree_detail::TreeCode<copse::nn::Linear>;
template struct copse::tree_detail::TreeCode<copse::nn::MLP>;
template struct copse::tree_detail::TreeCode<copse::nn::Embed>;
