// Logs: what a step reports, arrays by name.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/io/store.hpp"

namespace copse {

/// A number in logs: a C++ number, kept exactly, or an array with one element.
class LogValue {
 public:
  LogValue(Array value) : array_(std::move(value)) {}
  template <Scalar T>
  LogValue(T value) : array_(exact(static_cast<double>(value))) {}
  /// What reads like an array: a field of a module, say.
  template <class T>
    requires(!Scalar<T> && std::is_convertible_v<const T&, const Array&>)
  LogValue(const T& value) : array_(static_cast<const Array&>(value)) {}

  const Array& array() const { return array_; }

 private:
  static Array exact(double value);

  Array array_;
};

/// What a step reports: arrays with one element by name, in the order in which they were added. A tree: the
/// names are static, the arrays are nodes, so that compiled steps can return it. What becomes of it over an
/// epoch are EpochLogs.
///
/// Over an epoch, the trainer takes the mean of an entry over all samples. One that is added as `latest` (the
/// value of a metric, which has seen the whole epoch already) it takes as it is.
class Logs {
 public:
  using Entry = std::pair<std::string, Array>;

  Logs() = default;
  /// `{{"loss", loss}, {"accuracy", 0.5}}`. Throws ValueError for a name given twice, ShapeError for an array
  /// with more than one element.
  Logs(std::initializer_list<std::pair<std::string, LogValue>> entries);
  // Compiled once, and not in each program: copies of what a trainer keeps are much of its code.
  Logs(const Logs&);
  Logs(Logs&&) noexcept;
  Logs& operator=(const Logs&);
  Logs& operator=(Logs&&) noexcept;
  ~Logs();

  /// The number of that name. Throws ValueError, listing the names, if there is none.
  double operator[](std::string_view name) const { return at(name).item<double>(); }
  /// The same as an array, which may be in a trace.
  const Array& at(std::string_view name) const;
  /// The number of that name, or another if there is none.
  double get(std::string_view name, double otherwise) const {
    return contains(name) ? (*this)[name] : otherwise;
  }
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  std::size_t count(std::string_view name) const { return contains(name) ? 1 : 0; }
  bool is_latest(std::string_view name) const { return has(name, Mark::latest); }
  /// Whether an entry was added as a loss: less is better.
  bool is_loss(std::string_view name) const { return has(name, Mark::loss); }

  /// Adds an entry, or replaces the one of that name.
  void set(std::string_view name, const LogValue& value, bool latest = false);
  /// Adds an entry under that name, with `_2`, `_3`, ... behind it if it is taken.
  void add(std::string_view name, const LogValue& value, bool latest = false);
  /// The same for a loss.
  void add_loss(std::string_view name, const LogValue& value);

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::vector<std::string> names() const;

  static constexpr auto fields() {
    return std::tuple{std::pair{"entries", &Logs::entries_}, std::pair{"marks", &Logs::marks_}};
  }

 private:
  enum class Mark : std::uint8_t { none, latest, loss };

  const Entry* find(std::string_view name) const;
  bool has(std::string_view name, Mark mark) const;
  void put(std::string_view name, const LogValue& value, Mark mark);
  std::string free_name(std::string_view name) const;

  std::vector<Entry> entries_;
  std::vector<Mark> marks_;
};

/// `loss: 0.2513 - accuracy: 0.9172`: four decimals, or scientific below 0.001.
std::string to_string(const Logs& logs);
std::ostream& operator<<(std::ostream& out, const Logs& logs);
/// A number as `to_string` writes it.
std::string log_text(double value);

class EpochLogs;

/// The mean over samples of the logs of several steps.
class LogAverage {
 public:
  /// Adds the logs of a step on that many samples.
  void add(const Logs& logs, std::int64_t samples);
  /// Adds the means to logs. Entries come in the order in which they first came.
  void read(EpochLogs& logs) const;
  EpochLogs result() const;
  void reset() { items_.clear(); }
  /// Into a store and out of it.
  void save(io::Store& store) const;
  void load(const io::Store& store);

 private:
  struct Item {
    std::string name;
    double total = 0, weight = 0;
    bool latest = false;
  };
  std::vector<Item> items_;
};

}  // namespace copse
