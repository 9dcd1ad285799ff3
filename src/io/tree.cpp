#include "copse/io/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "copse/core/error.hpp"

namespace copse::io {

Matched compare(std::span<const Place> places, const NamedArrays& found) {
  std::unordered_map<std::string, const Array*> by_name;
  for (const auto& [name, array] : found) by_name[name] = &array;
  std::unordered_set<std::string> used;
  Matched out;
  out.arrays.resize(places.size());
  LoadReport& report = out.report;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Place& place = places[i];
    const auto it = by_name.find(place.name);
    if (it == by_name.end()) {
      if (!place.has_value) continue;
      report.missing.push_back(place.name);
      report.reasons[place.name] = fmt::format("{} here, missing in the file", to_string(place.type));
      continue;
    }
    used.insert(place.name);
    const ShapeDtype& type = it->second->type();
    const bool fits = type.dtype == place.type.dtype && (place.any_shape || type.shape == place.type.shape);
    if (place.has_value && !fits) {
      report.mismatched.push_back(place.name);
      report.reasons[place.name] =
          fmt::format("{} here, {} in the file", to_string(place.type), to_string(type));
      continue;
    }
    report.loaded.push_back(place.name);
    out.arrays[i] = *it->second;
  }
  for (const auto& [name, array] : found) {
    if (used.contains(name)) continue;
    report.unexpected.push_back(name);
    report.reasons[name] = fmt::format("{} in the file, unknown here", to_string(array.type()));
  }
  return out;
}

namespace {

[[noreturn]] void no_place(const std::string& where, std::span<const Place> places,
                           std::span<const std::string> names) {
  constexpr std::size_t most = 6;
  const std::size_t shown = std::min(most, names.size());
  throw TreeError(fmt::format(
      "{}: there is no place for any of its arrays ({}{}): the tree has {}; a module must be initialised "
      "before "
      "weights are loaded into it",
      where, fmt::join(names.first(shown), ", "), shown < names.size() ? ", ..." : "",
      places.empty() ? "no leaves" : fmt::format("leaves of other names, such as {}", places[0].name)));
}

}  // namespace

void refuse(const std::string& where, const LoadReport& report, std::span<const std::string> names,
            const std::string& hint) {
  std::string text = fmt::format("{}: {} difference{}:", where, names.size(), names.size() == 1 ? "" : "s");
  for (const std::string& name : names) text += fmt::format("\n  {}: {}", name, report.reason(name));
  throw TreeError(text + hint);
}

std::vector<Array> match(const std::string& where, std::span<const Place> places, const NamedArrays& found,
                         const LoadOptions& options) {
  Matched matched = compare(places, found);
  const LoadReport& report = matched.report;
  std::vector<std::string> refused = report.mismatched;
  const auto add = [&](const std::vector<std::string>& names) {
    refused.insert(refused.end(), names.begin(), names.end());
  };
  if (!options.allow_missing) add(report.missing);
  if (!options.allow_unknown) add(report.unexpected);
  if (!refused.empty()) refuse(where, report, refused);
  if (report.loaded.empty() && !report.unexpected.empty()) no_place(where, places, report.unexpected);
  return std::move(matched.arrays);
}

}  // namespace copse::io

namespace copse::io_detail {

void not_stored(std::string_view type) {
  throw TreeError(fmt::format(
      "io: a leaf of type {} has no form in files: specialise StoredLeaf for it, or hold it in a Static",
      type));
}

}  // namespace copse::io_detail
