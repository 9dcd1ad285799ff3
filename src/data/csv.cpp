#include "copse/data/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "copse/core/error.hpp"

namespace copse::data {
namespace {

constexpr std::int64_t rows_at_once = 1024;

// The columns of a table as samples.
Batch as_samples(const char* function, const io::Table& table, const CsvDataOptions& options) {
  const auto special = [&](const std::string& name) {
    return !name.empty() && (name == options.labels || name == options.sample_weight);
  };
  for (const auto& [name, column] : table.typed) {
    if (special(name)) continue;
    throw ValueError(
        fmt::format("{}: the column '{}' has a type of its own ({}), and inputs are one array: read it with "
                    "io::load_csv and give its columns to data::arrays",
                    function, name, name_of(column.dtype())));
  }
  Batch out;
  if (!options.labels.empty()) out.labels = table.column(options.labels);
  if (!options.sample_weight.empty()) out.sample_weight = table.column(options.sample_weight);
  out.inputs = table.values;
  return out;
}

// The table with labels and weights as columns of their own, which also have names where the first row has
// none.
io::CsvOptions with_names(const CsvDataOptions& options) {
  io::CsvOptions table = options.table;
  for (const std::string& name : {options.labels, options.sample_weight}) {
    if (name.empty()) continue;
    if (!table.categories.contains(name)) table.dtypes.try_emplace(name, table.dtype);
    auto& columns = table.columns;
    if (!columns.empty() && std::find(columns.begin(), columns.end(), name) == columns.end())
      columns.push_back(name);
  }
  return table;
}

// Reads rows one by one, some of them ahead.
class Rows {
 public:
  Rows(const std::filesystem::path& path, const CsvDataOptions& options)
      : reader_(path, with_names(options), options.read), options_(options) {}

  std::optional<Batch> operator()() {
    if (at_ == count_) {
      const io::Table part = reader_.next(rows_at_once);
      at_ = 0;
      count_ = part.values.shape(0);
      if (count_ == 0) return std::nullopt;
      samples_ = as_samples("csv_stream", part, options_);
    }
    const std::int64_t row = at_++;
    return map_columns(samples_, [&](const Array& column) { return data_detail::element(column, row); });
  }

 private:
  io::CsvReader reader_;
  CsvDataOptions options_;
  Batch samples_;
  std::int64_t at_ = 0, count_ = 0;
};

}  // namespace

Dataset<Batch> csv(const std::filesystem::path& path, const CsvDataOptions& options) {
  return arrays(as_samples("csv", io::load_csv(path, with_names(options), options.read), options));
}

Stream<Batch> csv_stream(const std::filesystem::path& path, const CsvDataOptions& options) {
  (void)Rows(path, options);
  return stream([path, options](std::int64_t) { return Rows(path, options); });
}

}  // namespace copse::data
