// Named arguments: what collections of losses and metrics are called with.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "copse/core/array.hpp"

namespace copse {

/// The value of a named argument: an array, or a list or map of such values.
class Argument {
 public:
  using List = std::vector<Argument>;
  using Map = std::map<std::string, Argument>;

  Argument() = default;
  Argument(Array value) : value_(std::move(value)) {}
  template <Scalar T>
  Argument(T value) : value_(Array(value)) {}
  Argument(const std::vector<Array>& values) : value_(List(values.begin(), values.end())) {}
  Argument(const std::map<std::string, Array>& values) : value_(Map(values.begin(), values.end())) {}
  Argument(List values) : value_(std::move(values)) {}
  Argument(Map values) : value_(std::move(values)) {}

  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_map() const { return std::holds_alternative<Map>(value_); }
  /// The array. Throws ValueError if this is a list or a map.
  const Array& array() const;
  operator const Array&() const { return array(); }
  /// All arrays in it, in order.
  std::vector<Array> arrays() const;
  operator std::vector<Array>() const { return arrays(); }
  /// The map. Throws ValueError if this is none.
  const Map& map() const;

  /// The part at a position or under a key; null if there is none.
  const Argument* find(std::int64_t position) const;
  const Argument* find(const std::string& key) const;
  /// The elements of a list or map, in order.
  std::vector<const Argument*> parts() const;

 private:
  std::variant<Array, List, Map> value_;
};

/// Where a part of an argument is: keys and positions, `{"images", 0}`.
class ArgumentPath {
 public:
  using Step = std::variant<std::string, std::int64_t>;

  ArgumentPath(const char* name) : steps_{std::string(name)} {}
  ArgumentPath(std::string name) : steps_{std::move(name)} {}
  ArgumentPath(std::initializer_list<Step> steps) : steps_(steps) {}

  const std::vector<Step>& steps() const { return steps_; }
  /// The first step: an argument's name. Throws ValueError if it is none.
  const std::string& name() const;
  /// `images[0]`.
  std::string text() const;
  friend bool operator==(const ArgumentPath&, const ArgumentPath&) = default;

 private:
  std::vector<Step> steps_;
};

/// Arguments by name, in the order given: `{{"preds", y}, {"target", t}}`. One without a value counts as not
/// given.
class Arguments {
 public:
  using Entry = std::pair<std::string, Argument>;

  Arguments() = default;
  Arguments(std::initializer_list<Entry> entries) : Arguments(std::vector<Entry>(entries)) {}
  /// Throws ValueError if a name is there twice.
  explicit Arguments(std::vector<Entry> entries);

  /// The argument of that name, or null.
  const Argument* find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// Adds an argument, or replaces the one of that name.
  void set(std::string name, Argument value);
  void erase(std::string_view name);
  /// The part of an argument that a path leads to. Throws ValueError naming `function`, what is missing and
  /// what there is.
  const Argument& at(const ArgumentPath& path, std::string_view function) const;

  /// How many samples a batch has: the first dimension of the first of sample_weight, target, preds, inputs,
  /// or any argument, that has one; else 1.
  std::int64_t batch_size() const;

  /// The names, for messages.
  std::string names() const;
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }

 private:
  std::vector<Entry> entries_;
};

/// Which argument a loss or metric reads in the place of one of its own.
struct Renaming {
  std::string argument;
  ArgumentPath source = "";
  friend bool operator==(const Renaming&, const Renaming&) = default;
};

/// The arguments as something with these renamings sees them: each renamed one is the part that its source
/// leads to.
Arguments renamed(const Arguments& arguments, const std::vector<Renaming>& renamings,
                  std::string_view function);

}  // namespace copse
