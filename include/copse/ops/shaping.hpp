// Functions that rearrange elements: no arithmetic.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"

namespace copse {

/// The same elements in row-major order under another shape; one dimension may be -1.
Array reshape(const Array& x, std::initializer_list<std::int64_t> shape);
Array reshape(const Array& x, std::span<const std::int64_t> shape);
/// All elements in one dimension.
Array ravel(const Array& x);
/// Dimensions in another order; reversed if none is given.
Array transpose(const Array& x, std::span<const int> axes = {});
Array transpose(const Array& x, std::initializer_list<int> axes);
/// Repeats dimensions of extent 1 (and missing leading ones) up to `shape`.
Array broadcast_to(const Array& x, const Shape& shape);
/// A new dimension of extent 1 at `axis`.
Array expand_dims(const Array& x, int axis);
/// Removes dimensions of extent 1: all of them, or those named.
Array squeeze(const Array& x);
Array squeeze(const Array& x, std::initializer_list<int> axes);
Array squeeze(const Array& x, std::span<const int> axes);
/// One dimension moved to another place.
Array moveaxis(const Array& x, int source, int destination);
Array swapaxes(const Array& x, int a, int b);
/// Joins along an existing axis; dtypes promote.
Array concatenate(std::span<const Array> parts, int axis = 0);
Array concatenate(std::initializer_list<Array> parts, int axis = 0);
/// Joins along a new axis; dtypes promote.
Array stack(std::span<const Array> parts, int axis = 0);
Array stack(std::initializer_list<Array> parts, int axis = 0);
/// Equal parts along an axis.
std::vector<Array> split(const Array& x, int sections, int axis = 0);
/// Parts cut at the given positions of an axis.
std::vector<Array> split(const Array& x, std::span<const std::int64_t> indices, int axis = 0);
/// Elements start[d], start[d] + stride[d], ... below limit[d] of each dimension (lax.slice).
Array slice(const Array& x, std::span<const std::int64_t> start, std::span<const std::int64_t> limit,
            std::span<const std::int64_t> stride = {});
/// Adds (low, high) elements of a constant around each dimension.
Array pad(const Array& x, std::span<const std::pair<std::int64_t, std::int64_t>> pad_width,
          const Array& constant_values = 0);
/// The order of elements reversed along the axes; along all if none is given.
Array flip(const Array& x, std::span<const int> axes = {});

}  // namespace copse
