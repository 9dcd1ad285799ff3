// Reductions that leave nan out, weigh, or count.
#include <fmt/format.h>

#include <limits>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"

namespace copse {
namespace {

// The extreme of what is not nan: elsewhere stands the worst there is, and where nothing else was, nan.
Array extreme(const Array& x, const Axes& axes, bool keepdims, bool largest) {
  if (!is_floating(x.dtype())) return largest ? max(x, axes, keepdims) : min(x, axes, keepdims);
  const Array missing = isnan(x);
  const double worst =
      largest ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  const Array numbers = where(missing, worst, x);
  const Array y = largest ? max(numbers, axes, keepdims) : min(numbers, axes, keepdims);
  return where(all(missing, axes, keepdims), std::numeric_limits<double>::quiet_NaN(), y);
}

}  // namespace

Array average(const Array& x, const Axes& axes, const std::optional<Array>& weights, bool keepdims) {
  if (!weights) return mean(x, axes, keepdims);
  const std::vector<int> reduced = axes.normalize(x.ndim(), "average");
  Array w = *weights;
  if (w.shape() != x.shape()) {
    if (w.ndim() != 1 || reduced.size() != 1 || w.size() != x.shape()[reduced[0]])
      throw ShapeError(fmt::format("average: weights have shape {}, wanted {} or one dimension for one axis",
                                   to_string(w.shape()), to_string(x.shape())));
    Shape shape = Shape::filled(x.ndim(), 1);
    shape[reduced[0]] = w.size();
    w = broadcast_to(reshape(w, shape), x.shape());
  }
  if (!is_floating(w.dtype()) && !is_floating(x.dtype())) w = astype(w, DType::float32);
  return sum(x * w, Axes(reduced), keepdims) / sum(w, Axes(reduced), keepdims);
}

Array count_nonzero(const Array& x, const Axes& axes, bool keepdims) {
  return sum(astype(not_equal(x, 0), DType::int32), axes, keepdims);
}

Array ptp(const Array& x, const Axes& axes, bool keepdims) {
  const Array numbers = x.dtype() == DType::bool_ ? astype(x, DType::int32) : x;
  return max(numbers, axes, keepdims) - min(numbers, axes, keepdims);
}

Array nansum(const Array& x, const Axes& axes, bool keepdims) {
  return sum(is_floating(x.dtype()) ? where(isnan(x), 0, x) : x, axes, keepdims);
}

Array nanmean(const Array& x, const Axes& axes, bool keepdims) {
  if (!is_floating(x.dtype())) return mean(x, axes, keepdims);
  const Array wide = x.dtype() == DType::bfloat16 ? astype(x, DType::float32) : x;
  const Array present = logical_not(isnan(wide));
  const Array y =
      sum(where(present, wide, 0), axes, keepdims) / sum(astype(present, wide.dtype()), axes, keepdims);
  return astype(y, x.dtype());
}

Array nanmax(const Array& x, const Axes& axes, bool keepdims) { return extreme(x, axes, keepdims, true); }
Array nanmin(const Array& x, const Axes& axes, bool keepdims) { return extreme(x, axes, keepdims, false); }

}  // namespace copse
