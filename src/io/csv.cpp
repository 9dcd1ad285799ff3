#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <string_view>

#include "copse/core/error.hpp"
#include "copse/io/datasets.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "input.hpp"

namespace copse::io {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string unquoted(std::string_view field) {
  if (field.size() < 2 || field.front() != '"' || field.back() != '"') return std::string(field);
  std::string out;
  field = field.substr(1, field.size() - 2);
  for (std::size_t i = 0; i < field.size(); ++i) {
    out += field[i];
    if (field[i] == '"' && i + 1 < field.size() && field[i + 1] == '"') ++i;
  }
  return out;
}

// The fields of a line. A delimiter between quotes is none.
std::vector<std::string> fields_of(std::string_view line, char delimiter) {
  std::vector<std::string> out;
  std::size_t start = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= line.size(); ++i) {
    if (i < line.size() && line[i] == '"') quoted = !quoted;
    if (i == line.size() || (line[i] == delimiter && !quoted)) {
      out.push_back(unquoted(trimmed(line.substr(start, i - start))));
      start = i + 1;
    }
  }
  return out;
}

bool parse_number(std::string_view field, double& value) {
  if (field.empty()) {
    value = std::numeric_limits<double>::quiet_NaN();
    return true;
  }
  if (field.front() == '+') field.remove_prefix(1);
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return error == std::errc() && end == field.data() + field.size();
}

}  // namespace

Table load_csv(const std::filesystem::path& path, const CsvOptions& options) {
  Input file("load_csv", path);
  const std::string text = file.read_all();
  Table out;
  std::vector<double> values;
  std::size_t width = 0, rows = 0, number = 0;
  bool first = true;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    ++number;
    if (trimmed(line).empty()) continue;
    const auto fields = fields_of(line, options.delimiter);
    double value = 0;
    if (first) {
      first = false;
      width = fields.size();
      bool header = options.header.value_or(false);
      for (const auto& field : fields) header = header || (!options.header && !parse_number(field, value));
      if (header) {
        out.columns = fields;
        continue;
      }
    }
    if (fields.size() != width) {
      file.fail(fmt::format("line {} has {} fields, the first has {}", number, fields.size(), width));
    }
    for (const auto& field : fields) {
      if (!parse_number(field, value))
        file.fail(fmt::format("line {}: '{}' is no number", number, field.substr(0, 40)));
      values.push_back(value);
    }
    ++rows;
  }
  out.values = astype(array(std::span<const double>(values),
                            {static_cast<std::int64_t>(rows), static_cast<std::int64_t>(width)}),
                      options.dtype);
  return out;
}

Array Table::column(const std::string& name) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == name) return take(values, static_cast<int>(i), 1);
  }
  throw ValueError(fmt::format("Table: there is no column '{}' among ({})", name, fmt::join(columns, ", ")));
}

}  // namespace copse::io
