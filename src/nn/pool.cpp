#include "copse/nn/pool.hpp"

#include <fmt/format.h>

#include "check.hpp"
#include "copse/ops/conv.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/tree/code.hpp"

namespace copse::nn {
namespace {

template <class Layer>
PoolOptions options(const Scope& scope, const Layer& layer, const Array& x) {
  // A bare number counts for all spatial dimensions of the input.
  const std::size_t rank = x.ndim() > 2 ? static_cast<std::size_t>(x.ndim()) - 2 : 0;
  const auto spread = [&](const Extents& extents) {
    return extents.size() == 1 ? std::vector<std::int64_t>(rank, extents.values()[0]) : extents.values();
  };
  if (layer.window.size() != 1 && layer.window.size() != rank)
    scope.fail(layer, fmt::format("input has shape {}, wanted (batch, {} spatial dimensions, channels)",
                                  to_string(x.shape()), layer.window.size()));
  if (layer.padding.kind() == ConvPadding::Kind::circular ||
      layer.padding.kind() == ConvPadding::Kind::causal)
    scope.fail<ValueError>(layer, "pooling knows no circular or causal padding");
  return {.window = spread(layer.window),
          .strides = spread(layer.strides),
          .padding = layer.padding.resolve(rank)};
}

}  // namespace

Array MaxPool::operator()(Scope& scope, const Array& x) const {
  auto call = scope.enter(*this, x);
  return call(named(scope, *this, [&] { return max_pool(x, options(scope, *this, x)); }));
}

Array AvgPool::operator()(Scope& scope, const Array& x) const {
  auto call = scope.enter(*this, x);
  return call(named(scope, *this, [&] {
    PoolOptions all = options(scope, *this, x);
    all.count_include_pad = count_include_pad;
    return avg_pool(x, all);
  }));
}

Array Flatten::operator()(Scope& scope, const Array& x) const {
  auto call = scope.enter(*this, x);
  if (x.ndim() == 0) scope.fail(*this, "the input has no dimensions, wanted (batch, ...)");
  std::int64_t features = 1;
  for (int d = 1; d < x.ndim(); ++d) features *= x.shape(d);
  return call(reshape(x, {x.shape(0), features}));
}

}  // namespace copse::nn

template struct copse::tree_detail::TreeCode<copse::nn::MaxPool>;
template struct copse::tree_detail::TreeCode<copse::nn::AvgPool>;
template struct copse::tree_detail::TreeCode<copse::nn::Flatten>;
