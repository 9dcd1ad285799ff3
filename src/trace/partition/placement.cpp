#include "placement.hpp"

#include <fmt/format.h>

namespace copse::sharding {

Starts even_parts(std::int64_t extent, int parts) {
  Starts starts;
  for (int r = 0; r <= parts; ++r) starts.push_back(extent * r / parts);
  return starts;
}

ShapeDtype local_type(ShapeDtype type, const Placement& placement, int rank) {
  if (placement.is_divided()) {
    const auto r = static_cast<std::size_t>(rank);
    type.shape[placement.axis] = placement.starts[r + 1] - placement.starts[r];
  }
  return type;
}

std::string to_string(const Placement& placement) {
  if (placement.is_whole()) return "whole";
  if (placement.is_divided()) return fmt::format("divided along {}", placement.axis);
  constexpr const char* names[] = {"partial sum", "partial minimum", "partial maximum"};
  return names[static_cast<int>(placement.combination)];
}

}  // namespace copse::sharding
