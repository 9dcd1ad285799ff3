// Functions that cut arrays into parts and join them.
#include <fmt/format.h>

#include <algorithm>

#include "../../core/sizes.hpp"
#include "../elementwise/apply.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "primitives.hpp"

namespace copse {
namespace {

std::span<const Array> spanned(std::initializer_list<Array> parts) { return {parts.begin(), parts.size()}; }

// All parts in their common dtype.
std::vector<Array> promoted(std::span<const Array> parts, const char* function) try {
  if (parts.empty()) throw ValueError(fmt::format("{}: got no arrays, wanted one or more", function));
  PromotionType type = parts[0].type().type();
  for (const Array& part : parts.subspan(1)) type = promote(type, part.type().type());
  std::vector<Array> out;
  for (const Array& part : parts)
    out.push_back(elementwise::convert(part, type.dtype, part.weak_type(), function));
  return out;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory(function);
}

Array join(std::span<const Array> parts, int axis, const char* function) try {
  std::vector<Array> in = promoted(parts, function);
  const Shape& first = in[0].shape();
  axis = normalize_axis(axis, first.rank(), function);
  for (const Array& part : in) {
    const Shape& shape = part.shape();
    bool fits = shape.rank() == first.rank();
    for (int d = 0; fits && d < first.rank(); ++d) fits = d == axis || shape[d] == first[d];
    if (!fits)
      throw ShapeError(
          fmt::format("{}: shapes {} and {} do not join along axis {}: all other dimensions must agree",
                      function, to_string(first), to_string(shape), axis));
  }
  if (in.size() == 1) return in[0];
  Array out;
  copse::bind(shaping::concatenate(axis), in, std::span<Array>(&out, 1));
  return out;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory(function);
}

template <class F>
Array join_each(std::span<const Array> parts, int axis, const char* function, F shaped) try {
  // Promoted as they are: a bare number that does not fit is found out before it has dimensions.
  std::vector<Array> in = promoted(parts, function);
  for (Array& part : in) part = shaped(part);
  return join(in, axis, function);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory(function);
}

}  // namespace

Array concatenate(std::span<const Array> parts, int axis) { return join(parts, axis, "concatenate"); }
Array concatenate(std::initializer_list<Array> parts, int axis) { return concatenate(spanned(parts), axis); }

Array stack(std::span<const Array> parts, int axis) {
  if (parts.empty()) throw ValueError("stack: got no arrays, wanted one or more");
  for (const Array& part : parts)
    if (part.shape() != parts[0].shape())
      throw ShapeError(fmt::format("stack: shapes {} and {} differ", to_string(parts[0].shape()),
                                   to_string(part.shape())));
  const int at = normalize_axis(axis, parts[0].ndim() + 1, "stack");
  return join_each(parts, at, "stack", [&](const Array& part) { return expand_dims(part, at); });
}
Array stack(std::initializer_list<Array> parts, int axis) { return stack(spanned(parts), axis); }

Array hstack(std::span<const Array> parts) {
  const int axis = !parts.empty() && parts[0].ndim() > 1 ? 1 : 0;
  return join_each(parts, axis, "hstack", [](const Array& part) { return atleast_1d(part); });
}
Array hstack(std::initializer_list<Array> parts) { return hstack(spanned(parts)); }
Array vstack(std::span<const Array> parts) {
  return join_each(parts, 0, "vstack", [](const Array& part) { return atleast_2d(part); });
}
Array vstack(std::initializer_list<Array> parts) { return vstack(spanned(parts)); }
Array dstack(std::span<const Array> parts) {
  return join_each(parts, 2, "dstack", [](const Array& part) { return atleast_3d(part); });
}
Array dstack(std::initializer_list<Array> parts) { return dstack(spanned(parts)); }

Array append(const Array& x, const Array& values, std::optional<int> axis) {
  if (axis) return concatenate({x, values}, *axis);
  return join_each(spanned({x, values}), 0, "append", [](const Array& part) { return ravel(part); });
}

Array slice(const Array& x, std::span<const std::int64_t> start, std::span<const std::int64_t> limit,
            std::span<const std::int64_t> stride) {
  const std::size_t rank = x.shape().size();
  if (start.size() != rank || limit.size() != rank || (!stride.empty() && stride.size() != rank))
    throw ShapeError(
        fmt::format("slice: start {}, limit {} and stride {} do not have the {} dimensions of shape {}",
                    shaping::to_string(start), shaping::to_string(limit), shaping::to_string(stride), rank,
                    to_string(x.shape())));
  shaping::Extents steps =
      stride.empty() ? shaping::Extents(rank, 1) : shaping::Extents(stride.begin(), stride.end());
  bool whole = true;
  for (std::size_t d = 0; d < rank; ++d) {
    const std::int64_t extent = x.shape()[static_cast<int>(d)];
    if (start[d] < 0 || limit[d] < start[d] || limit[d] > extent || steps[d] < 1)
      throw ShapeError(fmt::format("slice: from {} to {} by {} does not lie in dimension {} of shape {}",
                                   start[d], limit[d], steps[d], d, to_string(x.shape())));
    steps[d] = std::min(steps[d], std::max<std::int64_t>(extent, 1));  // beyond that they all lead out of it
    whole = whole && start[d] == 0 && limit[d] == extent && (steps[d] == 1 || extent <= 1);
  }
  if (whole) return x;
  return bind(shaping::slice({start.begin(), start.end()}, {limit.begin(), limit.end()}, steps), x);
}

Array slice(const Array& x, std::initializer_list<std::int64_t> start,
            std::initializer_list<std::int64_t> limit, std::initializer_list<std::int64_t> stride) {
  const auto list = [](std::initializer_list<std::int64_t> l) {
    return std::span<const std::int64_t>(l.begin(), l.size());
  };
  return slice(x, list(start), list(limit), list(stride));
}

Array slice_in_dim(const Array& x, std::int64_t start, std::int64_t limit, std::int64_t stride,
                   int axis) try {
  const auto at = static_cast<std::size_t>(normalize_axis(axis, x.ndim(), "slice_in_dim"));
  shaping::Extents starts(x.shape().size(), 0), limits = x.shape().to_vector(), strides(x.shape().size(), 1);
  starts[at] = start;
  limits[at] = limit;
  strides[at] = stride;
  return slice(x, starts, limits, strides);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("slice_in_dim");
}

std::vector<Array> split(const Array& x, std::span<const std::int64_t> indices, int axis) try {
  const int at = normalize_axis(axis, x.ndim(), "split");
  const std::int64_t extent = x.shape()[at];
  std::vector<Array> out;
  std::int64_t from = 0;
  for (std::size_t i = 0; i <= indices.size(); ++i) {
    // As in Python: negative positions count from the end, those beyond an end stand for it.
    std::int64_t to = i < indices.size() ? indices[i] : extent;
    if (to < 0) to = std::max<std::int64_t>(0, to + extent);
    to = std::min(to, extent);
    out.push_back(slice_in_dim(x, std::min(from, to), to, 1, at));
    from = to;
  }
  return out;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("split");
}

std::vector<Array> split(const Array& x, std::initializer_list<std::int64_t> indices, int axis) try {
  return split(x, std::span<const std::int64_t>(indices.begin(), indices.size()), axis);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("split");
}

std::vector<Array> split(const Array& x, int sections, int axis) try {
  const std::int64_t extent = x.shape()[normalize_axis(axis, x.ndim(), "split")];
  if (sections < 1 || extent % sections != 0)
    throw ShapeError(fmt::format("split: axis {} of shape {} does not divide into {} equal parts", axis,
                                 to_string(x.shape()), sections));
  std::vector<std::int64_t> cuts;
  for (int i = 1; i < sections; ++i) cuts.push_back(extent / sections * i);
  return split(x, cuts, axis);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("split");
}

Array roll(const Array& x, std::int64_t shift, std::optional<int> axis) {
  if (!axis) return reshape(roll(ravel(x), shift, 0), x.shape());
  const int at = normalize_axis(*axis, x.ndim(), "roll");
  const std::int64_t extent = x.shape()[at];
  if (extent == 0) return x;
  const std::int64_t back = shift % extent, cut = back > 0 ? extent - back : -back;
  if (cut == 0) return x;
  return concatenate({slice_in_dim(x, cut, extent, 1, at), slice_in_dim(x, 0, cut, 1, at)}, at);
}

Array roll(const Array& x, std::span<const std::int64_t> shift, std::span<const int> axis) {
  if (shift.size() != axis.size())
    throw ShapeError(fmt::format("roll: got {} shifts for {} axes", shift.size(), axis.size()));
  Array out = x;
  for (std::size_t i = 0; i < axis.size(); ++i) out = roll(out, shift[i], axis[i]);
  return out;
}

Array roll(const Array& x, std::initializer_list<std::int64_t> shift, std::initializer_list<int> axis) {
  return roll(x, std::span<const std::int64_t>(shift.begin(), shift.size()),
              std::span<const int>(axis.begin(), axis.size()));
}

Array diagonal(const Array& x, std::int64_t offset, int axis1, int axis2) {
  const int both[] = {axis1, axis2}, last[] = {-2, -1};
  if (x.ndim() < 2)
    throw ShapeError(
        fmt::format("diagonal: got shape {}, wanted two dimensions or more", to_string(x.shape())));
  const Array matrix = moveaxis(x, both, last);
  const std::int64_t n = matrix.shape(-2), m = matrix.shape(-1);
  offset = detail::diagonal_within(n, m, offset);
  const std::int64_t row = std::max<std::int64_t>(0, -offset), column = std::max<std::int64_t>(0, offset);
  const std::int64_t length = std::max<std::int64_t>(0, std::min(n - row, m - column));
  // In row-major order the diagonal's elements lie m + 1 apart.
  Shape flat = matrix.shape();
  flat.erase(flat.rank() - 1);
  flat[-1] = n * m;
  const std::int64_t first = length ? row * m + column : 0;
  return slice_in_dim(reshape(matrix, flat), first, length ? first + (length - 1) * (m + 1) + 1 : 0, m + 1,
                      -1);
}

Array diag(const Array& x, std::int64_t k) {
  if (x.ndim() == 2) return diagonal(x, k);
  if (x.ndim() != 1)
    throw ShapeError(fmt::format("diag: got shape {}, wanted one or two dimensions", to_string(x.shape())));
  const std::int64_t low = std::max<std::int64_t>(0, k);
  const std::int64_t high = k < 0 ? detail::multiply_sizes(k, -1, "diag") : 0;
  const Array padded = pad(x, {{low, high}});
  const std::int64_t n = padded.size();
  return where(eye(n, n, k, DType::bool_), padded, zeros_like(padded));
}

}  // namespace copse
