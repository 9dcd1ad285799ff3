#include "copse/io/tree.hpp"

#include <fmt/format.h>

#include <unordered_map>
#include <unordered_set>

#include "copse/core/error.hpp"

namespace copse::io {

std::vector<Array> match(const std::string& where, std::span<const Place> places, const NamedArrays& found,
                         const LoadOptions& options) {
  std::unordered_map<std::string, const Array*> by_name;
  for (const auto& [name, array] : found) by_name[name] = &array;
  std::vector<std::string> differences;
  std::unordered_set<std::string> used;
  std::vector<Array> out(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Place& place = places[i];
    const auto it = by_name.find(place.name);
    if (it == by_name.end()) {
      if (place.has_value && !options.allow_missing) {
        differences.push_back(
            fmt::format("{}: {} here, missing in the file", place.name, to_string(place.type)));
      }
      continue;
    }
    used.insert(place.name);
    const ShapeDtype& type = it->second->type();
    if (place.has_value && (type.shape != place.type.shape || type.dtype != place.type.dtype)) {
      differences.push_back(
          fmt::format("{}: {} here, {} in the file", place.name, to_string(place.type), to_string(type)));
      continue;
    }
    out[i] = *it->second;
  }
  if (!options.allow_unknown) {
    for (const auto& [name, array] : found) {
      if (!used.contains(name)) {
        differences.push_back(fmt::format("{}: {} in the file, unknown here", name, to_string(array.type())));
      }
    }
  }
  if (!differences.empty()) {
    throw TreeError(fmt::format("{}: {} difference{}:\n  {}", where, differences.size(),
                                differences.size() == 1 ? "" : "s", fmt::join(differences, "\n  ")));
  }
  return out;
}

}  // namespace copse::io
