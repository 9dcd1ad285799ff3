// Functions that rearrange elements: no arithmetic.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"

namespace copse {

/// The same elements in row-major order under another shape; one dimension may be -1.
Array reshape(const Array& x, std::initializer_list<std::int64_t> shape);
Array reshape(const Array& x, std::span<const std::int64_t> shape);
Array reshape(const Array& x, const Shape& shape);
/// All elements in one dimension.
Array ravel(const Array& x);
/// Dimensions in another order; reversed if none is given.
Array transpose(const Array& x, std::span<const int> axes = {});
Array transpose(const Array& x, std::initializer_list<int> axes);
/// Repeats dimensions of extent 1 (and missing leading ones) up to `shape`.
Array broadcast_to(const Array& x, const Shape& shape);
/// Several arrays broadcast to their common shape.
std::vector<Array> broadcast_arrays(std::span<const Array> arrays);
/// New dimensions of extent 1 at the axes of the result.
Array expand_dims(const Array& x, int axis);
Array expand_dims(const Array& x, std::initializer_list<int> axes);
Array expand_dims(const Array& x, std::span<const int> axes);
/// Removes dimensions of extent 1: all of them, or those named. Throws ShapeError if one named is larger.
Array squeeze(const Array& x);
Array squeeze(const Array& x, int axis);
Array squeeze(const Array& x, std::initializer_list<int> axes);
Array squeeze(const Array& x, std::span<const int> axes);
/// Dimensions moved to other places, the rest staying in order.
Array moveaxis(const Array& x, int source, int destination);
Array moveaxis(const Array& x, std::span<const int> source, std::span<const int> destination);
/// Two dimensions exchanged.
Array swapaxes(const Array& x, int a, int b);
/// At least one, two or three dimensions: NumPy's rules for where the new ones go.
Array atleast_1d(const Array& x);
Array atleast_2d(const Array& x);
Array atleast_3d(const Array& x);
/// Joins along an existing axis; dtypes promote.
Array concatenate(std::span<const Array> parts, int axis = 0);
Array concatenate(std::initializer_list<Array> parts, int axis = 0);
/// Joins along a new axis; dtypes promote.
Array stack(std::span<const Array> parts, int axis = 0);
Array stack(std::initializer_list<Array> parts, int axis = 0);
/// Joins along the second axis (the first for one dimension), the first, or the third.
Array hstack(std::span<const Array> parts);
Array hstack(std::initializer_list<Array> parts);
Array vstack(std::span<const Array> parts);
Array vstack(std::initializer_list<Array> parts);
Array dstack(std::span<const Array> parts);
Array dstack(std::initializer_list<Array> parts);
/// `values` after x's elements along an axis; both flattened without one.
Array append(const Array& x, const Array& values, std::optional<int> axis = std::nullopt);
/// Equal parts along an axis. Throws ShapeError if they would not be equal.
std::vector<Array> split(const Array& x, int sections, int axis = 0);
std::vector<Array> split(const Array& x, std::initializer_list<std::int64_t> indices, int axis = 0);
/// Parts cut at the given positions of an axis.
std::vector<Array> split(const Array& x, std::span<const std::int64_t> indices, int axis = 0);
/// Elements start[d], start[d] + stride[d], ... below limit[d] of each dimension (lax.slice).
Array slice(const Array& x, std::span<const std::int64_t> start, std::span<const std::int64_t> limit,
            std::span<const std::int64_t> stride = {});
Array slice(const Array& x, std::initializer_list<std::int64_t> start,
            std::initializer_list<std::int64_t> limit, std::initializer_list<std::int64_t> stride = {});
/// Elements start, start + stride, ... below limit of one dimension.
Array slice_in_dim(const Array& x, std::int64_t start, std::int64_t limit, std::int64_t stride = 1,
                   int axis = 0);
/// How `pad` makes up the elements around an array, as NumPy names it.
enum class PadMode { constant, edge, reflect, symmetric, wrap };
/// Adds (low, high) elements of a constant around each dimension.
Array pad(const Array& x, std::span<const std::pair<std::int64_t, std::int64_t>> pad_width,
          const Array& constant_values = 0);
Array pad(const Array& x, std::initializer_list<std::pair<std::int64_t, std::int64_t>> pad_width,
          const Array& constant_values = 0);
/// The same number on both sides of all dimensions.
Array pad(const Array& x, std::int64_t pad_width, const Array& constant_values = 0);
/// Elements taken from the array itself: its edge, or what lies on its far side or mirrored.
Array pad(const Array& x, std::span<const std::pair<std::int64_t, std::int64_t>> pad_width, PadMode mode);
Array pad(const Array& x, std::initializer_list<std::pair<std::int64_t, std::int64_t>> pad_width,
          PadMode mode);
/// Puts `interior` copies of a value between neighbours of each dimension, `low` in front and `high` behind
/// them (lax.pad). Negative low and high cut elements off.
Array pad_interior(const Array& x, std::span<const std::int64_t> low, std::span<const std::int64_t> high,
                   std::span<const std::int64_t> interior, const Array& value = 0);
/// The order of elements reversed along the axes; along all if none is given.
Array flip(const Array& x, std::span<const int> axes = {});
Array flip(const Array& x, std::initializer_list<int> axes);
Array flip(const Array& x, int axis);
/// Elements moved along an axis, what falls off coming in at the other end; of all elements in row-major
/// order without an axis.
Array roll(const Array& x, std::int64_t shift, std::optional<int> axis = std::nullopt);
Array roll(const Array& x, std::span<const std::int64_t> shift, std::span<const int> axis);
Array roll(const Array& x, std::initializer_list<std::int64_t> shift, std::initializer_list<int> axis);
/// The whole array repeated along each dimension.
Array tile(const Array& x, std::span<const std::int64_t> reps);
Array tile(const Array& x, std::initializer_list<std::int64_t> reps);
Array tile(const Array& x, std::int64_t reps);
/// Each element repeated along an axis; of the flattened array without one.
Array repeat(const Array& x, std::int64_t repeats, std::optional<int> axis = std::nullopt);
/// Turned by 90 degrees `k` times in the plane of two axes, from the first towards the second.
Array rot90(const Array& x, int k = 1, int first = 0, int second = 1);
/// The elements on a diagonal of two axes, along a new last axis.
Array diagonal(const Array& x, std::int64_t offset = 0, int axis1 = 0, int axis2 = 1);
/// Of a vector, the matrix with it on the k-th diagonal; of a matrix, the k-th diagonal.
Array diag(const Array& x, std::int64_t k = 0);

/// Parts along an axis that are as equal as can be, the first ones longer by one.
std::vector<Array> array_split(const Array& x, int sections, int axis = 0);
/// Equal parts along the second axis (the first for one dimension), the first, or the third.
std::vector<Array> hsplit(const Array& x, int sections);
std::vector<Array> vsplit(const Array& x, int sections);
std::vector<Array> dsplit(const Array& x, int sections);
/// The slices along an axis, which goes.
std::vector<Array> unstack(const Array& x, int axis = 0);
/// Vectors as the columns of a matrix, beside matrices.
Array column_stack(std::span<const Array> parts);
Array column_stack(std::initializer_list<Array> parts);
/// The order of columns (the second axis), or of rows (the first), reversed.
Array fliplr(const Array& x);
Array flipud(const Array& x);
/// The last two dimensions exchanged.
Array matrix_transpose(const Array& x);
/// The matrix with all elements of x on its k-th diagonal.
Array diagflat(const Array& x, std::int64_t k = 0);
/// x without some positions of an axis; of the flattened array without one. Throws ShapeError for positions
/// that do not exist.
Array delete_(const Array& x, std::span<const std::int64_t> positions,
              std::optional<int> axis = std::nullopt);
Array delete_(const Array& x, std::initializer_list<std::int64_t> positions,
              std::optional<int> axis = std::nullopt);
/// x with `values` put in front of a position of an axis; of the flattened array without one. They broadcast
/// to one slice, or have as many as they have along the axis. Throws ShapeError for a position that does not
/// exist.
Array insert(const Array& x, std::int64_t position, const Array& values,
             std::optional<int> axis = std::nullopt);

}  // namespace copse
