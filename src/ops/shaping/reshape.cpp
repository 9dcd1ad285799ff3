// Functions that keep the order of elements, or repeat them.
#include <fmt/format.h>

#include <algorithm>

#include "../../core/sizes.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/shaping.hpp"
#include "primitives.hpp"

namespace copse {
namespace shaping {

std::vector<int> normalize_axes(std::span<const int> axes, int rank, const char* function) try {
  std::vector<int> out;
  for (const int axis : axes) {
    const int at = normalize_axis(axis, rank, function);
    if (std::find(out.begin(), out.end(), at) != out.end())
      throw ShapeError(fmt::format("{}: axis {} is given twice in {}", function, axis, to_string(axes)));
    out.push_back(at);
  }
  return out;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory(function);
}

}  // namespace shaping

Array reshape(const Array& x, std::span<const std::int64_t> shape) {
  Shape to;
  int open = -1;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] < -1 || (shape[d] == -1 && open >= 0))
      throw ShapeError(
          fmt::format("reshape: got shape {} for an array of shape {}; one dimension may be -1, none less",
                      shaping::to_string(shape), to_string(x.shape())));
    if (shape[d] == -1) open = static_cast<int>(d);
    to.push_back(shape[d] == -1 ? 1 : shape[d]);
  }
  const std::int64_t rest = to.elements();
  if (open >= 0 && rest > 0) to[open] = x.size() / rest;
  if (to.elements() != x.size() || (open >= 0 && rest == 0))
    throw ShapeError(fmt::format("reshape: an array of shape {} has {} elements, which do not make up {}",
                                 to_string(x.shape()), x.size(), shaping::to_string(shape)));
  return to == x.shape() ? x : bind(shaping::reshape(to), x);
}

Array reshape(const Array& x, std::initializer_list<std::int64_t> shape) {
  return reshape(x, std::span<const std::int64_t>(shape.begin(), shape.size()));
}

Array reshape(const Array& x, const Shape& shape) {
  return reshape(x, std::span<const std::int64_t>(shape.begin(), shape.size()));
}

Array ravel(const Array& x) { return reshape(x, Shape{x.size()}); }

Array broadcast_to(const Array& x, const Shape& shape) {
  const Shape& from = x.shape();
  if (from == shape) return x;
  bool fits = from.rank() <= shape.rank();
  for (int i = 0; fits && i < from.rank(); ++i) {
    const std::int64_t extent = shape[shape.rank() - from.rank() + i];
    fits = from[i] == extent || from[i] == 1;
  }
  if (!fits)
    throw ShapeError(
        fmt::format("broadcast_to: shape {} does not broadcast to {}", to_string(from), to_string(shape)));
  // Where nothing is repeated the elements can stay where they are.
  if (shape.elements() == x.size()) return reshape(x, shape);
  return bind(shaping::broadcast(shape), x);
}

std::vector<Array> broadcast_arrays(std::span<const Array> arrays) try {
  Shape shape;
  for (const Array& x : arrays) shape = broadcast_shapes(shape, x.shape(), "broadcast_arrays");
  std::vector<Array> out;
  for (const Array& x : arrays) out.push_back(broadcast_to(x, shape));
  return out;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("broadcast_arrays");
}

Array expand_dims(const Array& x, std::span<const int> axes) try {
  std::vector<int> at =
      shaping::normalize_axes(axes, x.ndim() + static_cast<int>(axes.size()), "expand_dims");
  std::sort(at.begin(), at.end());
  Shape shape = x.shape();
  for (const int axis : at) shape.insert(axis, 1);
  return reshape(x, shape);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("expand_dims");
}

Array expand_dims(const Array& x, std::initializer_list<int> axes) {
  return expand_dims(x, std::span<const int>(axes.begin(), axes.size()));
}

Array expand_dims(const Array& x, int axis) { return expand_dims(x, std::span<const int>(&axis, 1)); }

Array squeeze(const Array& x, std::span<const int> axes) try {
  std::vector<int> at = shaping::normalize_axes(axes, x.ndim(), "squeeze");
  std::sort(at.rbegin(), at.rend());
  Shape shape = x.shape();
  for (const int axis : at) {
    if (shape[axis] != 1)
      throw ShapeError(fmt::format("squeeze: axis {} of shape {} has extent {}, only 1 can be removed", axis,
                                   to_string(x.shape()), shape[axis]));
    shape.erase(axis);
  }
  return reshape(x, shape);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("squeeze");
}

Array squeeze(const Array& x) {
  Shape shape;
  for (const std::int64_t extent : x.shape())
    if (extent != 1) shape.push_back(extent);
  return reshape(x, shape);
}

Array squeeze(const Array& x, std::initializer_list<int> axes) {
  return squeeze(x, std::span<const int>(axes.begin(), axes.size()));
}

Array squeeze(const Array& x, int axis) { return squeeze(x, std::span<const int>(&axis, 1)); }

Array atleast_1d(const Array& x) { return x.ndim() == 0 ? expand_dims(x, 0) : x; }
Array atleast_2d(const Array& x) { return x.ndim() >= 2 ? x : expand_dims(atleast_1d(x), 0); }
Array atleast_3d(const Array& x) { return x.ndim() >= 3 ? x : expand_dims(atleast_2d(x), 2); }

Array tile(const Array& x, std::span<const std::int64_t> reps) {
  // Each dimension d becomes (reps, d), of which the first is repeated.
  const int rank = std::max(x.ndim(), static_cast<int>(reps.size()));
  Shape split, repeated, merged;
  for (int d = 0; d < rank; ++d) {
    const int i = d - (rank - x.ndim()), r = d - (rank - static_cast<int>(reps.size()));
    const std::int64_t extent = i < 0 ? 1 : x.shape()[i],
                       count = r < 0 ? 1 : reps[static_cast<std::size_t>(r)];
    if (count < 0) throw ValueError(fmt::format("tile: got {} repetitions, wanted 0 or more", count));
    // A dimension that is repeated alone needs no second one, and few are allowed.
    if (count != 1 && extent != 1) {
      split.push_back(1);
      repeated.push_back(count);
      split.push_back(extent);
      repeated.push_back(extent);
    } else {
      split.push_back(extent);
      repeated.push_back(detail::multiply_sizes(extent, count, "tile"));
    }
    merged.push_back(detail::multiply_sizes(extent, count, "tile"));
  }
  return reshape(broadcast_to(reshape(x, split), repeated), merged);
}

Array tile(const Array& x, std::initializer_list<std::int64_t> reps) {
  return tile(x, std::span<const std::int64_t>(reps.begin(), reps.size()));
}

Array tile(const Array& x, std::int64_t reps) { return tile(x, std::span<const std::int64_t>(&reps, 1)); }

Array repeat(const Array& x, std::int64_t repeats, std::optional<int> axis) {
  if (repeats < 0) throw ValueError(fmt::format("repeat: got {} repetitions, wanted 0 or more", repeats));
  if (!axis) return repeat(ravel(x), repeats, 0);
  const int at = normalize_axis(*axis, x.ndim(), "repeat");
  Shape split = x.shape(), merged = x.shape();
  split.insert(at + 1, 1);
  Shape repeated = split;
  repeated[at + 1] = repeats;
  merged[at] = detail::multiply_sizes(merged[at], repeats, "repeat");
  return reshape(broadcast_to(reshape(x, split), repeated), merged);
}

}  // namespace copse
