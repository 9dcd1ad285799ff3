// Tables as CSV files.
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <unordered_set>

#include "copse/core/error.hpp"
#include "copse/io/atomic_file.hpp"
#include "copse/io/csv.hpp"

namespace copse::io {
namespace {

std::string quoted(const std::string& name) {
  const bool blank_ends = name.empty() || name.front() == ' ' || name.back() == ' ';
  if (!blank_ends && name.find_first_of(",\"\n\r\t") == std::string::npos) return name;
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

template <class T>
std::vector<std::string> texts_of(const Array& column) {
  std::vector<std::string> out;
  for (const T value : column.to_vector<T>()) {
    if constexpr (std::is_floating_point_v<T>) {
      out.push_back(std::isnan(value) ? std::string() : fmt::format("{}", value));
    } else {
      out.push_back(fmt::format("{}", value));
    }
  }
  return out;
}

// The fields of a column. Numbers are converted where the wider type has all of them.
std::vector<std::string> fields_of(const Array& column) {
  if (column.dtype() == DType::float64) return texts_of<double>(column);
  return is_floating(column.dtype()) ? texts_of<float>(column) : texts_of<std::int64_t>(column);
}

void check(const std::vector<std::pair<std::string, Array>>& columns) {
  if (columns.empty()) throw ValueError("save_csv: got no columns, wanted one or more");
  std::unordered_set<std::string> names;
  for (const auto& [name, column] : columns) {
    if (!names.insert(name).second)
      throw ValueError(fmt::format("save_csv: two columns are called '{}'", name));
    if (column.ndim() != 1 || column.shape(0) != columns[0].second.shape(0)) {
      throw ShapeError(fmt::format("save_csv: column '{}' is {}, column '{}' {}, wanted (rows,) for all",
                                   name, to_string(column.type()), columns[0].first,
                                   to_string(columns[0].second.type())));
    }
  }
}

}  // namespace

void save_csv(const std::filesystem::path& path, const std::vector<std::pair<std::string, Array>>& columns,
              const SaveOptions& options) {
  check(columns);
  std::vector<std::vector<std::string>> fields;
  std::string text;
  for (const auto& [name, column] : columns) {
    text += (fields.empty() ? "" : ",") + quoted(name);
    fields.push_back(fields_of(column));
  }
  text += '\n';
  for (std::size_t row = 0; row < fields[0].size(); ++row) {
    // A lone empty field would be an empty line, which is no row.
    for (std::size_t c = 0; c < fields.size(); ++c)
      text += (c == 0 ? "" : ",") + (fields.size() == 1 && fields[c][row].empty() ? "nan" : fields[c][row]);
    text += '\n';
  }
  write_file(path, text, "save_csv", options);
}

}  // namespace copse::io
