#include "copse/ops/positions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "../core/concrete.hpp"
#include "../core/sizes.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/shaping.hpp"

namespace copse {
namespace {

// Columns [from(row), to(row)) of each row.
template <class From, class To>
Positions triangle(std::int64_t n, std::int64_t m, From from, To to) {
  (void)ShapeDtype{Shape{n, m}, DType::int32}.bytes();  // refuses what could never be made
  std::vector<std::int32_t> rows, columns;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = std::max<std::int64_t>(from(i), 0); j < std::min(to(i), m); ++j) {
      rows.push_back(static_cast<std::int32_t>(i));
      columns.push_back(static_cast<std::int32_t>(j));
    }
  return {array(std::move(rows)), array(std::move(columns))};
}

void require_integers(const Array& index, const char* function) {
  if (!is_integer(index.dtype()))
    throw DTypeError(
        fmt::format("{}: positions have dtype {}, wanted integers", function, name_of(index.dtype())));
}

std::span<const Array> spanned(std::initializer_list<Array> list) { return {list.begin(), list.size()}; }

}  // namespace

Positions tril_indices(std::int64_t n, std::int64_t k, std::optional<std::int64_t> m) {
  const std::int64_t columns = m.value_or(n);
  k = detail::diagonal_within(n, columns, k);
  return triangle(
      n, columns, [](std::int64_t) { return std::int64_t{0}; }, [&](std::int64_t i) { return i + k + 1; });
}

Positions triu_indices(std::int64_t n, std::int64_t k, std::optional<std::int64_t> m) {
  const std::int64_t columns = m.value_or(n);
  k = detail::diagonal_within(n, columns, k);
  return triangle(
      n, columns, [&](std::int64_t i) { return i + k; }, [&](std::int64_t) { return columns; });
}

Array indices(const Shape& shape, DType dtype) try {
  std::vector<Array> grids;
  for (int d = 0; d < shape.rank(); ++d) {
    Shape own = Shape::filled(shape.rank(), 1);
    own[d] = shape[d];
    grids.push_back(broadcast_to(reshape(arange(shape[d], dtype), own), shape));
  }
  return grids.empty() ? zeros({0}, dtype) : stack(grids);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("indices");
}

std::vector<Array> unravel_index(const Array& index, const Shape& shape) try {
  require_integers(index, "unravel_index");
  const std::int64_t n = shape.elements();
  Array rest = astype(index, n > std::numeric_limits<std::int32_t>::max() ? DType::int64 : DType::int32);
  rest = clip(where(less(rest, 0), rest + n, rest), 0, std::max<std::int64_t>(n - 1, 0));
  std::vector<Array> out(shape.size());
  for (int d = shape.rank() - 1; d >= 0; --d) {
    const std::int64_t extent = std::max<std::int64_t>(shape[d], 1);
    out[static_cast<std::size_t>(d)] = astype(mod(rest, extent), DType::int32);
    rest = floor_divide(rest, extent);
  }
  return out;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("unravel_index");
}

Array ravel_multi_index(std::span<const Array> index, const Shape& shape) {
  if (index.size() != shape.size())
    throw ShapeError(fmt::format("ravel_multi_index: got {} arrays of positions for shape {}", index.size(),
                                 to_string(shape)));
  for (const Array& positions : index) require_integers(positions, "ravel_multi_index");
  const DType dtype =
      shape.elements() > std::numeric_limits<std::int32_t>::max() ? DType::int64 : DType::int32;
  Array flat = full({}, 0, dtype);
  for (int d = 0; d < shape.rank(); ++d) {
    const Array at = astype(index[static_cast<std::size_t>(d)], dtype);
    flat = flat * shape[d] + clip(at, 0, std::max<std::int64_t>(shape[d] - 1, 0));
  }
  return flat;
}
Array ravel_multi_index(std::initializer_list<Array> index, const Shape& shape) {
  return ravel_multi_index(spanned(index), shape);
}

Array argwhere(const Array& x) try {
  (void)detail::concrete(x, "argwhere", detail::without_masks);
  const std::vector<Array> positions = nonzero(atleast_1d(x));
  const Array rows = stack(positions, 1);
  return x.ndim() == 0 ? slice_in_dim(rows, 0, 0, 1, 1) : rows;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("argwhere");
}

Array flatnonzero(const Array& x) {
  (void)detail::concrete(x, "flatnonzero", detail::without_masks);
  return nonzero(ravel(x))[0];
}

Array put_along_axis(const Array& x, const Array& indices, const Array& values, int axis) try {
  const int along = normalize_axis(axis, x.ndim(), "put_along_axis");
  if (indices.ndim() != x.ndim())
    throw ShapeError(fmt::format("put_along_axis: indices have shape {}, wanted as many dimensions as {}",
                                 to_string(indices.shape()), to_string(x.shape())));
  // Every dimension has its own positions, the axis those given.
  Shape shape = x.shape();
  shape[along] = indices.shape(along);
  std::vector<Index> items;
  for (int d = 0; d < x.ndim(); ++d) {
    Shape own = Shape::filled(x.ndim(), 1);
    own[d] = x.shape(d);
    items.emplace_back(d == along ? broadcast_to(indices, shape) : reshape(arange(x.shape(d)), own));
  }
  return At(x, std::move(items)).set(broadcast_to(values, shape));
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("put_along_axis");
}

Array select(std::span<const Array> conditions, std::span<const Array> choices, const Array& otherwise) {
  if (conditions.size() != choices.size() || conditions.empty())
    throw ValueError(fmt::format("select: got {} conditions and {} choices, wanted as many, and one at least",
                                 conditions.size(), choices.size()));
  Array out = otherwise;
  for (std::size_t i = conditions.size(); i-- > 0;) out = where(conditions[i], choices[i], out);
  return out;
}
Array select(std::initializer_list<Array> conditions, std::initializer_list<Array> choices,
             const Array& otherwise) {
  return select(spanned(conditions), spanned(choices), otherwise);
}

}  // namespace copse
