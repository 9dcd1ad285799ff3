#include <fmt/format.h>

#include <algorithm>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "reduce.hpp"

namespace copse {

std::vector<int> Axes::normalize(int rank, const char* function) const try {
  std::vector<int> axes;
  if (all_) {
    for (int axis = 0; axis < rank; ++axis) axes.push_back(axis);
    return axes;
  }
  for (const int axis : axes_) axes.push_back(normalize_axis(axis, rank, function));
  std::sort(axes.begin(), axes.end());
  if (const auto twice = std::adjacent_find(axes.begin(), axes.end()); twice != axes.end())
    throw ShapeError(fmt::format("{}: axis {} is given twice", function, *twice));
  return axes;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory(function);
}

namespace reduction {
namespace {

// Sums and products of bool count in int32, those of uint8 in uint32.
Array countable(const Array& x) {
  if (x.dtype() == DType::bool_) return astype(x, DType::int32);
  if (x.dtype() == DType::uint8) return astype(x, DType::uint32);
  return x;
}

Array operand_of(const Description& d, const Array& x) {
  return d.operand == Operand::boolean ? astype(x, DType::bool_) : countable(x);
}

Array apply(ReduceOp op, const Array& given, const Axes& axes, bool keepdims) try {
  const Description& d = describe(op);
  Array converted;
  if (d.operand != Operand::numbers) converted = operand_of(d, given);
  const Array& x = d.operand != Operand::numbers ? converted : given;
  const std::vector<int> reduced = axes.normalize(x.ndim(), d.name.data());
  Shape kept = x.shape();
  std::int64_t count = 1;
  for (const int axis : reduced) {
    count *= kept[axis];
    kept[axis] = 1;
  }
  if (!d.has_identity && count == 0 && kept.elements() > 0)
    throw ValueError(
        fmt::format("{0}: got shape {1}: the {0} of zero elements is undefined; wanted at least one "
                    "element along the axes",
                    d.name, to_string(x.shape())));
  if (count == 1) {  // one element is its own sum, product, ...
    if (!keepdims)
      for (auto axis = reduced.rbegin(); axis != reduced.rend(); ++axis) kept.erase(*axis);
    return kept == x.shape() ? x : reshape(x, kept);
  }
  const Array y = reduce(x.dtype() == DType::bool_ ? d.on_bool : op, x, reduced);
  return keepdims ? reshape(y, kept) : y;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory(describe(op).name.data());
}

}  // namespace
}  // namespace reduction

using reduction::ReduceOp;

#define COPSE_REDUCTION(function, Op)                               \
  Array function(const Array& x, const Axes& axes, bool keepdims) { \
    return reduction::apply(ReduceOp::function, x, axes, keepdims); \
  }
COPSE_REDUCTIONS(COPSE_REDUCTION)

Array sum_to(const Array& x, const Shape& shape) try {
  const Shape& from = x.shape();
  if (from == shape) return reduction::countable(x);
  const int extra = from.rank() - shape.rank();
  bool fits = extra >= 0;
  std::vector<int> axes;
  for (int d = 0; fits && d < from.rank(); ++d) {
    if (d < extra || (shape[d - extra] == 1 && from[d] != 1))
      axes.push_back(d);
    else
      fits = shape[d - extra] == from[d];
  }
  if (!fits)
    throw ShapeError(
        fmt::format("sum_to: shape {} does not broadcast to {}", to_string(shape), to_string(from)));
  const Array y = reduction::reduce(ReduceOp::sum, reduction::countable(x), axes);
  return y.shape() == shape ? y : reshape(y, shape);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("sum_to");
}

}  // namespace copse
