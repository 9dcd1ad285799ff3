#include "copse/train/batch_types.hpp"

#include <charconv>

namespace copse::train_detail {

const ShapeDtype* BatchTypes::find(std::string_view path) const {
  for (const auto& [name, type] : arrays) {
    if (name == path) return &type;
  }
  return nullptr;
}

std::set<std::string> BatchTypes::steps_below(const std::string& path) const {
  std::set<std::string> out;
  for (const auto& [name, type] : arrays) {
    std::string_view rest = name;
    if (!path.empty()) {
      if (!rest.starts_with(path) || rest.size() == path.size()) continue;
      rest.remove_prefix(path.size());
      if (rest.front() == '.') {
        rest.remove_prefix(1);
      } else if (rest.front() != '[') {
        continue;
      }
    }
    std::string step;
    std::string_view after;
    if (tree_detail::split_path(rest, step, after)) out.insert(step);
  }
  return out;
}

std::int64_t index_of(const std::string& step) {
  std::int64_t out = 0;
  (void)std::from_chars(step.data(), step.data() + step.size(), out);
  return out;
}

}  // namespace copse::train_detail
