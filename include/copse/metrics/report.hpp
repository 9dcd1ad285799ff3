// Report: named values in the order in which they were declared.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"

namespace copse {

/// Named values, as collections of metrics compute them: a tree, with the names static. Equal names get `_2`,
/// `_3`.
class Report {
 public:
  Report() = default;
  Report(std::initializer_list<std::pair<std::string, Array>> entries);

  /// The value of that name; throws ValueError naming those that there are.
  const Array& operator[](std::string_view name) const;
  const Array& at(std::string_view name) const { return (*this)[name]; }
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  std::size_t count(std::string_view name) const { return contains(name) ? 1 : 0; }
  /// The value of that name, or null.
  const Array* find(std::string_view name) const;

  /// Adds a value under a name that is free: `name`, else `name_2`, `name_3`... Gives the name.
  const std::string& add(const std::string& name, Array value);
  /// Adds all values of another report, each name after `prefix`.
  void add(const Report& other, const std::string& prefix = {});
  /// Sets the value of that name, or adds it.
  void set(const std::string& name, Array value);

  std::size_t size() const { return names_.size(); }
  bool empty() const { return names_.empty(); }
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<Array>& values() const { return values_; }

  /// Pairs of name and value.
  class Iterator {
   public:
    using value_type = std::pair<const std::string&, const Array&>;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(const Report* report, std::size_t place) : report_(report), place_(place) {}
    value_type operator*() const { return {report_->names_[place_], report_->values_[place_]}; }
    Iterator& operator++() {
      ++place_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++place_;
      return before;
    }
    bool operator==(const Iterator& other) const { return place_ == other.place_; }

   private:
    const Report* report_ = nullptr;
    std::size_t place_ = 0;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

  static constexpr auto fields() {
    return std::tuple{std::pair{"names", &Report::names_}, std::pair{"values", &Report::values_}};
  }

 private:
  std::vector<std::string> names_;
  std::vector<Array> values_;
};

/// `accuracy: 0.5 - loss: 0.25`, in the order of the report.
std::ostream& operator<<(std::ostream& out, const Report& report);

}  // namespace copse
