// conv, and the rules of its primitive.
#include "conv.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "../../core/sizes.hpp"
#include "../elementwise/apply.hpp"
#include "../linalg/epilogue.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/conv.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "options.hpp"

namespace copse {
namespace {

// The three arrays of the form, and which two of them each role takes.
enum Slot : std::size_t { slot_x, slot_kernel, slot_y };
constexpr Slot inputs_of[3][2] = {{slot_x, slot_kernel}, {slot_kernel, slot_y}, {slot_x, slot_y}};
constexpr Slot output_of[3] = {slot_y, slot_x, slot_kernel};
constexpr ConvRole role_making[3] = {ConvRole::x, ConvRole::kernel, ConvRole::y};  // by slot

std::size_t index(ConvRole role) { return static_cast<std::size_t>(role); }

Array bilinear(ConvParams params, ConvRole role, const Array& a, const Array& b) {
  params.role = role;
  return copse::bind(new_primitive<Conv>(params), a, b);
}

// Batching puts the mapped axis into a dimension that the operation has already: that of the images or, where
// the kernel is mapped, into the channels, next to their groups. `fold` does that to one axis of an array
// that has the mapped axis in front; the axis is counted without it. Its elements become (groups, mapped,
// rest), or (mapped, groups, rest) if every example gets groups of its own.
Array fold(const Array& x, int axis, std::int64_t groups, bool outer) {
  Shape split = x.shape();
  const std::int64_t mapped = split[0], extent = split[axis + 1];
  split[axis + 1] = groups;
  split.insert(axis + 2, extent / groups);
  Array moved = moveaxis(reshape(x, split), 0, outer ? axis : axis + 1);
  Shape joined = x.shape();
  joined.erase(0);
  joined[axis] = mapped * extent;
  return reshape(moved, joined);
}

Array unfold(const Array& x, int axis, std::int64_t mapped, std::int64_t groups, bool outer) {
  const std::int64_t extent = x.shape(axis) / mapped;
  Shape split = x.shape();
  split.erase(axis);
  split.insert(axis, extent / groups);
  split.insert(axis, outer ? groups : mapped);
  split.insert(axis, outer ? mapped : groups);
  const Array moved = moveaxis(reshape(x, split), outer ? axis : axis + 1, 0);
  Shape joined = x.shape();
  joined[axis] = extent;
  joined.insert(0, mapped);
  return reshape(moved, joined);
}

std::string numbers(const ConvParams::Numbers& n, int count) {
  return fmt::format("({})", fmt::join(n.begin(), n.begin() + count, ", "));
}

}  // namespace

std::int64_t ConvParams::y_extent(int d) const noexcept {
  const auto i = static_cast<std::size_t>(d);
  const std::int64_t dilated = x_extent[i] == 0 ? 0 : (x_extent[i] - 1) * lhs_dilation[i] + 1;
  const std::int64_t window = (kernel_extent[i] - 1) * rhs_dilation[i] + 1,
                     padded = dilated + low[i] + high[i];
  return kernel_extent[i] == 0 || padded < window ? 0 : (padded - window) / strides[i] + 1;
}

std::string_view Conv::name() const {
  constexpr std::string_view names[] = {"conv", "conv_input_gradient", "conv_kernel_gradient"};
  return names[index(params.role)];
}

std::string Conv::parameters() const {
  const int n = params.spatial;
  constexpr ConvParams::Numbers ones{1, 1, 1};
  std::string text = fmt::format("strides={}, padding={}+{}", numbers(params.strides, n),
                                 numbers(params.low, n), numbers(params.high, n));
  if (params.lhs_dilation != ones) text += ", lhs_dilation=" + numbers(params.lhs_dilation, n);
  if (params.rhs_dilation != ones) text += ", rhs_dilation=" + numbers(params.rhs_dilation, n);
  if (params.groups != 1) text += fmt::format(", groups={}", params.groups);
  return text;
}

void Conv::infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const {
  const Shape &a = in[0].shape, &b = in[1].shape;
  Shape shape;
  if (params.role != ConvRole::kernel) shape.push_back(params.role == ConvRole::y ? a[0] : b[0]);
  for (int d = 0; d < params.spatial; ++d) {
    const auto i = static_cast<std::size_t>(d);
    shape.push_back(params.role == ConvRole::y   ? params.y_extent(d)
                    : params.role == ConvRole::x ? params.x_extent[i]
                                                 : params.kernel_extent[i]);
  }
  if (params.role == ConvRole::y) {
    shape.push_back(b.back());
  } else if (params.role == ConvRole::x) {
    shape.push_back(a[-2] * params.groups);
  } else {
    shape.push_back(a.back() / params.groups);
    shape.push_back(b.back());
  }
  out[0] = {shape, in[0].dtype, in[0].weak && in[1].weak};
}

convolution::Geometry Conv::geometry(const ShapeDtype& x, const ShapeDtype& kernel) const {
  convolution::Geometry g;
  g.batch = x.shape[0];
  g.channels = x.shape.back();
  g.features = kernel.shape.back();
  g.groups = params.groups;
  for (int d = 0; d < params.spatial; ++d) {
    const auto i = static_cast<std::size_t>(d), to = static_cast<std::size_t>(d + 3 - params.spatial);
    g.in[to] = params.x_extent[i];
    g.out[to] = params.y_extent(d);
    g.window[to] = params.kernel_extent[i];
    g.stride[to] = params.strides[i];
    g.lhs[to] = params.lhs_dilation[i];
    g.rhs[to] = params.rhs_dilation[i];
    g.low[to] = params.low[i];
  }
  return g;
}

// Images, and without groups the channels that go in and those that come out.
std::vector<traits::DivisibleAxis> Conv::divisible_axes(std::span<const ShapeDtype>,
                                                        std::span<const ShapeDtype>) const {
  constexpr int none = traits::DivisibleAxis::whole;
  const int last = params.spatial + 1;
  const int axes_in[3][3] = {{0, none, 0}, {last, last - 1, none}, {none, last, last}};  // by slot
  const auto& slots = inputs_of[index(params.role)];
  std::vector<traits::DivisibleAxis> axes;
  for (const auto& axis : axes_in) {
    axes.push_back({{axis[slots[0]], axis[slots[1]]}, {axis[output_of[index(params.role)]]}});
    if (params.groups != 1) break;
  }
  return axes;
}

std::vector<Array> Conv::vjp(const VjpCall& call) const {
  const auto& slots = inputs_of[index(params.role)];
  std::vector<Array> gradients(2);
  if (!is_floating(call.inputs[0].dtype())) return gradients;
  const Array* at[3] = {};
  at[slots[0]] = &call.inputs[0];
  at[slots[1]] = &call.inputs[1];
  at[output_of[index(params.role)]] = &call.cotangents[0];
  for (std::size_t i = 0; i < 2; ++i) {
    if (!call.wanted[i]) continue;
    const ConvRole role = role_making[slots[i]];
    const auto& needed = inputs_of[index(role)];
    gradients[i] = bilinear(params, role, *at[needed[0]], *at[needed[1]]);
  }
  return gradients;
}

std::vector<Array> Conv::jvp(std::span<const Array> in, std::span<const Array>,
                             std::span<const Array> tangents) const {
  Array total;
  if (tangents[0].has_value()) total = bilinear(params, params.role, tangents[0], in[1]);
  if (tangents[1].has_value()) {
    const Array part = bilinear(params, params.role, in[0], tangents[1]);
    total = total.has_value() ? total + part : part;
  }
  return {total};
}

// Gradients take none.
PrimitivePtr Conv::with_epilogue(const Epilogue& epilogue) const {
  if (params.role != ConvRole::y) return nullptr;
  return copse::with_epilogue(share(), epilogue,
                              [p = params](const ShapeDtype& x, const ShapeDtype& kernel, const Epilogue& e) {
                                return prepare_conv(x, kernel, p, e);
                              });
}

BatchResult Conv::batch(const BatchCall& call) const {
  const auto& slots = inputs_of[index(params.role)];
  const Slot made = output_of[index(params.role)];
  Array in[2] = {call.inputs[0], call.inputs[1]};
  const bool both = call.batched[0] && call.batched[1];
  const int last = params.spatial + 1;
  ConvParams p = params;
  if (!both) {
    const std::size_t mapped = call.batched[0] ? 0 : 1;
    const Slot slot = slots[mapped];
    // The axis that the input shares with the result, in each of them.
    const bool images = slot != slot_kernel && made != slot_kernel;
    const bool inputs = (slot == slot_x && made == slot_kernel) || (slot == slot_kernel && made == slot_x);
    const auto axis_in = [&](Slot s) { return images ? 0 : inputs && s == slot_kernel ? last - 1 : last; };
    const auto groups_in = [&](Slot s) { return images || (inputs && s == slot_kernel) ? 1 : p.groups; };
    in[mapped] = fold(in[mapped], axis_in(slot), groups_in(slot), false);
    const Array out = bilinear(p, p.role, in[0], in[1]);
    return unfold(out, axis_in(made), call.size, groups_in(made), false);
  }
  // Each example gets groups of its own; the kernel's input channels are counted within a group anyway.
  for (std::size_t i = 0; i < 2; ++i) in[i] = fold(in[i], last, p.groups, true);
  const std::int64_t groups = p.groups;
  p.groups *= call.size;
  return unfold(bilinear(p, p.role, in[0], in[1]), last, call.size, groups, true);
}

double Conv::flops(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out) const {
  const ShapeDtype& x = params.role == ConvRole::x ? out[0] : in[0];
  const ShapeDtype& kernel = params.role == ConvRole::y ? in[1] : params.role == ConvRole::x ? in[0] : out[0];
  return 2.0 * static_cast<double>(geometry(x, kernel).multiplications());
}

namespace {

Array checked_conv(const char* function, const Array& a, const Array& b, ConvParams params,
                   const Padding& padding) {
  const int spatial = params.spatial;
  const Shape &x = a.shape(), &kernel = b.shape();
  for (int d = 0; d < spatial; ++d) {
    const auto i = static_cast<std::size_t>(d);
    params.x_extent[i] = x[d + 1];
    params.kernel_extent[i] = kernel[d];
    if (kernel[d] == 0)
      throw ShapeError(fmt::format("{}: the kernel {} has an empty window", function, to_string(kernel)));
  }
  convolution::resolve_padding(function, padding, spatial, params.x_extent, params.lhs_dilation,
                               params.kernel_extent, params.rhs_dilation, params.strides, params.low,
                               params.high);
  const PromotionType type = promote(a.type().type(), b.type().type());
  if (type.dtype == DType::bool_)
    throw DTypeError(fmt::format("{}: got bool, wanted numbers; convert with astype", function));
  return bilinear(params, ConvRole::y, elementwise::convert(a, type.dtype, a.weak_type()),
                  elementwise::convert(b, type.dtype, b.weak_type()));
}

int spatial_rank(const char* function, const Array& x, const Array& kernel) {
  if (x.ndim() < 3 || x.ndim() > 5)
    throw ShapeError(
        fmt::format("{}: x has shape {}, wanted (batch, spatial..., channels) with 1 to 3 spatial dimensions",
                    function, to_string(x.shape())));
  if (kernel.ndim() != x.ndim())
    throw ShapeError(
        fmt::format("{}: the kernel has shape {}, wanted {} dimensions (spatial..., in, out) like x's {}",
                    function, to_string(kernel.shape()), x.ndim(), to_string(x.shape())));
  return x.ndim() - 2;
}

}  // namespace

Array conv(const Array& x, const Array& kernel, const ConvOptions& options) {
  ConvParams p;
  p.spatial = spatial_rank("conv", x, kernel);
  p.groups = options.feature_group_count;
  p.strides = convolution::triple("conv", "strides", options.strides, p.spatial);
  p.lhs_dilation = convolution::triple("conv", "lhs_dilation", options.lhs_dilation, p.spatial);
  p.rhs_dilation = convolution::triple("conv", "rhs_dilation", options.rhs_dilation, p.spatial);
  if (p.groups < 1)
    throw ValueError(fmt::format("conv: feature_group_count is {}, wanted at least 1", p.groups));
  if (x.shape(-1) % p.groups != 0 || x.shape(-1) / p.groups != kernel.shape(-2))
    throw ShapeError(fmt::format("conv: x {} has {} channels, but the kernel {} in {} group{} wants {:.0f}",
                                 to_string(x.shape()), x.shape(-1), to_string(kernel.shape()), p.groups,
                                 p.groups == 1 ? "" : "s",
                                 static_cast<double>(kernel.shape(-2)) * static_cast<double>(p.groups)));
  if (kernel.shape(-1) % p.groups != 0)
    throw ShapeError(fmt::format("conv: the kernel {} makes {} channels, which {} groups do not divide",
                                 to_string(kernel.shape()), kernel.shape(-1), p.groups));
  return checked_conv("conv", x, kernel, p, options.padding);
}

Array conv_transpose(const Array& x, const Array& kernel, const ConvTransposeOptions& options) {
  ConvParams p;
  p.spatial = spatial_rank("conv_transpose", x, kernel);
  p.lhs_dilation = convolution::triple("conv_transpose", "strides", options.strides, p.spatial);
  p.rhs_dilation = convolution::triple("conv_transpose", "rhs_dilation", options.rhs_dilation, p.spatial);
  if (x.shape(-1) != kernel.shape(-2))
    throw ShapeError(fmt::format("conv_transpose: x {} has {} channels, but the kernel {} wants {}",
                                 to_string(x.shape()), x.shape(-1), to_string(kernel.shape()),
                                 kernel.shape(-2)));
  if (options.padding.kind() == Padding::Kind::pairs)
    return checked_conv("conv_transpose", x, kernel, p, options.padding);
  std::vector<Padding::Pair> pairs;
  for (int d = 0; d < p.spatial; ++d) {
    const auto i = static_cast<std::size_t>(d);
    const std::int64_t s = p.lhs_dilation[i],
                       before =
                           detail::multiply_sizes(kernel.shape(d) - 1, p.rhs_dilation[i], "conv_transpose"),
                       k = detail::add_sizes(before, 1, "conv_transpose");
    std::int64_t total = detail::add_sizes(k, s - 2, "conv_transpose"), low = k - 1;
    if (options.padding.kind() == Padding::Kind::valid)
      total = detail::add_sizes(total, std::max<std::int64_t>(k - s, 0), "conv_transpose");
    else if (s <= k - 1)
      low = (total + 1) / 2;
    pairs.emplace_back(low, total - low);
  }
  return checked_conv("conv_transpose", x, kernel, p, Padding(std::move(pairs)));
}

}  // namespace copse
