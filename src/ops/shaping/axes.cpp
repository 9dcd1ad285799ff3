// Functions that change the order of dimensions, or of the elements along them.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "copse/core/error.hpp"
#include "copse/ops/shaping.hpp"
#include "primitives.hpp"

namespace copse {

Array transpose(const Array& x, std::span<const int> axes) try {
  const int rank = x.ndim();
  std::vector<int> order(static_cast<std::size_t>(rank));
  if (axes.empty()) {
    std::iota(order.rbegin(), order.rend(), 0);
  } else {
    if (static_cast<int>(axes.size()) != rank)
      throw ShapeError(fmt::format("transpose: got {} axes {} for an array of shape {}", axes.size(),
                                   shaping::to_string(axes), to_string(x.shape())));
    order = shaping::normalize_axes(axes, rank, "transpose");
  }
  // Elements move only if dimensions of more than one change their order.
  Shape shape;
  int last = -1;
  bool moves = false;
  for (const int axis : order) {
    const std::int64_t extent = x.shape()[axis];
    shape.push_back(extent);
    if (extent == 1) continue;
    moves = moves || axis < last;
    last = axis;
  }
  return moves ? bind(shaping::transpose(std::move(order)), x) : reshape(x, shape);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("transpose");
}

Array transpose(const Array& x, std::initializer_list<int> axes) {
  return transpose(x, std::span<const int>(axes.begin(), axes.size()));
}

Array moveaxis(const Array& x, std::span<const int> source, std::span<const int> destination) try {
  if (source.size() != destination.size())
    throw ShapeError(fmt::format("moveaxis: got axes {} and places {}, wanted as many of both",
                                 shaping::to_string(source), shaping::to_string(destination)));
  const std::vector<int> from = shaping::normalize_axes(source, x.ndim(), "moveaxis");
  const std::vector<int> to = shaping::normalize_axes(destination, x.ndim(), "moveaxis");
  std::vector<int> order(static_cast<std::size_t>(x.ndim()), -1);
  for (std::size_t i = 0; i < from.size(); ++i) order[static_cast<std::size_t>(to[i])] = from[i];
  int next = 0;
  for (int& axis : order) {
    if (axis >= 0) continue;
    while (std::find(from.begin(), from.end(), next) != from.end()) ++next;
    axis = next++;
  }
  return transpose(x, std::span<const int>(order));
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("moveaxis");
}

Array moveaxis(const Array& x, int source, int destination) {
  return moveaxis(x, std::span<const int>(&source, 1), std::span<const int>(&destination, 1));
}

Array swapaxes(const Array& x, int a, int b) try {
  std::vector<int> order(static_cast<std::size_t>(x.ndim()));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<std::size_t>(normalize_axis(a, x.ndim(), "swapaxes"))],
            order[static_cast<std::size_t>(normalize_axis(b, x.ndim(), "swapaxes"))]);
  return transpose(x, std::span<const int>(order));
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("swapaxes");
}

Array flip(const Array& x, std::span<const int> axes) try {
  std::vector<int> all(static_cast<std::size_t>(x.ndim()));
  std::iota(all.begin(), all.end(), 0);
  const std::vector<int> wanted = axes.empty() ? all : shaping::normalize_axes(axes, x.ndim(), "flip");
  std::vector<int> moved;
  for (const int axis : wanted)
    if (x.shape()[axis] > 1) moved.push_back(axis);
  std::sort(moved.begin(), moved.end());
  return moved.empty() ? x : bind(shaping::reverse(std::move(moved)), x);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("flip");
}

Array flip(const Array& x, std::initializer_list<int> axes) {
  return flip(x, std::span<const int>(axes.begin(), axes.size()));
}

Array flip(const Array& x, int axis) { return flip(x, std::span<const int>(&axis, 1)); }

Array rot90(const Array& x, int k, int first, int second) try {
  const int both[] = {first, second};
  const std::vector<int> plane = shaping::normalize_axes(both, x.ndim(), "rot90");
  switch ((k % 4 + 4) % 4) {
    case 0:
      return x;
    case 1:
      return flip(swapaxes(x, plane[0], plane[1]), plane[0]);
    case 2:
      return flip(x, std::span<const int>(plane));
    default:
      return flip(swapaxes(x, plane[0], plane[1]), plane[1]);
  }
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("rot90");
}

}  // namespace copse
