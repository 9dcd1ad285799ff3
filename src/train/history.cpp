#include "copse/train/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "copse/core/error.hpp"

namespace copse {

History::History() = default;
History::History(const History&) = default;
History::History(History&&) noexcept = default;
History& History::operator=(const History&) = default;
History& History::operator=(History&&) noexcept = default;
History::~History() = default;

const History::Series& History::series(std::string_view name) const {
  for (const Series& s : series_) {
    if (s.name == name) return s;
  }
  throw ValueError(fmt::format("History: there is no '{}' among ({})", name, fmt::join(names(), ", ")));
}

const std::vector<double>& History::operator[](std::string_view name) const { return series(name).values; }

const std::vector<int>& History::epochs_of(std::string_view name) const { return series(name).epochs; }

bool History::contains(std::string_view name) const {
  return std::any_of(series_.begin(), series_.end(), [&](const Series& s) { return s.name == name; });
}

std::vector<std::string> History::names() const {
  std::vector<std::string> out;
  for (const Series& s : series_) out.push_back(s.name);
  return out;
}

void History::add(int epoch, const EpochLogs& logs) {
  epochs_.push_back(epoch);
  for (const auto& [name, value] : logs) {
    auto at = std::find_if(series_.begin(), series_.end(), [&](const Series& s) { return s.name == name; });
    if (at == series_.end()) at = series_.insert(series_.end(), Series{name, {}, {}});
    at->epochs.push_back(epoch);
    at->values.push_back(value);
  }
}

void History::save(io::Store& store) const {
  const auto numbers = [](const std::vector<int>& epochs) {
    return std::vector<std::int64_t>(epochs.begin(), epochs.end());
  };
  store.set("epochs", numbers(epochs_));
  store.set("names", names());
  for (std::size_t i = 0; i < series_.size(); ++i) {
    io::Store series;
    series.set("epochs", numbers(series_[i].epochs));
    series.set("values", series_[i].values);
    store.set(fmt::format("series/{}", i), series);
  }
}

void History::load(const io::Store& store) {
  const auto numbers = [](const io::Store& from) {
    std::vector<int> out;
    for (const std::int64_t epoch : from.get<std::vector<std::int64_t>>("epochs"))
      out.push_back(static_cast<int>(epoch));
    return out;
  };
  epochs_ = numbers(store);
  series_.clear();
  for (const std::string& name : store.get<std::vector<std::string>>("names")) {
    const io::Store series = store.part(fmt::format("series/{}", series_.size()));
    series_.push_back({name, numbers(series), series.get<std::vector<double>>("values")});
  }
}

std::ostream& operator<<(std::ostream& out, const History& history) {
  for (const int epoch : history.epoch_numbers()) {
    out << (epoch == history.epoch_numbers().front() ? "" : "\n") << "epoch " << epoch;
    const char* between = ": ";
    for (const std::string& name : history.names()) {
      const std::vector<int>& epochs = history.epochs_of(name);
      const auto at = std::find(epochs.begin(), epochs.end(), epoch);
      if (at == epochs.end()) continue;
      out << between << name << ": " << history[name][static_cast<std::size_t>(at - epochs.begin())];
      between = " - ";
    }
  }
  return out;
}

}  // namespace copse
