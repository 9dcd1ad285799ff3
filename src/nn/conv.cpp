#include "copse/nn/conv.hpp"

#include <fmt/format.h>

#include "check.hpp"
#include "copse/ops/conv.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/tree/code.hpp"

namespace copse::nn {
namespace {

using Ints = std::vector<std::int64_t>;

// A bare number counts for all dimensions; anything else is left to the operation to check.
Ints spread(const Extents& extents, std::size_t rank) {
  return extents.size() == 1 ? Ints(rank, extents.values()[0]) : extents.values();
}

std::int64_t dilated(const Ints& window, const Ints& dilation, std::size_t d) {
  return (window[d] - 1) * (d < dilation.size() ? dilation[d] : 1) + 1;
}

// The input with one batch dimension, and how to undo that.
struct Batched {
  Array x;
  Shape batch;

  Array undo(const Array& y) const {
    if (batch.rank() == 1) return y;
    Shape shape = batch;
    for (int d = 1; d < y.ndim(); ++d) shape.push_back(y.shape(d));
    return reshape(y, shape);
  }
};

template <class Layer>
Batched with_batch(const Scope& scope, const Layer& layer, const Array& x, int rank) {
  if (rank < 1)
    scope.fail<ValueError>(layer, "kernel_size is empty, wanted a number for each spatial dimension");
  if (x.ndim() < rank + 1)
    scope.fail(layer, fmt::format("input has shape {}, wanted (batch, {} spatial dimension{}, channels)",
                                  to_string(x.shape()), rank, rank == 1 ? "" : "s"));
  Batched out{x, {}};
  for (int d = 0; d < x.ndim() - rank - 1; ++d) out.batch.push_back(x.shape(d));
  if (out.batch.rank() == 1) return out;
  Shape shape{out.batch.elements()};
  for (int d = out.batch.rank(); d < x.ndim(); ++d) shape.push_back(x.shape(d));
  out.x = reshape(x, shape);
  return out;
}

Shape kernel_shape(const Extents& size, std::int64_t in, std::int64_t out) {
  Shape shape(size.values());
  shape.push_back(in);
  shape.push_back(out);
  return shape;
}

// What a layer computes with; the check of the input's channels names what the kernel wants.
template <class Layer>
void check_channels(const Scope& scope, const Layer& layer, std::int64_t channels, std::int64_t groups) {
  if (groups < 1)
    scope.fail<ValueError>(layer, fmt::format("feature_group_count is {}, wanted 1 or more", groups));
  if (channels % groups != 0 || layer.features % groups != 0)
    scope.fail(layer, fmt::format("{} groups divide neither {} input channels into {} features evenly",
                                  groups, channels, layer.features));
  const Array& kernel = *layer.kernel;
  if (kernel.has_value() && kernel.ndim() >= 2 && kernel.shape(-2) * groups != channels)
    scope.fail(layer,
               fmt::format("input has {} channels, kernel wants {}", channels, kernel.shape(-2) * groups));
}

// Fills the borders from the other end.
Array wrap(const Array& x, const Ints& window, const Ints& dilation) {
  std::vector<std::pair<std::int64_t, std::int64_t>> width{{0, 0}};
  for (std::size_t d = 0; d < window.size(); ++d) {
    const std::int64_t k = dilated(window, dilation, d);
    width.emplace_back((k - 1) / 2, k / 2);
  }
  width.emplace_back(0, 0);
  return pad(x, width, PadMode::wrap);
}

template <class Layer>
Array add_bias(Scope& scope, Layer& layer, const Array& y) {
  if (!layer.use_bias) return y;
  return y +
         as_dtype(scope.parameter(layer, "bias", layer.bias, layer.bias_init, {layer.features}), layer.dtype);
}

}  // namespace

Array Conv::operator()(Scope& scope, const Array& x) {
  auto call = scope.enter(*this, x);
  const std::size_t rank = kernel_size.size();
  const Batched input = with_batch(scope, *this, x, static_cast<int>(rank));
  const std::int64_t channels = x.shape(-1);
  check_channels(scope, *this, channels, feature_group_count);
  const Array k = scope.parameter(*this, "kernel", kernel, kernel_init,
                                  kernel_shape(kernel_size, channels / feature_group_count, features));
  Array in = as_dtype(input.x, dtype);
  ConvOptions options{.strides = spread(strides, rank),
                      .padding = Padding::valid,
                      .lhs_dilation = spread(input_dilation, rank),
                      .rhs_dilation = spread(kernel_dilation, rank),
                      .feature_group_count = feature_group_count};
  const Array y = named(scope, *this, [&] {
    if (padding.kind() == ConvPadding::Kind::circular) {
      in = wrap(in, kernel_size.values(), options.rhs_dilation);
    } else if (padding.kind() == ConvPadding::Kind::causal) {
      if (rank != 1) throw ShapeError("causal padding is for one spatial dimension");
      options.padding = Padding{{dilated(kernel_size.values(), options.rhs_dilation, 0) - 1, 0}};
    } else {
      options.padding = padding.resolve(rank);
    }
    return conv(in, as_dtype(k, dtype), options);
  });
  return call(input.undo(add_bias(scope, *this, y)));
}

namespace {

// What sticks out at the ends is added at the other ends: each dimension is filled up to an even number of
// periods, of which the sum is left.
Array fold(Array y, const Array& x, const Ints& strides) {
  std::vector<std::pair<std::int64_t, std::int64_t>> width{{0, 0}};
  Ints periods;
  for (int d = 1; d + 1 < y.ndim(); ++d) {
    const auto s = static_cast<std::size_t>(d - 1);
    periods.push_back(x.shape(d) * (s < strides.size() ? strides[s] : 1));
    const std::int64_t twice = 2 * periods.back();
    const std::int64_t missing = twice ? ((periods.back() - y.shape(d)) % twice + twice) % twice : 0;
    width.emplace_back((missing + 1) / 2, missing / 2);
  }
  width.emplace_back(0, 0);
  y = pad(y, width);
  for (int d = 1; d + 1 < y.ndim(); ++d) {
    const std::int64_t period = periods[static_cast<std::size_t>(d - 1)];
    Shape shape = y.shape();
    shape[d] = period;
    shape.insert(d, period ? y.shape(d) / period : 0);
    y = sum(reshape(y, shape), d);
  }
  return y;
}

}  // namespace

Array ConvTranspose::operator()(Scope& scope, const Array& x) {
  auto call = scope.enter(*this, x);
  const std::size_t rank = kernel_size.size();
  const Batched input = with_batch(scope, *this, x, static_cast<int>(rank));
  const std::int64_t channels = x.shape(-1);
  check_channels(scope, *this, channels, 1);
  if (padding.kind() == ConvPadding::Kind::causal)
    scope.fail<ValueError>(*this, "a transposed convolution knows no causal padding");
  const Array k =
      scope.parameter(*this, "kernel", kernel, kernel_init, kernel_shape(kernel_size, channels, features));
  const bool circular = padding.kind() == ConvPadding::Kind::circular;
  const Array y = named(scope, *this, [&] {
    const ConvTransposeOptions options{.strides = spread(strides, rank),
                                       .padding = circular ? Padding::valid : padding.resolve(rank),
                                       .rhs_dilation = spread(kernel_dilation, rank)};
    const Array out = conv_transpose(as_dtype(input.x, dtype), as_dtype(k, dtype), options);
    return circular ? fold(out, input.x, options.strides) : out;
  });
  return call(input.undo(add_bias(scope, *this, y)));
}

}  // namespace copse::nn

template struct copse::tree_detail::TreeCode<copse::nn::Conv>;
template struct copse::tree_detail::TreeCode<copse::nn::ConvTranspose>;
