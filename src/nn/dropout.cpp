#include "copse/nn/dropout.hpp"

#include <fmt/format.h>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/random/samplers.hpp"
#include "copse/tree/code.hpp"

namespace copse::nn {

Array dropout(const Key& key, const Array& x, double rate, std::span<const int> broadcast_dims) {
  if (!(rate >= 0 && rate <= 1)) throw ValueError(fmt::format("dropout: rate is {}, wanted 0 to 1", rate));
  if (rate == 0) return x;
  if (rate == 1) return zeros_like(x);
  Shape shape = x.shape();
  for (const int axis : broadcast_dims) shape[normalize_axis(axis, shape.rank(), "dropout")] = 1;
  const double keep = 1 - rate;
  return where(random::bernoulli(key, keep, shape), x / keep, 0);
}

Array Dropout::operator()(Scope& scope, const Array& x, std::optional<bool> deterministic) const {
  auto call = scope.enter(*this, x);
  if (!(rate >= 0 && rate <= 1))
    scope.fail<ValueError>(*this, fmt::format("rate is {}, wanted 0 to 1", rate));
  if (deterministic.value_or(!scope.training()) || rate == 0) return call(x);
  if (rate == 1) return call(zeros_like(x));
  return call(dropout(scope.key(*this), x, rate, broadcast_dims));
}

}  // namespace copse::nn

template struct copse::tree_detail::TreeCode<copse::nn::Dropout>;
