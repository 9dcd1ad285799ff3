#include "copse/transform/branches.hpp"

#include <fmt/format.h>

namespace copse::lift {

Array branch_index(const char* function, const Array& index) {
  if (!index.shape().empty() || is_floating(index.dtype()) || index.dtype() == DType::bool_)
    throw DTypeError(
        fmt::format("{}: the index must be one integer, got {}", function, to_string(index.type())));
  return astype(index, DType::int32);
}

std::string branch_names(std::string_view function, std::size_t branch) {
  return function == "cond" ? "the branches for false and true" : fmt::format("branches 0 and {}", branch);
}

void check_branches(const char* function, std::size_t branch, const std::vector<std::string>& paths,
                    std::span<const ShapeDtype> first, std::span<const ShapeDtype> other) {
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i].shape == other[i].shape && first[i].dtype == other[i].dtype) continue;
    const std::string text =
        fmt::format("{}: {} give different results{}: {} and {}", function, branch_names(function, branch),
                    i < paths.size() && !paths[i].empty() ? " at " + paths[i] : "", to_string(first[i]),
                    to_string(other[i]));
    if (first[i].shape != other[i].shape) throw ShapeError(text);
    throw DTypeError(text);
  }
}

}  // namespace copse::lift
