#include "copse/transform/lift.hpp"

#include <fmt/format.h>

#include "copse/ops/elementwise.hpp"

namespace copse::lift {

flat::Arrays directions_like(const char* what, const SlotTypes& types, const flat::Arrays& leaves,
                             const std::function<std::string(std::size_t)>& where) {
  if (leaves.size() != types.size())
    throw TreeError(fmt::format("{} has {} leaves, wanted {}", what, leaves.size(), types.size()));
  flat::Arrays found;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (!types[i]) continue;
    Array leaf = leaves[i];
    if (leaf.has_value() && !is_floating(types[i]->dtype)) leaf = Array();
    if (leaf.has_value()) {
      if (leaf.weak_type() && leaf.dtype() != types[i]->dtype) leaf = astype(leaf, types[i]->dtype);
      if (leaf.shape() != types[i]->shape || leaf.dtype() != types[i]->dtype) {
        const std::string path = where(i);
        const std::string text = fmt::format("{}{} is {}, wanted {}", what, path.empty() ? "" : " at " + path,
                                             to_string(leaf.type()), to_string(*types[i]));
        if (leaf.shape() != types[i]->shape) throw ShapeError(text);
        throw DTypeError(text);
      }
    }
    found.push_back(std::move(leaf));
  }
  return found;
}

}  // namespace copse::lift
