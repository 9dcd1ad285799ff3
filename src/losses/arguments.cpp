// Named arguments: finding, renaming, and messages.
#include "copse/losses/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "copse/core/error.hpp"
#include "copse/losses/call.hpp"

namespace copse {
namespace {

bool given(const Argument& argument) { return !argument.is_array() || argument.array().has_value(); }

void append(const Argument& argument, std::vector<Array>& out) {
  if (argument.is_array()) {
    if (argument.array().has_value()) out.push_back(argument.array());
  } else {
    for (const Argument* part : argument.parts()) append(*part, out);
  }
}

}  // namespace

const Array& Argument::array() const {
  if (const Array* a = std::get_if<Array>(&value_)) return *a;
  throw ValueError(fmt::format("Argument: wants an array, got a {}", is_map() ? "map" : "list"));
}

std::vector<const Argument*> Argument::parts() const {
  std::vector<const Argument*> out;
  if (const List* list = std::get_if<List>(&value_))
    for (const Argument& part : *list) out.push_back(&part);
  else if (const Map* map = std::get_if<Map>(&value_))
    for (const auto& [key, part] : *map) out.push_back(&part);
  return out;
}

std::vector<Array> Argument::arrays() const {
  std::vector<Array> out;
  append(*this, out);
  return out;
}

const Argument::Map& Argument::map() const {
  if (const Map* map = std::get_if<Map>(&value_)) return *map;
  throw ValueError(fmt::format("Argument: wants a map, got {}", is_array() ? "an array" : "a list"));
}

const Argument* Argument::find(std::int64_t position) const {
  const List* list = std::get_if<List>(&value_);
  if (!list) return nullptr;
  const auto size = static_cast<std::int64_t>(list->size());
  if (position < 0) position += size;
  return position >= 0 && position < size ? &(*list)[static_cast<std::size_t>(position)] : nullptr;
}

const Argument* Argument::find(const std::string& key) const {
  const Map* map = std::get_if<Map>(&value_);
  if (!map) return nullptr;
  const auto it = map->find(key);
  return it == map->end() ? nullptr : &it->second;
}

const std::string& ArgumentPath::name() const {
  if (!steps_.empty())
    if (const auto* name = std::get_if<std::string>(&steps_.front())) return *name;
  throw ValueError("ArgumentPath: the first step must be the name of an argument");
}

std::string ArgumentPath::text() const {
  std::string out;
  for (const Step& step : steps_) {
    if (const auto* key = std::get_if<std::string>(&step))
      out += out.empty() ? *key : "." + *key;
    else
      out += fmt::format("[{}]", std::get<std::int64_t>(step));
  }
  return out;
}

Arguments::Arguments(std::vector<Entry> entries) : entries_(std::move(entries)) {
  for (auto at = entries_.begin(); at != entries_.end(); ++at)
    if (std::any_of(entries_.begin(), at, [&](const Entry& e) { return e.first == at->first; }))
      throw ValueError(fmt::format("Arguments: '{}' is given twice", at->first));
}

const Argument* Arguments::find(std::string_view name) const {
  for (const auto& [key, value] : entries_)
    if (key == name) return given(value) ? &value : nullptr;
  return nullptr;
}

void Arguments::set(std::string name, Argument value) {
  for (auto& [key, old] : entries_)
    if (key == name) {
      old = std::move(value);
      return;
    }
  entries_.emplace_back(std::move(name), std::move(value));
}

void Arguments::erase(std::string_view name) {
  std::erase_if(entries_, [&](const Entry& e) { return e.first == name; });
}

const Argument& Arguments::at(const ArgumentPath& path, std::string_view function) const {
  const Argument* found = find(path.name());
  if (!found)
    throw ValueError(fmt::format("{}: there is no argument '{}'; got {}", function, path.name(), names()));
  for (std::size_t i = 1; i < path.steps().size(); ++i) {
    found = std::visit([&](const auto& step) { return found->find(step); }, path.steps()[i]);
    if (!found)
      throw ValueError(
          fmt::format("{}: there is no '{}' in the arguments {}", function, path.text(), names()));
  }
  return *found;
}

std::int64_t Arguments::batch_size() const {
  const auto rows = [](const Argument* a) -> std::int64_t {
    if (!a) return -1;
    for (const Array& array : a->arrays())
      if (array.ndim() > 0) return array.shape(0);
    return -1;
  };
  for (const char* name : {"sample_weight", "target", "preds", "inputs"})
    if (const std::int64_t n = rows(find(name)); n >= 0) return n;
  for (const auto& [name, value] : entries_)
    if (name != "parameters" && name != "aux_losses" && name != "aux_metrics")
      if (const std::int64_t n = rows(&value); n >= 0) return n;
  return 1;
}

std::string Arguments::names() const {
  std::string out;
  for (const auto& [name, value] : entries_)
    if (given(value)) out += (out.empty() ? "'" : ", '") + name + "'";
  return out.empty() ? "none" : out;
}

Arguments renamed(const Arguments& arguments, const std::vector<Renaming>& renamings,
                  std::string_view function) {
  if (renamings.empty()) return arguments;
  Arguments out = arguments;
  for (const Renaming& r : renamings) out.set(r.argument, arguments.at(r.source, function));
  return out;
}

std::string snake_case(std::string_view name) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    // A word begins behind a small letter or digit, and where the last of several capitals begins one.
    const bool begins =
        upper(name[i]) && i > 0 && name[i - 1] != '_' &&
        (lower(name[i - 1]) || digit(name[i - 1]) || (i + 1 < name.size() && lower(name[i + 1])));
    if (begins) out += '_';
    out += upper(name[i]) ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
  }
  return out;
}

std::size_t detail::find_named(std::span<const std::string_view> names, std::size_t least, bool arrays,
                               const Arguments& arguments, std::string_view function,
                               std::span<const Argument*> found) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Argument* argument = arguments.find(names[i]);
    if (!argument) {
      if (i >= least) return i;
      throw ValueError(
          fmt::format("{}: there is no argument '{}'; got {}", function, names[i], arguments.names()));
    }
    if (arrays && !argument->is_array())
      throw ValueError(
          fmt::format("{}: '{}' should be an array, got a {}; choose a part of it with on(\"{}\", {{...}})",
                      function, names[i], argument->is_map() ? "map" : "list", names[i]));
    found[i] = argument;
  }
  return names.size();
}

}  // namespace copse
