// argmax and argmin.
#include <fmt/format.h>

#include <algorithm>

#include "arg.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"

namespace copse {
namespace reduction {
namespace {

struct ArgParams {
  bool largest;
  int axis;
  friend bool operator==(const ArgParams&, const ArgParams&) = default;
};

class ArgReduce final : public PrimitiveWith<ArgReduce, ArgParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override { return params.largest ? "argmax" : "argmin"; }
  std::string parameters() const override { return fmt::format("axis={}", params.axis); }

  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {in[0].shape, DType::int32, false};
    out[0].shape.erase(params.axis);
  }
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype>) const override {
    std::vector<traits::DivisibleAxis> axes;
    for (int d = 0; d < in[0].shape.rank(); ++d)
      if (d != params.axis) axes.push_back({{d}, {d < params.axis ? d : d - 1}});
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
    const ArgLoop loop = COPSE_ISA_SELECT(arg_table)().at[params.largest][static_cast<int>(in[0].dtype)];
    return make_kernel([=](const void* const* from, void* const* to) {
      if (n == 0 || outer == 0 || inner == 0) return;
      const auto* x = static_cast<const std::byte*>(from[0]);
      auto* y = static_cast<std::int32_t*>(to[0]);
      const std::int64_t tiles = (inner + most_columns - 1) / most_columns;
      const std::int64_t work = n * std::min(inner, most_columns);
      const std::int64_t grain = std::max<std::int64_t>(1, 32768 / work);
      parallel_for(outer * tiles, grain, [=](std::int64_t begin, std::int64_t end) {
        if (inner == 1) return loop(x + begin * n * item, n, end - begin, 1, y + begin);
        for (std::int64_t t = begin; t < end; ++t) {
          const std::int64_t o = t / tiles, i = t % tiles * most_columns;
          loop(x + (o * n * inner + i) * item, n, std::min(most_columns, inner - i), inner,
               y + o * inner + i);
        }
      });
    });
  }

  std::vector<Array> vjp(const VjpCall&) const override { return {Array()}; }
  std::vector<Array> jvp(std::span<const Array>, std::span<const Array>,
                         std::span<const Array>) const override {
    return {Array()};
  }
  BatchResult batch(const BatchCall& call) const override {
    return bind(new_primitive<ArgReduce>(ArgParams{params.largest, params.axis + 1}), call.inputs[0]);
  }
};

Array arg(bool largest, const Array& x, std::optional<int> axis, bool keepdims) {
  const char* function = largest ? "argmax" : "argmin";
  const int along = axis ? normalize_axis(*axis, x.ndim(), function) : 0;
  Shape rest = axis ? x.shape() : Shape();
  if (axis) rest.erase(along);
  if (x.size() == 0 && rest.elements() > 0)
    throw ValueError(fmt::format("{}: got shape {}, wanted at least one element along the axis", function,
                                 to_string(x.shape())));
  const Array y = bind(new_primitive<ArgReduce>(ArgParams{largest, along}), axis ? x : ravel(x));
  if (!keepdims) return y;
  Shape kept = axis ? x.shape() : Shape::filled(x.ndim(), 1);
  if (axis) kept[along] = 1;
  return reshape(y, kept);
}

}  // namespace
}  // namespace reduction

Array argmax(const Array& x, std::optional<int> axis, bool keepdims) {
  return reduction::arg(true, x, axis, keepdims);
}
Array argmin(const Array& x, std::optional<int> axis, bool keepdims) {
  return reduction::arg(false, x, axis, keepdims);
}

}  // namespace copse
