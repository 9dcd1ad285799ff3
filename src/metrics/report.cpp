// Named values.
#include "copse/metrics/report.hpp"

#include <algorithm>
#include <ostream>

#include "copse/core/error.hpp"

namespace copse {

Report::Report(std::initializer_list<std::pair<std::string, Array>> entries) {
  for (const auto& [name, value] : entries) add(name, value);
}

const Array* Report::find(std::string_view name) const {
  const auto it = std::find(names_.begin(), names_.end(), name);
  return it == names_.end() ? nullptr : &values_[static_cast<std::size_t>(it - names_.begin())];
}

const Array& Report::operator[](std::string_view name) const {
  if (const Array* value = find(name)) return *value;
  std::string known;
  for (const auto& n : names_) known += (known.empty() ? "'" : ", '") + n + "'";
  throw ValueError("Report: there is no '" + std::string(name) + "'; there is " +
                   (known.empty() ? "nothing" : known));
}

const std::string& Report::add(const std::string& name, Array value) {
  std::string free = name;
  for (int i = 2; contains(free); ++i) free = name + "_" + std::to_string(i);
  names_.push_back(std::move(free));
  values_.push_back(std::move(value));
  return names_.back();
}

void Report::add(const Report& other, const std::string& prefix) {
  for (const auto& [name, value] : other) add(prefix + name, value);
}

void Report::set(const std::string& name, Array value) {
  const auto it = std::find(names_.begin(), names_.end(), name);
  if (it == names_.end())
    add(name, std::move(value));
  else
    values_[static_cast<std::size_t>(it - names_.begin())] = std::move(value);
}

std::ostream& operator<<(std::ostream& out, const Report& report) {
  const char* between = "";
  for (const auto& [name, value] : report) {
    out << between << name << ": " << value;
    between = " - ";
  }
  return out;
}

}  // namespace copse
