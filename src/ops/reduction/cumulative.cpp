#include "cumulative.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "../elementwise/apply.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/cumulative.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "product_rules.hpp"

namespace copse {
namespace reduction {
namespace {

struct ScanParams {
  ScanOp op;
  int axis;
  bool reverse;
  friend bool operator==(const ScanParams&, const ScanParams&) = default;
};

Array scan(const ScanParams& params, const Array& x);

// All of these are recurrences y_i = f(y_{i-1}, x_i), so all derivatives are linear ones:
// tangents dy_i = carry_i * dy_{i-1} + gain_i * dx_i, cotangents the same from the other end. (Those of
// products have a way of their own, in which a zero never meets an infinity.)
struct Slopes {
  Array carry, gain;
};

class Scan final : public PrimitiveWith<Scan, ScanParams> {
 public:
  using PrimitiveWith::PrimitiveWith;

  std::string_view name() const override {
    constexpr std::string_view names[scan_count] = {"cumsum", "cumprod",      "cummax",
                                                    "cummin", "cumlogsumexp", "linear_scan"};
    return names[static_cast<int>(params.op)];
  }
  std::string parameters() const override {
    return fmt::format("axis={}{}", params.axis, params.reverse ? ", reverse" : "");
  }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override { out[0] = in[0]; }
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype>) const override {
    std::vector<traits::DivisibleAxis> axes;
    for (int d = 0; d < in[0].shape.rank(); ++d)
      if (d != params.axis) axes.push_back({std::vector<int>(in.size(), d), {d}});
    return axes;
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    const Shape& shape = in[0].shape;
    std::int64_t outer = 1, inner = 1;
    const std::int64_t n = shape[params.axis];
    for (int d = 0; d < params.axis; ++d) outer *= shape[d];
    for (int d = params.axis + 1; d < shape.rank(); ++d) inner *= shape[d];
    const auto item = static_cast<std::int64_t>(size_of(in[0].dtype));
    const ScanLoop loop =
        COPSE_ISA_SELECT(scan_table)().at[static_cast<int>(params.op)][static_cast<int>(in[0].dtype)];
    const std::int64_t start = params.reverse ? (n - 1) * inner : 0, step = params.reverse ? -inner : inner;
    const std::size_t inputs = in.size();
    return make_kernel([=](const void* const* from, void* const* to) {
      if (outer * n * inner == 0) return;
      const auto run = [&](std::int64_t offset, std::int64_t lines, std::int64_t pitch) {
        const void* x[2] = {};
        for (std::size_t i = 0; i < inputs; ++i)
          x[i] = static_cast<const std::byte*>(from[i]) + offset * item;
        loop(x, static_cast<std::byte*>(to[0]) + offset * item, n, step, lines, pitch);
      };
      constexpr std::int64_t tile = 256;
      const std::int64_t tiles = (inner + tile - 1) / tile;
      const std::int64_t grain = std::max<std::int64_t>(1, 16384 / (n * std::min(inner, tile)));
      parallel_for(outer * tiles, grain, [&](std::int64_t begin, std::int64_t end) {
        if (inner == 1) return run(begin * n + start, end - begin, n);
        for (std::int64_t t = begin; t < end; ++t) {
          const std::int64_t i = t % tiles * tile;
          run(t / tiles * n * inner + start + i, std::min(tile, inner - i), 1);
        }
      });
    });
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array &x = call.inputs[0], &y = call.outputs[0], &ct = call.cotangents[0];
    if (!is_floating(x.dtype())) return std::vector<Array>(call.inputs.size());
    if (params.op == ScanOp::sum) return {scan({ScanOp::sum, params.axis, !params.reverse}, ct)};
    if (params.op == ScanOp::prod) return product_gradient(running_products(), {}, ct, {{x}});
    const Array carry = params.op == ScanOp::linear ? x : slopes(x, y).carry;
    // How much each y_i counts in the end: by itself and through y_{i+1}.
    const Array weight =
        linear_scan(previous(carry, params.axis, !params.reverse, 0), ct, params.axis, !params.reverse);
    if (params.op == ScanOp::linear)
      return {call.wanted[0] ? weight * previous(y, params.axis, params.reverse, 0) : Array(), weight};
    return {weight * slopes(x, y).gain};
  }

  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override {
    if (!is_floating(in[0].dtype())) return {Array()};
    if (params.op == ScanOp::linear) {
      Array t = tangents[1];
      if (tangents[0].has_value()) {
        const Array through = tangents[0] * previous(out[0], params.axis, params.reverse, 0);
        t = t.has_value() ? t + through : through;
      }
      return {t.has_value() ? linear_scan(in[0], t, params.axis, params.reverse) : Array()};
    }
    if (!tangents[0].has_value()) return {Array()};
    if (params.op == ScanOp::sum) return {scan(params, tangents[0])};
    if (params.op == ScanOp::prod)
      return {product_derivative(running_products(), {}, {{in[0]}, {tangents[0]}})};
    const Slopes s = slopes(in[0], out[0]);
    return {linear_scan(s.carry, s.gain * tangents[0], params.axis, params.reverse)};
  }

  BatchResult batch(const BatchCall& call) const override {
    const ScanParams shifted{params.op, params.axis + 1, params.reverse};
    if (params.op != ScanOp::linear) return scan(shifted, call.inputs[0]);
    Array in[2];
    for (std::size_t i = 0; i < 2; ++i) {
      Shape shape = call.inputs[i].shape();
      if (!call.batched[i]) shape.insert(0, call.size);
      in[i] = broadcast_to(call.inputs[i], shape);
    }
    return linear_scan(in[0], in[1], shifted.axis, shifted.reverse);
  }

 private:
  Products running_products() const {
    return {.scattered = false, .place = {params.axis, 0}, .reverse = params.reverse};
  }
  Slopes slopes(const Array& x, const Array& y) const {
    if (params.op == ScanOp::logsumexp) {
      // Where nothing but -inf has come yet, differences would be nan.
      const Array before = previous(y, params.axis, params.reverse, -std::numeric_limits<double>::infinity());
      const Array same = equal(before, y), none = equal(x, y);
      return {exp(where(same, 0, before - y)),
              where(equal(y, -std::numeric_limits<double>::infinity()), 0, exp(where(none, 0, x - y)))};
    }
    const Array chosen = logical_or(equal(x, y), isnan(x));
    return {astype(logical_not(chosen), x.dtype()), astype(chosen, x.dtype())};
  }
};

Array scan(const ScanParams& params, const Array& x) { return bind(new_primitive<Scan>(params), x); }

Array cumulative(ScanOp op, const Array& x, std::optional<int> axis, bool reverse, const char* function) {
  if (!axis) return scan({op, 0, reverse}, ravel(x));
  return scan({op, normalize_axis(*axis, x.ndim(), function), reverse}, x);
}

Array part(const Array& x, int axis, std::int64_t begin, std::int64_t end) try {
  std::vector<std::int64_t> start(static_cast<std::size_t>(x.ndim()), 0), limit = x.shape().to_vector();
  start[static_cast<std::size_t>(axis)] = begin;
  limit[static_cast<std::size_t>(axis)] = end;
  return slice(x, start, limit);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("part");
}

}  // namespace

Array linear_scan(const Array& a, const Array& b, int axis, bool reverse) {
  return bind(new_primitive<Scan>(ScanParams{ScanOp::linear, axis, reverse}), a, b);
}

Array previous(const Array& x, int axis, bool reverse, double fill) try {
  const std::int64_t n = x.shape()[axis];
  if (n == 0) return x;
  std::vector<std::pair<std::int64_t, std::int64_t>> width(static_cast<std::size_t>(x.ndim()));
  width[static_cast<std::size_t>(axis)] = {reverse ? 0 : 1, reverse ? 1 : 0};
  return pad(part(x, axis, reverse ? 1 : 0, reverse ? n : n - 1), width, fill);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("previous");
}

}  // namespace reduction

using reduction::ScanOp;

Array cumsum(const Array& x, std::optional<int> axis, bool reverse) {
  return reduction::cumulative(ScanOp::sum, elementwise::bool_as_int32(x), axis, reverse, "cumsum");
}

Array cumprod(const Array& x, std::optional<int> axis, bool reverse) {
  return reduction::cumulative(ScanOp::prod, elementwise::bool_as_int32(x), axis, reverse, "cumprod");
}

Array cummax(const Array& x, std::optional<int> axis, bool reverse) {
  return reduction::cumulative(ScanOp::max, x, axis, reverse, "cummax");
}

Array cummin(const Array& x, std::optional<int> axis, bool reverse) {
  return reduction::cumulative(ScanOp::min, x, axis, reverse, "cummin");
}

Array cumlogsumexp(const Array& x, std::optional<int> axis, bool reverse) {
  const Array floats = is_floating(x.dtype()) ? x : astype(x, DType::float32);
  return reduction::cumulative(ScanOp::logsumexp, floats, axis, reverse, "cumlogsumexp");
}

Array diff(const Array& x, int n, int axis) {
  if (n < 0) throw ValueError(fmt::format("diff: got n = {}, wanted 0 or more", n));
  const int along = normalize_axis(axis, x.ndim(), "diff");
  Array y = x;
  for (int i = 0; i < n; ++i) {
    const std::int64_t extent = y.shape()[along];
    const Array after = reduction::part(y, along, std::min<std::int64_t>(1, extent), extent);
    const Array before = reduction::part(y, along, 0, std::max<std::int64_t>(0, extent - 1));
    y = y.dtype() == DType::bool_ ? not_equal(after, before) : after - before;
  }
  return y;
}

}  // namespace copse
