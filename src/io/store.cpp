#include "copse/io/store.hpp"

#include <fmt/format.h>

#include <span>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"

namespace copse::io {
namespace {

template <class Map>
auto below(const Map& map, std::string_view name) {
  const std::string prefix = std::string(name) + "/";
  Map out;
  for (auto at = map.lower_bound(prefix); at != map.end() && at->first.starts_with(prefix); ++at)
    out.emplace(at->first.substr(prefix.size()), at->second);
  return out;
}

template <class T>
Array exactly(T value) {
  return copse::array(std::span<const T>(&value, 1), Shape());
}

[[noreturn]] void none(const Store& store, std::string_view name, const char* wanted) {
  throw ValueError(
      fmt::format("Store: there is no {} '{}' among ({})", wanted, name, fmt::join(store.names(), ", ")));
}

}  // namespace

Array Store::number(bool value) { return exactly(value); }
Array Store::number(std::int64_t value) { return exactly(value); }
Array Store::number(double value) { return exactly(value); }

void Store::put(std::string_view name, const Array& array) {
  if (name.empty() || !array.has_value()) {
    throw ValueError(fmt::format("Store: got the name '{}' and {}, wanted a name and a value", name,
                                 array.has_value() ? to_string(array.type()) : "an Array without a value"));
  }
  texts_.erase(std::string(name));
  arrays_.insert_or_assign(std::string(name), array);
}

void Store::set(std::string_view name, std::string_view text) {
  if (name.empty()) throw ValueError("Store: got an empty name");
  arrays_.erase(std::string(name));
  texts_.insert_or_assign(std::string(name), std::string(text));
}

void Store::set(std::string_view name, const std::vector<double>& values) { put(name, copse::array(values)); }
void Store::set(std::string_view name, const std::vector<std::int64_t>& values) {
  put(name, copse::array(values));
}

void Store::set(std::string_view name, const std::vector<std::string>& texts) {
  Store list;
  list.set("count", static_cast<std::int64_t>(texts.size()));
  for (std::size_t i = 0; i < texts.size(); ++i) list.set(std::to_string(i), std::string_view(texts[i]));
  set(name, list);
}

void Store::set(std::string_view name, const Store& part) {
  for (const auto& [inner, array] : part.arrays_) put(fmt::format("{}/{}", name, inner), array);
  for (const auto& [inner, text] : part.texts_)
    set(fmt::format("{}/{}", name, inner), std::string_view(text));
}

bool Store::contains(std::string_view name) const {
  return arrays_.find(name) != arrays_.end() || texts_.find(name) != texts_.end() || !part(name).empty();
}

Store Store::part(std::string_view name) const {
  Store out;
  out.arrays_ = below(arrays_, name);
  out.texts_ = below(texts_, name);
  return out;
}

std::vector<std::string> Store::names() const {
  std::vector<std::string> out;
  for (const auto& [name, array] : arrays_) out.push_back(name);
  for (const auto& [name, text] : texts_) out.push_back(name);
  return out;
}

const Array& Store::array(std::string_view name) const {
  const auto found = arrays_.find(name);
  if (found == arrays_.end()) none(*this, name, "array or number");
  return found->second;
}

const Array& Store::scalar(std::string_view name, bool whole) const {
  const auto found = arrays_.find(name);
  if (found == arrays_.end()) none(*this, name, "number");
  const Array& value = found->second;
  if (value.ndim() != 0 || (whole && is_floating(value.dtype()))) {
    throw ValueError(fmt::format("Store: '{}' is {}, wanted {}", name, to_string(value.type()),
                                 whole ? "a whole number" : "a number"));
  }
  return value;
}

const std::string& Store::text(std::string_view name) const {
  const auto found = texts_.find(name);
  if (found == texts_.end()) none(*this, name, "text");
  return found->second;
}

std::vector<std::string> Store::text_list(std::string_view name) const {
  const Store list = part(name);
  if (!list.contains("count")) none(*this, name, "list of texts");
  std::vector<std::string> out;
  const auto count = list.get<std::int64_t>("count");
  for (std::int64_t i = 0; i < count; ++i) out.push_back(list.text(std::to_string(i)));
  return out;
}

}  // namespace copse::io
