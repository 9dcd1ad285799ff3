#include "copse/transform/loops.hpp"

#include <fmt/format.h>

namespace copse::lift {
namespace {

std::string place(const char* what, const std::vector<std::string>& paths, std::size_t i) {
  return i < paths.size() && !paths[i].empty() ? fmt::format("{} {}", what, paths[i]) : std::string(what);
}

}  // namespace

void check_carries(const char* function, const std::vector<std::string>& paths,
                   std::span<const ShapeDtype> before, std::span<const ShapeDtype> after) {
  for (std::size_t i = 0; i < before.size(); ++i) {
    const ShapeDtype &a = before[i], &b = after[i];
    const std::string text =
        fmt::format("{}: {} is {} before a step and {} after it; a step must give back what it gets",
                    function, place("the carry", paths, i), to_string(a), to_string(b));
    if (a.shape != b.shape) throw ShapeError(text);
    if (a.dtype != b.dtype) throw DTypeError(text);
  }
}

std::int64_t scan_length(const std::vector<std::string>& paths, std::span<const Array> xs,
                         const std::optional<std::int64_t>& length) {
  std::optional<std::int64_t> found = length;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (xs[i].ndim() == 0)
      throw ShapeError(
          fmt::format("scan: {} is a scalar; it must have an axis to run along", place("xs", paths, i)));
    if (found && *found != xs[i].shape(0))
      throw ShapeError(fmt::format("scan: {} has {} elements along its first axis, wanted {}",
                                   place("xs", paths, i), xs[i].shape(0), *found));
    found = xs[i].shape(0);
  }
  if (!found) throw ValueError("scan: there are no xs; give options.length");
  if (*found < 0) throw ValueError(fmt::format("scan: length is {}", *found));
  return *found;
}

bool adopt_dtypes(flat::Arrays& carries, std::span<const ShapeDtype> after) {
  bool changed = false;
  for (std::size_t c = 0; c < carries.size() && c < after.size(); ++c) {
    if (!carries[c].weak_type() || carries[c].dtype() == after[c].dtype) continue;
    carries[c] = astype(carries[c], after[c].dtype);
    changed = true;
  }
  return changed;
}

}  // namespace copse::lift
