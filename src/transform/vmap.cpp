#include "copse/transform/vmap.hpp"

#include <fmt/format.h>

namespace copse::lift {

void check_mapped(std::span<const Array> arrays, std::span<const std::optional<int>> axes,
                  const std::function<std::string(std::size_t)>& place) {
  const auto named = [&](std::size_t i) {
    return fmt::format("{} is {}", place(i), to_string(arrays[i].type()));
  };
  std::optional<std::size_t> before;
  std::int64_t size = 0;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (!axes[i]) continue;
    const int rank = arrays[i].ndim(), axis = *axes[i] < 0 ? *axes[i] + rank : *axes[i];
    if (axis < 0 || axis >= rank)
      throw ShapeError(fmt::format("vmap: {}, which has no axis {} to map along; share it by std::nullopt",
                                   named(i), *axes[i]));
    const std::int64_t extent = arrays[i].shape(axis);
    if (before && extent != size)
      throw ShapeError(fmt::format("vmap: mapped axes differ in extent: {} and {}; {}, {}", size, extent,
                                   named(*before), named(i)));
    before = i;
    size = extent;
  }
}

}  // namespace copse::lift
