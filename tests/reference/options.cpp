// Options: typed access to a JSON object that remembers what was asked for.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "case.hpp"

namespace reference {
namespace {

// Floats that are not finite are strings.
std::optional<double> to_number(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "inf") return std::numeric_limits<double>::infinity();
  if (value == "-inf") return -std::numeric_limits<double>::infinity();
  if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

std::optional<std::int64_t> to_integer(const Json& value) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_number_float()) return std::nullopt;
  const double number = value.get<double>();
  if (number != std::floor(number) || std::abs(number) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

void collect(const Json& object, const std::string& path, const std::set<std::string>& read,
             std::vector<std::string>& out) {
  for (const auto& [key, value] : object.items()) {
    const std::string name = path + key;
    if (!read.contains(name)) {
      out.push_back(name);
    } else if (value.is_object()) {
      collect(value, name + ".", read, out);
    } else if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i)
        if (value[i].is_object()) collect(value[i], name + "[" + std::to_string(i) + "].", read, out);
    }
  }
}

}  // namespace

Options::Options(const Json& object) : Options(object, "", std::make_shared<std::set<std::string>>()) {}

Options::Options(const Json& object, std::string path, std::shared_ptr<std::set<std::string>> read)
    : object_(&object), path_(std::move(path)), read_(std::move(read)) {}

const Json* Options::find(const std::string& name) const {
  read_->insert(path_ + name);
  const auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

const Json& Options::require(const std::string& name) const {
  const Json* found = find(name);
  if (!found) throw Unsupported("option " + path_ + name + " is missing");
  return *found;
}

void Options::unknown(const std::string& name) const {
  throw Unsupported("option " + path_ + name + " has a value that is not known: " + require(name).dump());
}

bool Options::has(const std::string& name) const { return find(name) != nullptr; }
void Options::ignore(const std::string& name) const { find(name); }

bool Options::flag(const std::string& name, std::optional<bool> fallback) const {
  if (fallback && !has(name)) return *fallback;
  const Json& found = require(name);
  if (!found.is_boolean()) unknown(name);
  return found.get<bool>();
}

std::int64_t Options::integer(const std::string& name, std::optional<std::int64_t> fallback) const {
  if (fallback && !has(name)) return *fallback;
  const auto found = to_integer(require(name));
  if (!found) unknown(name);
  return *found;
}

double Options::number(const std::string& name, std::optional<double> fallback) const {
  if (fallback && !has(name)) return *fallback;
  const auto found = to_number(require(name));
  if (!found) unknown(name);
  return *found;
}

std::string Options::text(const std::string& name, const std::optional<std::string>& fallback) const {
  if (fallback && !has(name)) return *fallback;
  const Json& found = require(name);
  if (!found.is_string()) unknown(name);
  return found.get<std::string>();
}

Array Options::scalar(const std::string& name) const {
  const Json& found = require(name);
  if (found.is_boolean()) return Array(found.get<bool>());
  if (found.is_number_integer()) return Array(found.get<std::int64_t>());
  return Array(number(name));
}

std::vector<std::int64_t> Options::integers(const std::string& name) const {
  const Json& found = require(name);
  std::vector<std::int64_t> out;
  if (!found.is_array()) return {integer(name)};
  for (const Json& item : found) {
    const auto one = to_integer(item);
    if (!one) unknown(name);
    out.push_back(*one);
  }
  return out;
}

std::vector<int> Options::axes(const std::string& name) const {
  const auto all = integers(name);
  std::vector<int> out;
  for (const std::int64_t axis : all) {
    if (axis != static_cast<int>(axis)) unknown(name);
    out.push_back(static_cast<int>(axis));
  }
  return out;
}

std::optional<int> Options::axis(const std::string& name, std::optional<int> absent) const {
  if (!has(name)) return object_->contains(name) ? std::nullopt : absent;
  const auto all = axes(name);
  if (is_list(name) || all.size() != 1) unknown(name);
  return all[0];
}

std::pair<std::vector<int>, std::vector<int>> Options::axes_pair(const std::string& name) const {
  const Json& found = require(name);
  if (!found.is_array() || found.size() != 2) unknown(name);
  std::vector<int> out[2];
  for (std::size_t i = 0; i < 2; ++i) {
    const Json list = found[i].is_array() ? found[i] : Json::array({found[i]});
    for (const Json& item : list) {
      const auto one = to_integer(item);
      if (!one) unknown(name);
      out[i].push_back(static_cast<int>(*one));
    }
  }
  return {out[0], out[1]};
}

std::vector<double> Options::numbers(const std::string& name) const {
  const Json& found = require(name);
  if (!found.is_array()) unknown(name);
  std::vector<double> out;
  for (const Json& item : found) {
    const auto one = to_number(item);
    if (!one) unknown(name);
    out.push_back(*one);
  }
  return out;
}

std::vector<Pair> Options::pairs(const std::string& name) const {
  const Json& found = require(name);
  if (!found.is_array()) unknown(name);
  std::vector<Pair> out;
  for (const Json& item : found) {
    if (!item.is_array() || item.size() != 2) unknown(name);
    const auto low = to_integer(item[0]), high = to_integer(item[1]);
    if (!low || !high) unknown(name);
    out.emplace_back(*low, *high);
  }
  return out;
}

copse::Shape Options::shape(const std::string& name) const { return copse::Shape(integers(name)); }

Options Options::object(const std::string& name) const {
  const Json& found = require(name);
  if (!found.is_object()) unknown(name);
  return {found, path_ + name + ".", read_};
}

std::vector<Options> Options::objects(const std::string& name) const {
  const Json& found = require(name);
  if (!found.is_array()) unknown(name);
  std::vector<Options> out;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i].is_object()) unknown(name);
    out.push_back(Options(found[i], path_ + name + "[" + std::to_string(i) + "].", read_));
  }
  return out;
}

bool Options::is_text(const std::string& name) const {
  const Json* found = find(name);
  return found && found->is_string();
}
bool Options::is_list(const std::string& name) const {
  const Json* found = find(name);
  return found && found->is_array();
}
bool Options::is_object(const std::string& name) const {
  const Json* found = find(name);
  return found && found->is_object();
}

std::vector<std::string> Options::unread() const {
  std::vector<std::string> out;
  collect(*object_, path_, *read_, out);
  return out;
}

}  // namespace reference
