// max_pool and avg_pool, and the rules of their primitive.
#include "pool.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "../elementwise/apply.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/conv.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "options.hpp"

namespace copse {
namespace {

using pooling::PoolKind;

bool makes_x(PoolKind kind) { return kind == PoolKind::scatter || kind == PoolKind::spread; }

template <class... Inputs>
Array pool(PoolParams params, PoolKind kind, const Inputs&... inputs) {
  params.kind = kind;
  return copse::bind(new_primitive<Pool>(params), inputs...);
}

std::string numbers(const PoolParams::Numbers& n, int count) {
  return fmt::format("({})", fmt::join(n.begin(), n.begin() + count, ", "));
}

}  // namespace

std::int64_t PoolParams::y_extent(int d) const noexcept {
  const auto i = static_cast<std::size_t>(d);
  const std::int64_t padded = x_extent[i] + low[i] + high[i];
  return padded < window[i] ? 0 : (padded - window[i]) / strides[i] + 1;
}

std::string_view Pool::name() const {
  constexpr std::string_view names[] = {"max_pool", "max_pool_scatter", "max_pool_gather", "window_sum",
                                        "window_spread"};
  return names[static_cast<std::size_t>(params.kind)];
}

std::string Pool::parameters() const {
  return fmt::format("window={}, strides={}, padding={}+{}", numbers(params.window, params.spatial),
                     numbers(params.strides, params.spatial), numbers(params.low, params.spatial),
                     numbers(params.high, params.spatial));
}

void Pool::infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const {
  out[0] = in[0];
  out[0].weak = std::all_of(in.begin(), in.end(), [](const ShapeDtype& t) { return t.weak; });
  for (int d = 0; d < params.spatial; ++d)
    out[0].shape[d + 1] =
        makes_x(params.kind) ? params.x_extent[static_cast<std::size_t>(d)] : params.y_extent(d);
}

std::unique_ptr<Kernel> Pool::prepare(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out) const {
  pooling::PoolShape s{in[0].shape[0], {1, 1, 1}, {1, 1, 1},         {1, 1, 1},
                       {1, 1, 1},      {0, 0, 0}, in[0].shape.back()};
  std::int64_t taps = 1;
  for (int d = 0; d < params.spatial; ++d) {
    const auto i = static_cast<std::size_t>(d), to = static_cast<std::size_t>(d + 3 - params.spatial);
    s.in[to] = params.x_extent[i];
    s.out[to] = params.y_extent(d);
    s.window[to] = params.window[i];
    s.stride[to] = params.strides[i];
    s.low[to] = params.low[i];
    taps *= params.window[i];
  }
  const auto function =
      pooling::loops().at[static_cast<std::size_t>(params.kind)][static_cast<std::size_t>(in[0].dtype)];
  const bool images = makes_x(params.kind);
  const std::int64_t units = out[0].shape.elements() == 0 ? 0 : images ? s.batch : s.rows();
  const std::int64_t each =
      units == 0 ? 1 : std::max<std::int64_t>(1, s.rows() * s.out[2] * s.channels * taps / units);
  const std::int64_t grain = std::max<std::int64_t>(1, 65536 / each);
  const bool two = in.size() == 2;
  return make_kernel([=](const void* const* from, void* const* to) {
    parallel_for(units, grain, [&](std::int64_t begin, std::int64_t end) {
      function(s, from[0], two ? from[1] : nullptr, to[0], begin, end);
    });
  });
}

// Images and channels.
std::vector<traits::DivisibleAxis> Pool::divisible_axes(std::span<const ShapeDtype> in,
                                                        std::span<const ShapeDtype>) const {
  const int last = params.spatial + 1;
  return {{std::vector<int>(in.size(), 0), {0}}, {std::vector<int>(in.size(), last), {last}}};
}

std::vector<Array> Pool::vjp(const VjpCall& call) const {
  std::vector<Array> gradients(call.inputs.size());
  const Array &x = call.inputs[0], &ct = call.cotangents[0];
  if (!is_floating(x.dtype()) || !call.wanted.back()) return gradients;
  // All but the choice of elements is linear, and the choice does not move with x.
  switch (params.kind) {
    case PoolKind::max:
    case PoolKind::gather:
      gradients.back() = pool(params, PoolKind::scatter, x, ct);
      break;
    case PoolKind::scatter:
      gradients.back() = pool(params, PoolKind::gather, x, ct);
      break;
    case PoolKind::sum:
      gradients.back() = pool(params, PoolKind::spread, ct);
      break;
    case PoolKind::spread:
      gradients.back() = pool(params, PoolKind::sum, ct);
      break;
  }
  return gradients;
}

std::vector<Array> Pool::jvp(std::span<const Array> in, std::span<const Array>,
                             std::span<const Array> tangents) const {
  const Array& t = tangents.back();
  if (!t.has_value()) return {Array()};
  if (params.kind == PoolKind::max) return {pool(params, PoolKind::gather, in[0], t)};
  if (in.size() == 2) return {pool(params, params.kind, in[0], t)};
  return {pool(params, params.kind, t)};
}

BatchResult Pool::batch(const BatchCall& call) const {
  // The mapped axis joins that of the images.
  std::vector<Array> in;
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    Array x = call.inputs[i];
    if (!call.batched[i]) {
      Shape all = x.shape();
      all.insert(0, call.size);
      x = broadcast_to(x, all);
    }
    Shape joined = x.shape();
    joined.erase(0);
    joined[0] *= call.size;
    in.push_back(reshape(x, joined));
  }
  Array out;
  copse::bind(share(), in, std::span(&out, 1));
  Shape shape = out.shape();
  shape[0] /= call.size;
  shape.insert(0, call.size);
  return reshape(out, shape);
}

namespace {

PoolParams checked(const char* function, const Array& x, const PoolOptions& options) {
  PoolParams p;
  p.spatial = x.ndim() - 2;
  if (x.ndim() < 3 || x.ndim() > 5)
    throw ShapeError(
        fmt::format("{}: x has shape {}, wanted (batch, spatial..., channels) with 1 to 3 spatial dimensions",
                    function, to_string(x.shape())));
  if (options.window.empty())
    throw ShapeError(fmt::format("{}: no window was given for x {}", function, to_string(x.shape())));
  if (x.dtype() == DType::bool_)
    throw DTypeError(fmt::format("{}: got bool, wanted numbers; convert with astype", function));
  p.window = convolution::triple(function, "window", options.window, p.spatial);
  p.strides = convolution::triple(function, "strides", options.strides, p.spatial);
  for (int d = 0; d < p.spatial; ++d) p.x_extent[static_cast<std::size_t>(d)] = x.shape(d + 1);
  constexpr convolution::Triple ones{1, 1, 1};
  convolution::resolve_padding(function, options.padding, p.spatial, p.x_extent, ones, p.window, ones,
                               p.strides, p.low, p.high);
  return p;
}

// The number of elements under each window that are not padding, shaped to divide the sums.
Array window_counts(const PoolParams& p) {
  Shape shape{1};
  for (int d = 0; d < p.spatial; ++d) shape.push_back(p.y_extent(d));
  shape.push_back(1);
  std::vector<float> counts(static_cast<std::size_t>(shape.elements()), 1.0f);
  std::int64_t inner = 1;
  for (int d = p.spatial - 1; d >= 0; --d) {
    const auto i = static_cast<std::size_t>(d);
    const std::int64_t extent = shape[d + 1];
    for (std::size_t at = 0; at < counts.size(); ++at) {
      const std::int64_t from = static_cast<std::int64_t>(at) / inner % extent * p.strides[i] - p.low[i];
      const std::int64_t there =
          std::min(from + p.window[i], p.x_extent[i]) - std::max<std::int64_t>(from, 0);
      counts[at] *= static_cast<float>(std::max<std::int64_t>(there, 0));
    }
    inner *= extent;
  }
  return array(std::span<const float>(counts), shape);
}

}  // namespace

Array max_pool(const Array& x, const PoolOptions& options) {
  return pool(checked("max_pool", x, options), PoolKind::max, x);
}

Array avg_pool(const Array& x, const PoolOptions& options) {
  const PoolParams p = checked("avg_pool", x, options);
  const Array floating = is_floating(x.dtype()) ? x : elementwise::convert(x, DType::float32, x.weak_type());
  const Array total = pool(p, PoolKind::sum, floating);
  if (options.count_include_pad)
    return total / Array(static_cast<double>(p.window[0]) * static_cast<double>(p.window[1]) *
                         static_cast<double>(p.window[2]));
  return total / astype(window_counts(p), total.dtype());
}

}  // namespace copse
