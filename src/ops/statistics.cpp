#include "copse/ops/statistics.hpp"

#include <fmt/format.h>

#include <limits>

#include "copse/core/error.hpp"
#include "copse/ops/conv.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/cumulative.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/sorting.hpp"

namespace copse {
namespace {

Array as_float(const Array& x) { return is_floating(x.dtype()) ? x : astype(x, DType::float32); }

// The position of the extreme of what is not nan, in whose place stands the worst there is.
Array arg_extreme(const Array& x, std::optional<int> axis, bool keepdims, bool largest) {
  const auto search = [&](const Array& values) {
    return largest ? argmax(values, axis, keepdims) : argmin(values, axis, keepdims);
  };
  if (!is_floating(x.dtype())) return search(x);
  const Array missing = isnan(x);
  const double worst = std::numeric_limits<double>::infinity() * (largest ? -1 : 1);
  const Array none = all(missing, axis ? Axes(*axis) : Axes(), keepdims);
  return where(none, -1, search(where(missing, worst, x)));
}

void require_vector(const Array& x, const char* function, const char* name) {
  if (x.ndim() != 1 || x.size() == 0)
    throw ShapeError(fmt::format("{}: {} has shape {}, wanted one dimension with elements", function, name,
                                 to_string(x.shape())));
}

Histogram histogram_of(const Array& x, const Array& limits, const std::optional<Array>& weights,
                       bool density) {
  const Array edges = as_float(limits);
  const std::int64_t bins = edges.size() - 1;
  const Array flat = ravel(x);
  if (weights && weights->shape() != x.shape())
    throw ShapeError(fmt::format("histogram: weights have shape {}, wanted {}", to_string(weights->shape()),
                                 to_string(x.shape())));
  const Array weight = weights ? as_float(ravel(*weights)) : ones({flat.size()}, as_float(x).dtype());
  // Number of edges that are not above, so bin 0 is what lies below and bin `bins` + 1 what lies above.
  const Array at = where(equal(flat, edges[-1]), static_cast<int>(bins), searchsorted(edges, flat, true));
  const Array sums = scatter_add(zeros({bins + 2}, weight.dtype()), at, weight);
  Array counts = slice_in_dim(sums, 1, bins + 1);
  if (density) counts = counts / (diff(edges) * sum(counts));
  return {counts, edges};
}

}  // namespace

Array nanprod(const Array& x, const Axes& axes, bool keepdims) {
  return prod(is_floating(x.dtype()) ? where(isnan(x), 1, x) : x, axes, keepdims);
}

Array nanvar(const Array& x, const Axes& axes, int ddof, bool keepdims) {
  if (!is_floating(x.dtype())) return var(x, axes, ddof, keepdims);
  const Array wide = x.dtype() == DType::bfloat16 ? astype(x, DType::float32) : x;
  const Array present = logical_not(isnan(wide));
  const Array values = where(present, wide, 0);
  const Array n = sum(astype(present, wide.dtype()), axes, true);
  const Array centred = where(present, values - sum(values, axes, true) / n, 0);
  const Array freedom = sum(astype(present, wide.dtype()), axes, keepdims) - static_cast<double>(ddof);
  const Array squares = sum(square(centred), axes, keepdims);
  const Array y = where(greater(freedom, 0), squares / where(greater(freedom, 0), freedom, 1),
                        std::numeric_limits<double>::quiet_NaN());
  return astype(y, x.dtype());
}

Array nanstd(const Array& x, const Axes& axes, int ddof, bool keepdims) {
  return sqrt(nanvar(x, axes, ddof, keepdims));
}

Array nanargmax(const Array& x, std::optional<int> axis, bool keepdims) {
  return arg_extreme(x, axis, keepdims, true);
}
Array nanargmin(const Array& x, std::optional<int> axis, bool keepdims) {
  return arg_extreme(x, axis, keepdims, false);
}

Array cov(const Array& m, bool rowvar, int ddof) {
  if (m.ndim() > 2)
    throw ShapeError(fmt::format("cov: got shape {}, wanted at most two dimensions", to_string(m.shape())));
  const bool single = m.ndim() < 2;
  Array x = atleast_2d(as_float(m));
  if (!rowvar && !single) x = transpose(x);
  const Array centred = x - mean(x, 1, true);
  const Array products = matmul(centred, transpose(centred)) / static_cast<double>(x.shape(1) - ddof);
  return single || x.shape(0) == 1 ? squeeze(products) : products;
}

Array corrcoef(const Array& m, bool rowvar) {
  const Array c = cov(m, rowvar);
  if (c.ndim() == 0) return c / c;
  const Array deviation = sqrt(diagonal(c));
  return clip(c / expand_dims(deviation, 1) / expand_dims(deviation, 0), -1, 1);
}

Histogram histogram(const Array& x, std::int64_t bins, const std::optional<std::pair<Array, Array>>& range,
                    const std::optional<Array>& weights, bool density) {
  if (bins < 1) throw ValueError(fmt::format("histogram: got {} bins, wanted one or more", bins));
  const DType dtype = as_float(x).dtype();
  Array low = 0.0, high = 1.0;
  if (range) {
    low = range->first;
    high = range->second;
  } else if (x.size() > 0) {
    low = min(x);
    high = max(x);
  }
  low = astype(low, dtype);
  high = astype(high, dtype);
  // One value only gets a bin around it.
  const Array half = where(equal(low, high), 0.5, 0);
  return histogram_of(x, linspace(low - half, high + half, bins + 1), weights, density);
}

Histogram histogram(const Array& x, const Array& edges, const std::optional<Array>& weights, bool density) {
  if (edges.ndim() != 1 || edges.size() < 2)
    throw ShapeError(
        fmt::format("histogram: edges have shape {}, wanted one dimension and two or more of them",
                    to_string(edges.shape())));
  return histogram_of(x, edges, weights, density);
}

Array interp(const Array& x, const Array& xp, const Array& fp, const std::optional<Array>& left,
             const std::optional<Array>& right) {
  require_vector(xp, "interp", "xp");
  if (fp.shape() != xp.shape())
    throw ShapeError(
        fmt::format("interp: fp has shape {}, wanted xp's {}", to_string(fp.shape()), to_string(xp.shape())));
  const Array at = as_float(x), places = as_float(xp), values = as_float(fp);
  const std::int64_t n = xp.size();
  const Array above = clip(searchsorted(places, at, true), std::min<std::int64_t>(1, n - 1), n - 1);
  const Array below = maximum(above - 1, 0);
  const Array x0 = take(places, below), f0 = take(values, below), step = take(places, above) - x0;
  const Array same = equal(step, 0);
  const Array slope = (take(values, above) - f0) / where(same, 1, step);
  Array y = where(same, f0, f0 + (at - x0) * slope);
  y = where(less(at, places[0]), left ? *left : values[0], y);
  return where(greater(at, places[-1]), right ? *right : values[-1], y);
}

namespace {

// Means of neighbours along the last axis.
Array middles(const Array& y) {
  const std::int64_t n = y.shape(-1);
  return 0.5 * (slice_in_dim(y, 1, n, 1, -1) + slice_in_dim(y, 0, n - 1, 1, -1));
}

Array axis_last(const Array& y, int axis, const char* function) {
  const int at = normalize_axis(axis, y.ndim(), function);
  if (y.shape(at) == 0)
    throw ShapeError(
        fmt::format("{}: axis {} of shape {} has no elements", function, axis, to_string(y.shape())));
  return moveaxis(as_float(y), at, -1);
}

}  // namespace

Array trapezoid(const Array& y, double dx, int axis) {
  return sum(middles(axis_last(y, axis, "trapezoid")), -1) * dx;
}

Array trapezoid(const Array& y, const Array& x, int axis) {
  const Array samples = axis_last(y, axis, "trapezoid");
  const Array places = x.ndim() == 1 ? as_float(x) : axis_last(x, axis, "trapezoid");
  return sum(middles(samples) * diff(places), -1);
}

Array polyval(const Array& p, const Array& x) {
  if (p.ndim() == 0) throw ShapeError("polyval: the coefficients have no dimension to go along");
  if (p.shape(0) == 0) return zeros_like(x);
  Array y = p[0] + zeros_like(x);
  for (std::int64_t i = 1; i < p.shape(0); ++i) y = y * x + p[i];
  return y;
}

Array correlate(const Array& a, const Array& v, ConvolveMode mode) {
  require_vector(a, "correlate", "a");
  require_vector(v, "correlate", "v");
  // The longer one is moved over the shorter one, which turns the result round.
  if (a.size() < v.size()) return flip(correlate(v, a, mode));
  const Array x = as_float(a), kernel = as_float(v);
  const std::int64_t n = v.size();
  const Padding::Pair padding = mode == ConvolveMode::full   ? Padding::Pair{n - 1, n - 1}
                                : mode == ConvolveMode::same ? Padding::Pair{n / 2, n - 1 - n / 2}
                                                             : Padding::Pair{0, 0};
  return ravel(conv(reshape(x, {1, x.size(), 1}), reshape(kernel, {n, 1, 1}), {.padding = {padding}}));
}

Array convolve(const Array& a, const Array& v, ConvolveMode mode) {
  require_vector(a, "convolve", "a");
  require_vector(v, "convolve", "v");
  if (a.size() < v.size()) return convolve(v, a, mode);
  const Array flipped = flip(v);
  if (mode != ConvolveMode::same) return correlate(a, flipped, mode);
  // NumPy keeps the middle of the full one, the earlier of two.
  const std::int64_t first = (v.size() - 1) / 2;
  return slice_in_dim(correlate(a, flipped, ConvolveMode::full), first, first + a.size());
}

}  // namespace copse
