#include "copse/nn/norm.hpp"

#include <fmt/format.h>

#include "check.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/tree/code.hpp"

namespace copse::nn {
namespace {

// A vector of features as it broadcasts to an input of a rank.
Array along(const Array& features, int rank, int axis) {
  if (axis == rank - 1) return features;
  Shape shape = Shape::filled(rank, 1);
  shape[axis] = features.size();
  return reshape(features, shape);
}

template <class Layer, class Kind>
void check_features(const Scope& scope, const Layer& layer, std::int64_t features,
                    const Field<Kind, Array>& field, const char* name) {
  if (field->has_value() && field->ndim() == 1 && field->shape(0) != features)
    scope.fail(layer, fmt::format("input has {} features, {} wants {}", features, name, field->shape(0)));
}

template <class Layer>
int feature_axis(const Scope& scope, const Layer& layer, const Array& x, int axis, int least) {
  if (x.ndim() < least)
    scope.fail(layer,
               fmt::format("input has shape {}, wanted {} or more dimensions", to_string(x.shape()), least));
  return named(scope, layer, [&] { return normalize_axis(axis, x.ndim(), "axis"); });
}

// centred * factor * scale + bias in the layer's dtype, or else that to which the input and the parameters
// promote; the factor broadcasts to what it scales.
template <class Layer>
Array scaled(Scope& scope, Layer& layer, const Array& x, const Array& centred, Array factor, int axis) {
  DType dtype = x.dtype();
  const std::int64_t features = centred.shape(axis);
  const auto vector = [&](const Array& parameter) { return along(parameter, centred.ndim(), axis); };
  check_features(scope, layer, features, layer.scale, "scale");
  if (layer.use_scale) {
    const Array& scale = scope.parameter(layer, "scale", layer.scale, layer.scale_init, {features});
    dtype = promote_types(dtype, scale.dtype());
    factor = factor * vector(scale);
  }
  Array y = centred * factor;
  if constexpr (requires { layer.use_bias; }) {
    check_features(scope, layer, features, layer.bias, "bias");
    if (layer.use_bias) {
      const Array& bias = scope.parameter(layer, "bias", layer.bias, layer.bias_init, {features});
      dtype = promote_types(dtype, bias.dtype());
      y = y + vector(bias);
    }
  }
  return astype(y, layer.dtype.value_or(is_floating(dtype) ? dtype : y.dtype()));
}

}  // namespace

Array BatchNorm::operator()(Scope& scope, const Array& x, std::optional<bool> use_running_average) {
  auto call = scope.enter(*this, x);
  const int at = feature_axis(scope, *this, x, axis, 1);
  const Shape features{x.shape(at)};
  check_features(scope, *this, features[0], mean, "mean");
  const Array& old_mean = scope.parameter(
      *this, "mean", mean, [](const Shape& shape) { return zeros(shape); }, features);
  const Array& old_var = scope.parameter(
      *this, "var", var, [](const Shape& shape) { return ones(shape); }, features);
  const bool frozen = !scale.trainable() && !bias.trainable();
  const bool running = scope.initializing() || use_running_average.value_or(!scope.training() || frozen);
  if (running) {
    const Array factor = rsqrt(along(old_var, x.ndim(), at) + epsilon);
    return call(scaled(scope, *this, x, wide(x) - along(old_mean, x.ndim(), at), factor, at));
  }
  std::vector<int> others;
  for (int d = 0; d < x.ndim(); ++d)
    if (d != at) others.push_back(d);
  const Axes axes(others);
  const Array in = wide(x);
  const Array batch_mean = copse::mean(in, axes), batch_var = copse::var(in, axes);
  const Array centred = in - along(batch_mean, x.ndim(), at);
  Array y = scaled(scope, *this, x, centred, rsqrt(along(batch_var, x.ndim(), at) + epsilon), at);
  const auto update = [&](const Array& old, const Array& batch) {
    return astype(momentum * old + (1 - momentum) * batch, old.dtype());
  };
  mean = update(old_mean, batch_mean);
  var = update(old_var, batch_var);
  return call(std::move(y));
}

Array LayerNorm::operator()(Scope& scope, const Array& x) {
  auto call = scope.enter(*this, x);
  const int at = feature_axis(scope, *this, x, -1, 1);
  const Array in = wide(x);
  const Array centred = in - mean(in, at, true);
  return call(scaled(scope, *this, x, centred, rsqrt(var(in, at, 0, true) + epsilon), at));
}

Array RMSNorm::operator()(Scope& scope, const Array& x) {
  auto call = scope.enter(*this, x);
  const int at = feature_axis(scope, *this, x, -1, 1);
  const Array in = wide(x);
  return call(scaled(scope, *this, x, in, rsqrt(mean(square(in), at, true) + epsilon), at));
}

Array GroupNorm::operator()(Scope& scope, const Array& x) {
  auto call = scope.enter(*this, x);
  const int at = feature_axis(scope, *this, x, -1, 2);
  if (num_groups.has_value() == group_size.has_value())
    scope.fail<ValueError>(
        *this, num_groups ? "both num_groups and group_size are given, wanted one: set num_groups to "
                            "std::nullopt to use group_size"
                          : "neither num_groups nor group_size is given, wanted one");
  const std::int64_t channels = x.shape(at), divisor = num_groups ? *num_groups : *group_size;
  if (divisor < 1 || channels % divisor != 0)
    scope.fail<ValueError>(*this, fmt::format("{} is {}, which does not divide the {} channels of the input",
                                              num_groups ? "num_groups" : "group_size", divisor, channels));
  const std::int64_t groups = num_groups ? divisor : channels / divisor;
  const std::int64_t size = groups ? channels / groups : 0;
  std::int64_t places = 1;
  for (int d = 1; d < at; ++d) places *= x.shape(d);
  const Array in = reshape(wide(x), {x.shape(0), places, groups, size});
  const Array centred = in - mean(in, {1, 3}, true);
  const Array normal = centred * rsqrt(var(in, {1, 3}, 0, true) + epsilon);
  // Scale and bias are those of channels, so the groups are put back first.
  return call(scaled(scope, *this, x, reshape(normal, x.shape()), 1, at));
}

}  // namespace copse::nn

template struct copse::tree_detail::TreeCode<copse::nn::BatchNorm>;
template struct copse::tree_detail::TreeCode<copse::nn::LayerNorm>;
template struct copse::tree_detail::TreeCode<copse::nn::RMSNorm>;
template struct copse::tree_detail::TreeCode<copse::nn::GroupNorm>;
