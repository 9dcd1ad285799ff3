// EpochLogs: what callbacks and the history see of a training, numbers by name.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "copse/train/logs.hpp"

namespace copse {

class EpochLogs;

/// A batch of a run, as callbacks see it. Reads as its index, too.
struct BatchInfo {
  std::int64_t index = 0;    ///< in the epoch, counted from 0
  std::int64_t samples = 0;  ///< how many it has

  operator std::int64_t() const { return index; }
};

/// Where numbers that have not been read yet come from.
class LogSource {
 public:
  virtual ~LogSource() = default;
  /// Adds what steps have reported.
  virtual void read_steps(EpochLogs& logs) = 0;
  /// Adds what metrics have computed.
  virtual void read_metrics(EpochLogs& logs) = 0;
};

/// Numbers by name, in the order in which they were added: doubles, and no arrays.
///
/// Those that a trainer gives are read when they are asked for: a loss that is not read stays an array,
/// and a metric that is not read is not computed. A copy has read all of them.
class EpochLogs {
 public:
  using Entry = std::pair<std::string, double>;

  EpochLogs() = default;
  /// `{{"loss", 0.5}, {"accuracy", 0.9}}`. Throws ValueError for a name given twice.
  EpochLogs(std::initializer_list<Entry> entries);
  /// The numbers that a step has reported.
  explicit EpochLogs(const Logs& logs);
  /// Numbers that are read from there when they are asked for.
  explicit EpochLogs(std::shared_ptr<LogSource> source) : source_(std::move(source)) {}
  EpochLogs(const EpochLogs& other) : entries_(other.all()) {}
  EpochLogs(EpochLogs&&) noexcept = default;
  EpochLogs& operator=(const EpochLogs& other);
  EpochLogs& operator=(EpochLogs&&) noexcept = default;
  ~EpochLogs() = default;

  /// The number of that name. Throws ValueError, listing the names, if there is none.
  double operator[](std::string_view name) const { return at(name); }
  double at(std::string_view name) const;
  /// The number of that name, or another if there is none.
  double get(std::string_view name, double otherwise) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  std::size_t count(std::string_view name) const { return contains(name) ? 1 : 0; }

  /// Adds a number, or replaces the one of that name.
  void set(std::string_view name, double value);
  /// Adds a number under that name, with `_2`, `_3`, ... behind it if it is taken.
  void add(std::string_view name, double value);

  std::size_t size() const { return all().size(); }
  bool empty() const { return all().empty(); }
  /// Pairs of name and number.
  auto begin() const { return all().begin(); }
  auto end() const { return all().end(); }
  std::vector<std::string> names() const;

  /// The same numbers, as a step reports them.
  operator Logs() const;
  friend bool operator==(const EpochLogs& a, const EpochLogs& b) { return a.all() == b.all(); }

 private:
  // What is read of the source so far: nothing, what steps have reported, or all.
  enum class Read : std::uint8_t { nothing, steps, all };

  const std::vector<Entry>& all() const;
  const Entry* find(std::string_view name) const;
  const Entry* known(std::string_view name) const;
  void read(Read wanted) const;

  mutable std::vector<Entry> entries_;
  mutable std::shared_ptr<LogSource> source_;
  mutable Read read_ = Read::nothing;
};

/// As for Logs: `loss: 0.2513 - accuracy: 0.9172`.
std::string to_string(const EpochLogs& logs);
std::ostream& operator<<(std::ostream& out, const EpochLogs& logs);

}  // namespace copse
