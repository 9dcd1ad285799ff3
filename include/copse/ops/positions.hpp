// Positions of elements: grids of them, and from one number to several and back. Choosing among arrays by
// conditions.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "copse/core/array.hpp"

namespace copse {

/// What the functions on triangles give: rows and columns of positions, to index with.
struct Positions {
  Array rows, columns;
};
/// The positions on and below the k-th diagonal of an n x m matrix (n x n unless given), int32.
Positions tril_indices(std::int64_t n, std::int64_t k = 0, std::optional<std::int64_t> m = std::nullopt);
/// The positions on and above the k-th diagonal of an n x m matrix (n x n unless given), int32.
Positions triu_indices(std::int64_t n, std::int64_t k = 0, std::optional<std::int64_t> m = std::nullopt);
/// For each axis of a shape every element's position along it, int32: (rank, shape...).
Array indices(const Shape& shape, DType dtype = DType::int32);
/// Positions in the flattened array as positions in each dimension, int32; negative ones count from the end.
/// Those out of range are clamped. Throws DTypeError unless they are integers.
std::vector<Array> unravel_index(const Array& index, const Shape& shape);
/// The way back. Throws ShapeError unless there is one array a dimension, DTypeError unless they are
/// integers. Those out of range are clamped.
Array ravel_multi_index(std::span<const Array> index, const Shape& shape);
Array ravel_multi_index(std::initializer_list<Array> index, const Shape& shape);
/// The positions of what is not zero, one row each, int32. Needs known values.
Array argwhere(const Array& x);
/// The positions in the flattened array of what is not zero, int32. Needs known values.
Array flatnonzero(const Array& x);

/// x with `values` at the places along an axis that `take_along_axis` would read; they broadcast to the
/// indices' shape. Of several values for one place the last stays.
Array put_along_axis(const Array& x, const Array& indices, const Array& values, int axis);

/// The element of the first choice whose condition holds, `otherwise` where none does; all broadcast. Throws
/// ValueError unless there are as many conditions as choices, and one at least.
Array select(std::span<const Array> conditions, std::span<const Array> choices, const Array& otherwise = 0);
Array select(std::initializer_list<Array> conditions, std::initializer_list<Array> choices,
             const Array& otherwise = 0);

}  // namespace copse
