// A reference case as its JSON file has it: a call, its options, its inputs, and what it must give.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"

namespace reference {

using copse::Array;
using Json = nlohmann::json;
using Pair = std::pair<std::int64_t, std::int64_t>;

/// A case that asks for what is not known here: a call, an option, a value of one, an input.
class Unsupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A JSON file that does not keep to the schema.
class Malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The options of a call. Null counts as absent. Every look at an option is remembered, so that one that
/// nobody asked for shows up; a value of the wrong sort throws Unsupported, as does one that is missing and
/// has no fallback.
class Options {
 public:
  explicit Options(const Json& object);

  bool has(const std::string& name) const;
  bool flag(const std::string& name, std::optional<bool> fallback = std::nullopt) const;
  std::int64_t integer(const std::string& name, std::optional<std::int64_t> fallback = std::nullopt) const;
  double number(const std::string& name, std::optional<double> fallback = std::nullopt) const;
  std::string text(const std::string& name, const std::optional<std::string>& fallback = std::nullopt) const;
  /// A bare number, as a weakly typed scalar.
  Array scalar(const std::string& name) const;
  /// A list of integers; a single one counts as a list of one.
  std::vector<std::int64_t> integers(const std::string& name) const;
  std::vector<int> axes(const std::string& name) const;
  std::optional<int> axis(const std::string& name, std::optional<int> absent = std::nullopt) const;
  /// A list of two lists of axes, or of two axes.
  std::pair<std::vector<int>, std::vector<int>> axes_pair(const std::string& name) const;
  std::vector<double> numbers(const std::string& name) const;
  std::vector<Pair> pairs(const std::string& name) const;
  copse::Shape shape(const std::string& name) const;
  /// Options inside an option.
  Options object(const std::string& name) const;
  std::vector<Options> objects(const std::string& name) const;

  bool is_text(const std::string& name) const;
  bool is_list(const std::string& name) const;
  bool is_object(const std::string& name) const;

  /// Counts an option as known without looking at it.
  void ignore(const std::string& name) const;
  /// The options that nobody looked at.
  std::vector<std::string> unread() const;
  /// Throws Unsupported: this option's value means nothing here.
  [[noreturn]] void unknown(const std::string& name) const;

 private:
  Options(const Json& object, std::string path, std::shared_ptr<std::set<std::string>> read);
  const Json* find(const std::string& name) const;
  const Json& require(const std::string& name) const;

  const Json* object_;  // belongs to the case
  std::string path_;
  std::shared_ptr<std::set<std::string>> read_;
};

using Arrays = std::map<std::string, Array>;
/// What a call gives, by name.
using Results = std::vector<std::pair<std::string, Array>>;

inline Results value(Array array) {
  Results results;
  results.emplace_back("value", std::move(array));
  return results;
}

/// What a call is given. Inputs that nobody looked at are found out as options are.
class Arguments {
 public:
  Arguments(const Options& all, Arrays arrays, std::shared_ptr<std::set<std::string>> read)
      : options(all), inputs_(std::move(arrays)), read_(std::move(read)) {}

  const Options& options;

  bool has(const std::string& name) const;
  const Array& operator[](const std::string& name) const;
  /// prefix0, prefix1, ... as many as there are.
  std::vector<Array> numbered(const std::string& prefix) const;
  /// All inputs, by name.
  const Arrays& all() const;
  /// The same with other arrays in the place of some inputs.
  Arguments with(const std::vector<std::string>& names, const std::vector<Array>& arrays) const;

 private:
  Arrays inputs_;
  std::shared_ptr<std::set<std::string>> read_;
};

struct Case {
  std::string group;
  std::string name;
  std::string call;
  std::shared_ptr<const Json> options;
  Arrays inputs;
  Arrays expected;
  double rtol = 0;
  double atol = 0;
  std::string problem;              ///< why the case could not be read, if it could not
  bool problem_is_support = false;  ///< ... because it uses a dtype that there is not
};

/// The cases of a file; throws Malformed if it is none of this schema.
std::vector<Case> read_cases(const std::filesystem::path& file);

}  // namespace reference
