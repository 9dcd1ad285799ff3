#include "copse/train/epoch_logs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "copse/core/error.hpp"

namespace copse {

EpochLogs::EpochLogs(std::initializer_list<Entry> entries) {
  for (const auto& [name, value] : entries) {
    if (known(name)) throw ValueError(fmt::format("EpochLogs: the name '{}' is there twice", name));
    entries_.emplace_back(name, value);
  }
}

EpochLogs::EpochLogs(const Logs& logs) {
  for (const auto& [name, value] : logs) entries_.emplace_back(name, value.item<double>());
}

EpochLogs& EpochLogs::operator=(const EpochLogs& other) {
  if (this != &other) {
    entries_ = other.all();
    source_.reset();
  }
  return *this;
}

void EpochLogs::read(Read wanted) const {
  if (!source_ || read_ >= wanted) return;
  const std::shared_ptr<LogSource> source = std::exchange(source_, nullptr);
  EpochLogs out;
  out.entries_ = std::move(entries_);
  if (read_ == Read::nothing) source->read_steps(out);
  if (wanted == Read::all) source->read_metrics(out);
  entries_ = std::move(out.entries_);
  read_ = wanted;
  if (wanted != Read::all) source_ = source;
}

const std::vector<EpochLogs::Entry>& EpochLogs::all() const {
  read(Read::all);
  return entries_;
}

const EpochLogs::Entry* EpochLogs::known(std::string_view name) const {
  const auto at =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.first == name; });
  return at == entries_.end() ? nullptr : &*at;
}

const EpochLogs::Entry* EpochLogs::find(std::string_view name) const {
  for (const Read wanted : {Read::nothing, Read::steps, Read::all}) {
    read(wanted);
    if (const Entry* entry = known(name)) return entry;
  }
  return nullptr;
}

double EpochLogs::at(std::string_view name) const {
  if (const Entry* entry = find(name)) return entry->second;
  throw ValueError(fmt::format("Logs: there is no '{}' among ({})", name, fmt::join(names(), ", ")));
}

double EpochLogs::get(std::string_view name, double otherwise) const {
  const Entry* entry = find(name);
  return entry ? entry->second : otherwise;
}

void EpochLogs::set(std::string_view name, double value) {
  if (find(name)) {
    const auto at =
        std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.first == name; });
    at->second = value;
  } else {
    entries_.emplace_back(name, value);
  }
}

void EpochLogs::add(std::string_view name, double value) {
  std::string unique(name);
  for (int i = 2; contains(unique); ++i) unique = fmt::format("{}_{}", name, i);
  entries_.emplace_back(std::move(unique), value);
}

std::vector<std::string> EpochLogs::names() const {
  std::vector<std::string> out;
  for (const Entry& entry : all()) out.push_back(entry.first);
  return out;
}

EpochLogs::operator Logs() const {
  Logs out;
  for (const auto& [name, value] : all()) out.set(name, value);
  return out;
}

std::string to_string(const EpochLogs& logs) {
  std::string out;
  for (const auto& [name, value] : logs) {
    if (!out.empty()) out += " - ";
    out += name + ": " + log_text(value);
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const EpochLogs& logs) { return out << to_string(logs); }

}  // namespace copse
