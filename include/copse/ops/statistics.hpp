// Statistics of samples, and functions of sampled curves.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/sorting.hpp"

namespace copse {

/// Product of all but nan.
Array nanprod(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Variance of all but nan; nan if fewer than `ddof` + 1 are left.
Array nanvar(const Array& x, const Axes& axes = {}, int ddof = 0, bool keepdims = false);
/// Standard deviation of all but nan.
Array nanstd(const Array& x, const Axes& axes = {}, int ddof = 0, bool keepdims = false);
/// Index of the first largest element but nan, int32; -1 if there is nothing else.
Array nanargmax(const Array& x, std::optional<int> axis = std::nullopt, bool keepdims = false);
/// Index of the first smallest element but nan, int32; -1 if there is nothing else.
Array nanargmin(const Array& x, std::optional<int> axis = std::nullopt, bool keepdims = false);

/// As `quantile`, of all but nan; nan if there is nothing else.
Array nanquantile(const Array& x, const Array& q, const Axes& axes = {}, bool keepdims = false,
                  QuantileMethod method = QuantileMethod::linear);
/// The same with q in [0, 100].
Array nanpercentile(const Array& x, const Array& q, const Axes& axes = {}, bool keepdims = false,
                    QuantileMethod method = QuantileMethod::linear);
/// The middle of all but nan.
Array nanmedian(const Array& x, const Axes& axes = {}, bool keepdims = false);

/// Covariances of variables, the rows of a matrix (the columns unless `rowvar`); `ddof` is subtracted from
/// the number of samples. A vector is one variable. Throws ShapeError for more than two dimensions.
Array cov(const Array& m, bool rowvar = true, int ddof = 1);
/// Pearson's correlations, between -1 and 1.
Array corrcoef(const Array& m, bool rowvar = true);

/// What `histogram` gives.
struct Histogram {
  Array counts;  ///< one a bin, floating-point
  Array edges;   ///< one more than bins, floating-point
};
/// How many elements, or what weights, fall into `bins` equal bins of a range (of the elements' own unless it
/// is given). The last bin includes its upper edge. With `density` the integral is 1. Without elements the
/// range is from 0 to 1. Throws ValueError for less than one bin.
Histogram histogram(const Array& x, std::int64_t bins = 10,
                    const std::optional<std::pair<Array, Array>>& range = std::nullopt,
                    const std::optional<Array>& weights = std::nullopt, bool density = false);
/// The same with bins between ascending edges. Throws ShapeError unless they have one dimension and are two
/// or more.
Histogram histogram(const Array& x, const Array& edges, const std::optional<Array>& weights = std::nullopt,
                    bool density = false);

/// The polygon through points (xp, fp) at x; xp ascends. Beyond its ends the nearest value holds, unless
/// `left` and `right` say otherwise.
Array interp(const Array& x, const Array& xp, const Array& fp,
             const std::optional<Array>& left = std::nullopt,
             const std::optional<Array>& right = std::nullopt);
/// Integral of the polygon through samples y, dx apart, along an axis.
Array trapezoid(const Array& y, double dx = 1.0, int axis = -1);
/// The same for samples at x, which broadcasts against y or belongs to the axis.
Array trapezoid(const Array& y, const Array& x, int axis = -1);
/// p[0] x^(n-1) + ... + p[n-1] by Horner's rule; the first dimension of p goes over coefficients.
Array polyval(const Array& p, const Array& x);

/// How much of a convolution is returned.
enum class ConvolveMode {
  full,   ///< wherever both overlap at all: n + m - 1
  same,   ///< the middle of that: max(n, m)
  valid,  ///< where they overlap entirely: max(n, m) - min(n, m) + 1
};
/// Discrete convolution of two vectors; integers give float32. Throws ShapeError unless both have one
/// dimension and are not empty.
Array convolve(const Array& a, const Array& v, ConvolveMode mode = ConvolveMode::full);
/// sum over n of a[n + k] * v[n].
Array correlate(const Array& a, const Array& v, ConvolveMode mode = ConvolveMode::valid);

}  // namespace copse
