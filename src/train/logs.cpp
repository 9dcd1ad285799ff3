#include "copse/train/logs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/train/epoch_logs.hpp"

namespace copse {

Logs::Logs(const Logs&) = default;
Logs::Logs(Logs&&) noexcept = default;
Logs& Logs::operator=(const Logs&) = default;
Logs& Logs::operator=(Logs&&) noexcept = default;
Logs::~Logs() = default;

Array LogValue::exact(double value) { return copse::array(std::span<const double>(&value, 1), Shape()); }

Logs::Logs(std::initializer_list<std::pair<std::string, LogValue>> entries) {
  for (const auto& [name, value] : entries) {
    if (contains(name)) throw ValueError(fmt::format("Logs: the name '{}' is there twice", name));
    set(name, value);
  }
}

const Logs::Entry* Logs::find(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.first == name) return &entry;
  }
  return nullptr;
}

const Array& Logs::at(std::string_view name) const {
  if (const Entry* entry = find(name)) return entry->second;
  throw ValueError(fmt::format("Logs: there is no '{}' among ({})", name, fmt::join(names(), ", ")));
}

bool Logs::has(std::string_view name, Mark mark) const {
  const Entry* entry = find(name);
  return entry != nullptr && marks_[static_cast<std::size_t>(entry - entries_.data())] == mark;
}

void Logs::put(std::string_view name, const LogValue& value, Mark mark) {
  const Array& array = value.array();
  if (!array.has_value() || array.size() != 1) {
    throw ShapeError(fmt::format("Logs: '{}' is {}, wanted one number: reduce it with mean or sum", name,
                                 array.has_value() ? to_string(array.type()) : "an Array without a value"));
  }
  if (const Entry* entry = find(name)) {
    const auto place = static_cast<std::size_t>(entry - entries_.data());
    entries_[place].second = array;
    marks_[place] = mark;
    return;
  }
  entries_.emplace_back(name, array);
  marks_.push_back(mark);
}

std::string Logs::free_name(std::string_view name) const {
  std::string unique(name);
  for (int i = 2; contains(unique); ++i) unique = fmt::format("{}_{}", name, i);
  return unique;
}

void Logs::set(std::string_view name, const LogValue& value, bool latest) {
  put(name, value, latest ? Mark::latest : Mark::none);
}

void Logs::add(std::string_view name, const LogValue& value, bool latest) {
  put(free_name(name), value, latest ? Mark::latest : Mark::none);
}

void Logs::add_loss(std::string_view name, const LogValue& value) { put(free_name(name), value, Mark::loss); }

std::vector<std::string> Logs::names() const {
  std::vector<std::string> out;
  for (const Entry& entry : entries_) out.push_back(entry.first);
  return out;
}

std::string log_text(double value) {
  if (std::isnan(value)) return "nan";  // its sign means nothing
  const double size = std::abs(value);
  return size == 0.0 || size > 1e-3 ? fmt::format("{:.4f}", value) : fmt::format("{:.4e}", value);
}

std::string to_string(const Logs& logs) {
  std::string out;
  for (const auto& [name, value] : logs) {
    if (!out.empty()) out += " - ";
    out += name + ": " + log_text(value.item<double>());
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const Logs& logs) { return out << to_string(logs); }

void LogAverage::add(const Logs& logs, std::int64_t samples) {
  const auto weight = static_cast<double>(samples);
  for (const auto& [name, array] : logs) {
    auto item = std::find_if(items_.begin(), items_.end(), [&](const Item& i) { return i.name == name; });
    if (item == items_.end()) item = items_.insert(items_.end(), Item{name});
    const double value = array.item<double>();
    item->latest = logs.is_latest(name);
    item->total = item->latest ? value : item->total + weight * value;
    item->weight += weight;
  }
}

void LogAverage::read(EpochLogs& logs) const {
  for (const Item& item : items_) logs.add(item.name, item.latest ? item.total : item.total / item.weight);
}

EpochLogs LogAverage::result() const {
  EpochLogs out;
  read(out);
  return out;
}

void LogAverage::save(io::Store& store) const {
  std::vector<std::string> names;
  std::vector<double> totals, weights;
  std::vector<std::int64_t> latest;
  for (const Item& item : items_) {
    names.push_back(item.name);
    totals.push_back(item.total);
    weights.push_back(item.weight);
    latest.push_back(item.latest);
  }
  store.set("names", names);
  store.set("totals", totals);
  store.set("weights", weights);
  store.set("latest", latest);
}

void LogAverage::load(const io::Store& store) {
  const auto names = store.get<std::vector<std::string>>("names");
  const auto totals = store.get<std::vector<double>>("totals"),
             weights = store.get<std::vector<double>>("weights");
  const auto latest = store.get<std::vector<std::int64_t>>("latest");
  items_.clear();
  for (std::size_t i = 0; i < names.size(); ++i)
    items_.push_back({names[i], totals.at(i), weights.at(i), latest.at(i) != 0});
}

}  // namespace copse
