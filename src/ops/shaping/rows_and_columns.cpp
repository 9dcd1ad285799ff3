// Rows, columns and slices: taken apart, put together, left out.
#include <fmt/format.h>

#include <algorithm>

#include "../elementwise/apply.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/shaping.hpp"

namespace copse {
namespace {

void require_dimensions(const Array& x, int wanted, const char* function) {
  if (x.ndim() < wanted)
    throw ShapeError(fmt::format("{}: got shape {}, wanted {} dimension{} or more", function,
                                 to_string(x.shape()), wanted, wanted == 1 ? "" : "s"));
}

}  // namespace

std::vector<Array> array_split(const Array& x, int sections, int axis) try {
  const int at = normalize_axis(axis, x.ndim(), "array_split");
  if (sections < 1) throw ValueError(fmt::format("array_split: got {} parts, wanted one or more", sections));
  const std::int64_t each = x.shape(at) / sections, longer = x.shape(at) % sections;
  std::vector<std::int64_t> cuts;
  for (std::int64_t i = 1; i < sections; ++i) cuts.push_back(i * each + std::min(i, longer));
  return split(x, cuts, at);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("array_split");
}

std::vector<Array> hsplit(const Array& x, int sections) try {
  require_dimensions(x, 1, "hsplit");
  return split(x, sections, x.ndim() == 1 ? 0 : 1);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("hsplit");
}
std::vector<Array> vsplit(const Array& x, int sections) try {
  require_dimensions(x, 2, "vsplit");
  return split(x, sections, 0);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("vsplit");
}
std::vector<Array> dsplit(const Array& x, int sections) try {
  require_dimensions(x, 3, "dsplit");
  return split(x, sections, 2);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("dsplit");
}

std::vector<Array> unstack(const Array& x, int axis) try {
  const int at = normalize_axis(axis, x.ndim(), "unstack");
  std::vector<Array> out;
  for (std::int64_t i = 0; i < x.shape(at); ++i) out.push_back(squeeze(slice_in_dim(x, i, i + 1, 1, at), at));
  return out;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("unstack");
}

Array column_stack(std::span<const Array> parts) try {
  std::vector<Array> columns;
  for (const Array& part : parts)
    columns.push_back(part.ndim() < 2 ? expand_dims(atleast_1d(part), -1) : part);
  return concatenate(columns, 1);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("column_stack");
}
Array column_stack(std::initializer_list<Array> parts) {
  return column_stack(std::span<const Array>(parts.begin(), parts.size()));
}

Array fliplr(const Array& x) {
  require_dimensions(x, 2, "fliplr");
  return flip(x, 1);
}
Array flipud(const Array& x) {
  require_dimensions(x, 1, "flipud");
  return flip(x, 0);
}
Array matrix_transpose(const Array& x) {
  require_dimensions(x, 2, "matrix_transpose");
  return swapaxes(x, -1, -2);
}

Array diagflat(const Array& x, std::int64_t k) { return diag(ravel(x), k); }

Array delete_(const Array& x, std::span<const std::int64_t> positions, std::optional<int> axis) try {
  if (!axis) return delete_(ravel(x), positions, 0);
  const int at = normalize_axis(*axis, x.ndim(), "delete_");
  const std::int64_t extent = x.shape(at);
  std::vector<bool> gone(static_cast<std::size_t>(extent), false);
  for (const std::int64_t position : positions) {
    const std::int64_t front = position < 0 ? position + extent : position;
    if (front < 0 || front >= extent)
      throw ShapeError(fmt::format("delete_: there is no position {} in axis {} of shape {}", position, *axis,
                                   to_string(x.shape())));
    gone[static_cast<std::size_t>(front)] = true;
  }
  std::vector<std::int32_t> left;
  for (std::size_t i = 0; i < gone.size(); ++i)
    if (!gone[i]) left.push_back(static_cast<std::int32_t>(i));
  return take(x, array(std::move(left)), at);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("delete");
}
Array delete_(const Array& x, std::initializer_list<std::int64_t> positions, std::optional<int> axis) {
  return delete_(x, std::span<const std::int64_t>(positions.begin(), positions.size()), axis);
}

Array insert(const Array& x, std::int64_t position, const Array& values, std::optional<int> axis) {
  if (!axis) return insert(ravel(x), position, values.ndim() == 0 ? values : ravel(values), 0);
  const int at = normalize_axis(*axis, x.ndim(), "insert");
  const std::int64_t extent = x.shape(at), front = position < 0 ? position + extent : position;
  if (front < 0 || front > extent)
    throw ShapeError(fmt::format("insert: there is no position {} in axis {} of shape {}", position, *axis,
                                 to_string(x.shape())));
  Shape slices = x.shape();
  slices[at] = values.ndim() == x.ndim() ? values.shape(at) : 1;
  const Array between = broadcast_to(
      elementwise::convert(x.ndim() - 1 == values.ndim() && x.ndim() > 1 ? expand_dims(values, at) : values,
                           x.dtype(), false, "insert"),
      slices);
  return concatenate({slice_in_dim(x, 0, front, 1, at), between, slice_in_dim(x, front, extent, 1, at)}, at);
}

}  // namespace copse
