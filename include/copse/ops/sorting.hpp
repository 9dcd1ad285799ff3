// Order: sorting, searching in what is sorted, counting, quantiles.
#pragma once

#include <optional>
#include <utility>

#include "copse/core/array.hpp"
#include "copse/ops/reduce.hpp"

namespace copse {

/// Elements in ascending order along an axis (of the flattened array if it is nullopt), nan last; or all of
/// that reversed.
Array sort(const Array& x, std::optional<int> axis = -1, bool descending = false);
/// The positions that sort an axis, int32. Equal elements keep their order in both directions; nan counts as
/// largest.
Array argsort(const Array& x, std::optional<int> axis = -1, bool descending = false);

/// What `top_k` gives.
struct TopK {
  Array values;
  Array indices;
};
/// The k largest elements along the last axis, largest first, and their positions (int32). Of equal ones the
/// first counts as larger, and nan as largest.
TopK top_k(const Array& x, std::int64_t k);

/// Where `values` belong in a sorted vector, int32: in front of what equals them, or behind if `right`.
Array searchsorted(const Array& sorted, const Array& values, bool right = false);
/// For each element the number of its bin, int32: bins[i - 1] <= x < bins[i], or bins[i - 1] < x <= bins[i]
/// if `right`.
Array digitize(const Array& x, const Array& bins, bool right = false);

/// How often each of 0, 1, ... occurs in `x`, or the sums of their weights. `length` positions: inside `jit`
/// it must be given, and what lies beyond is dropped; otherwise the largest element decides, and min_length.
Array bincount(const Array& x, const std::optional<Array>& weights = std::nullopt,
               std::int64_t min_length = 0, std::optional<std::int64_t> length = std::nullopt);

/// What a quantile between two elements is.
enum class QuantileMethod {
  linear,    ///< interpolated
  lower,     ///< the lower element
  higher,    ///< the higher element
  midpoint,  ///< their mean
  nearest,   ///< the nearer element, of two equally near the lower
};
/// The values below which the fractions `q` (in [0, 1], of any shape) of the elements lie, interpolated
/// between the two nearest. q's dimensions come first. nan if there is a nan, or nothing.
Array quantile(const Array& x, const Array& q, const Axes& axes = {}, bool keepdims = false,
               QuantileMethod method = QuantileMethod::linear);
/// The same with q in [0, 100].
Array percentile(const Array& x, const Array& q, const Axes& axes = {}, bool keepdims = false,
                 QuantileMethod method = QuantileMethod::linear);
/// The middle one, or the mean of the two in the middle.
Array median(const Array& x, const Axes& axes = {}, bool keepdims = false);

}  // namespace copse
