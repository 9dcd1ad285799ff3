#include <fmt/format.h>

#include <algorithm>

#include "../../core/sizes.hpp"
#include "../elementwise/apply.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/shaping.hpp"
#include "primitives.hpp"

namespace copse {
namespace {

using Width = std::pair<std::int64_t, std::int64_t>;

void require_widths(const Array& x, std::span<const Width> width) {
  if (width.size() != x.shape().size())
    throw ShapeError(
        fmt::format("pad: got {} pairs of widths for an array of shape {}, wanted one a dimension",
                    width.size(), to_string(x.shape())));
  for (const auto& [low, high] : width)
    if (low < 0 || high < 0)
      throw ValueError(fmt::format(
          "pad: got widths ({}, {}), wanted 0 or more; pad_interior and slice cut off", low, high));
}

// The new extent of a dimension of n elements; negative where more is cut off than there is.
std::int64_t padded_extent(const char* function, std::int64_t n, std::int64_t low, std::int64_t high,
                           std::int64_t interior) {
  const std::int64_t between = detail::multiply_sizes(std::max<std::int64_t>(n - 1, 0), interior, function);
  return detail::add_sizes(detail::add_sizes(detail::add_sizes(n, between, function), low, function), high,
                           function);
}

Array taken(const Array& x, std::int64_t from, std::int64_t to, int axis) {
  return slice_in_dim(x, from, to, 1, axis);
}

// One side of one dimension, `low` being the first; `period` elements were there at the start. Each round
// adds as much as the array can give.
Array extend(const Array& x, std::int64_t period, int axis, std::int64_t width, bool low, PadMode mode) {
  Array out = x;
  while (width > 0) {
    const std::int64_t n = out.shape()[axis];
    Array part;
    std::int64_t count = 0;
    if (mode == PadMode::edge || period == 1) {
      count = width;
      part = repeat(low ? taken(out, 0, 1, axis) : taken(out, n - 1, n, axis), count, axis);
    } else if (mode == PadMode::wrap) {
      count = std::min(width, period);
      part =
          low ? taken(out, period - count, period, axis) : taken(out, n - period, n - period + count, axis);
    } else {
      const std::int64_t skip = mode == PadMode::reflect ? 1 : 0;
      count = std::min(width, period - skip);
      part = flip(low ? taken(out, skip, skip + count, axis) : taken(out, n - skip - count, n - skip, axis),
                  axis);
    }
    out = low ? concatenate({part, out}, axis) : concatenate({out, part}, axis);
    width -= count;
  }
  return out;
}

}  // namespace

Array pad_interior(const Array& x, std::span<const std::int64_t> low, std::span<const std::int64_t> high,
                   std::span<const std::int64_t> interior, const Array& value) {
  const std::size_t rank = x.shape().size();
  if (low.size() != rank || high.size() != rank || interior.size() != rank)
    throw ShapeError(
        fmt::format("pad_interior: low {}, high {} and interior {} do not have the {} dimensions of shape {}",
                    shaping::to_string(low), shaping::to_string(high), shaping::to_string(interior), rank,
                    to_string(x.shape())));
  if (value.ndim() != 0)
    throw ShapeError(
        fmt::format("pad_interior: the value has shape {}, wanted a scalar", to_string(value.shape())));
  bool whole = true;
  for (std::size_t d = 0; d < rank; ++d) {
    const std::int64_t n = x.shape()[static_cast<int>(d)];
    if (interior[d] < 0)
      throw ValueError(
          fmt::format("pad_interior: interior is {} in dimension {}, wanted 0 or more", interior[d], d));
    if (padded_extent("pad_interior", n, low[d], high[d], interior[d]) < 0)
      throw ShapeError(
          fmt::format("pad_interior: ({}, {}, {}) takes more from dimension {} of shape {} than there is",
                      low[d], high[d], interior[d], d, to_string(x.shape())));
    whole = whole && low[d] == 0 && high[d] == 0 && (interior[d] == 0 || n <= 1);
  }
  if (whole) return x;
  return bind(
      shaping::pad({low.begin(), low.end()}, {high.begin(), high.end()}, {interior.begin(), interior.end()}),
      x, elementwise::convert(value, x.dtype(), false, "pad"));
}

Array pad(const Array& x, std::span<const Width> pad_width, const Array& constant_values) try {
  require_widths(x, pad_width);
  shaping::Extents low, high;
  for (const auto& [before, after] : pad_width) {
    low.push_back(before);
    high.push_back(after);
  }
  return pad_interior(x, low, high, shaping::Extents(low.size(), 0), constant_values);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("pad");
}

Array pad(const Array& x, std::initializer_list<Width> pad_width, const Array& constant_values) {
  return pad(x, std::span<const Width>(pad_width.begin(), pad_width.size()), constant_values);
}

Array pad(const Array& x, std::int64_t pad_width, const Array& constant_values) try {
  const std::vector<Width> widths(x.shape().size(), Width{pad_width, pad_width});
  return pad(x, std::span<const Width>(widths), constant_values);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("pad");
}

Array pad(const Array& x, std::span<const Width> pad_width, PadMode mode) {
  if (mode == PadMode::constant) return pad(x, pad_width);
  require_widths(x, pad_width);
  ShapeDtype wanted = x.type();
  for (int axis = 0; axis < x.ndim(); ++axis) {
    const auto& [low, high] = pad_width[static_cast<std::size_t>(axis)];
    wanted.shape[axis] = padded_extent("pad", x.shape()[axis], low, high, 0);
  }
  (void)wanted.bytes();  // refuses what could never be made before anything is
  Array out = x;
  for (int axis = 0; axis < x.ndim(); ++axis) {
    const auto& [low, high] = pad_width[static_cast<std::size_t>(axis)];
    if ((low || high) && x.shape()[axis] == 0)
      throw ShapeError(
          fmt::format("pad: axis {} of shape {} has no elements to pad with", axis, to_string(x.shape())));
    out = extend(out, x.shape()[axis], axis, high, false, mode);
    out = extend(out, x.shape()[axis], axis, low, true, mode);
  }
  return out;
}

Array pad(const Array& x, std::initializer_list<Width> pad_width, PadMode mode) {
  return pad(x, std::span<const Width>(pad_width.begin(), pad_width.size()), mode);
}

}  // namespace copse
