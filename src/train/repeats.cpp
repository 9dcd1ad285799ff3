#include "copse/train/repeats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "copse/core/error.hpp"

namespace copse::train_detail {
namespace {

constexpr std::size_t most_named = 10;

// Names of what is in one of both alone, or differs.
template <class List>
void compare(const List& first, const List& second, const char* prefix, std::vector<std::string>& out) {
  std::map<std::string, Array> others(second.begin(), second.end());
  for (const auto& [name, array] : first) {
    const auto found = others.find(name);
    if (found == others.end() || !LeafTraits<Array>::equal(array, found->second))
      out.push_back(prefix + name);
    if (found != others.end()) others.erase(found);
  }
  for (const auto& [name, array] : others) out.push_back(prefix + name);
}

}  // namespace

void require_same(const Made& first, const Made& second, const std::string& type) {
  std::vector<std::string> differ;
  compare(first.logs, second.logs, "reported ", differ);
  compare(first.arrays, second.arrays, "", differ);
  if (differ.empty()) return;
  const std::size_t named = std::min(differ.size(), most_named);
  const std::vector<std::string> some(differ.begin(), differ.begin() + static_cast<std::ptrdiff_t>(named));
  throw ValueError(
      fmt::format("{}: deterministic: the same train step, run twice, gave other values of {} of {} numbers: "
                  "{}{}; what it "
                  "computes must follow from its arguments and scope.key() alone",
                  type, differ.size(), first.logs.size() + first.arrays.size(), fmt::join(some, ", "),
                  named < differ.size() ? ", ..." : ""));
}

}  // namespace copse::train_detail
