// Running totals along an axis.
#pragma once

#include <optional>

#include "copse/core/array.hpp"

namespace copse {

/// Running sum along an axis; along the flattened array without one, from the end if `reverse`. Of bool:
/// int32.
Array cumsum(const Array& x, std::optional<int> axis = std::nullopt, bool reverse = false);
/// Running product. Of bool: int32. Its gradient is exact with zeros, too.
Array cumprod(const Array& x, std::optional<int> axis = std::nullopt, bool reverse = false);
/// Largest element so far; a nan wins. The latest of equal elements gets the gradient.
Array cummax(const Array& x, std::optional<int> axis = std::nullopt, bool reverse = false);
/// Smallest element so far; a nan wins. The latest of equal elements gets the gradient.
Array cummin(const Array& x, std::optional<int> axis = std::nullopt, bool reverse = false);
/// Running log(sum(exp(x))), finite wherever the result is.
Array cumlogsumexp(const Array& x, std::optional<int> axis = std::nullopt, bool reverse = false);
/// Differences of neighbours along an axis, `n` times over. Of bool: where they differ.
Array diff(const Array& x, int n = 1, int axis = -1);

}  // namespace copse
