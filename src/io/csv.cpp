#include "copse/io/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "copse/core/error.hpp"
#include "copse/core/moved.hpp"
#include "copse/ops/indexing.hpp"
#include "csv_columns.hpp"
#include "csv_scanner.hpp"
#include "input.hpp"

namespace copse::io {
namespace {

constexpr std::size_t most_problems = 20;

// Names for a message, the first few of them.
std::string shown(const std::vector<std::string>& names) {
  const std::size_t count = std::min<std::size_t>(names.size(), 20);
  return fmt::format("({}{})",
                     fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count), ", "),
                     count < names.size() ? ", ..." : "");
}

// A column that has a dtype of its own, or categories.
struct Own {
  GrowingArray elements;
  std::optional<Categories> categories;
};

// A column that is wanted.
struct Column {
  std::string name;
  std::size_t field = 0;  // its place in a row
  Own* own = nullptr;     // null: it goes to the matrix of all others
};

class TableReader {
 public:
  TableReader(Input& input, const CsvOptions& options)
      : input_(input),
        options_(options),
        scanner_(input, options.delimiter),
        missing_words_(options.missing.begin(), options.missing.end()),
        matrix_(options.dtype) {
    for (const auto& [name, dtype] : options.dtypes) own_.emplace(name, Own{GrowingArray(dtype), {}});
    for (const auto& [name, texts] : options.categories) {
      own_.insert_or_assign(name, Own{GrowingArray(DType::int32), Categories(texts)});
    }
  }

  // The next rows, at most so many.
  Table read(std::int64_t most) {
    CsvRow row;
    rows_ = 0;
    while (rows_ < most && scanner_.next(row)) {
      if (row.blank()) {
        ++report_.blank;
        continue;
      }
      if (!std::exchange(started_, true)) {
        report_.header = options_.header.value_or(is_header(row));
        start(row);
        if (report_.header) continue;
      }
      if (std::string problem = add(row); !problem.empty()) skip(row, problem);
    }
    if (!started_ && by_name()) input_.fail("is empty, and so has none of the columns that are wanted");
    return finish();
  }

 private:
  bool by_name() const { return !options_.columns.empty() || !own_.empty(); }

  bool is_missing(std::string_view field) {
    if (field.empty()) return true;
    key_ = field;
    return missing_words_.contains(key_);
  }

  bool is_header(const CsvRow& row) {
    bool text = false;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (is_missing(row[i])) continue;
      if (parse_csv_number(row[i], options_.decimal)) return false;
      text = true;
    }
    return text;
  }

  // Takes the names from the first row, and finds the columns that are wanted.
  void start(const CsvRow& row) {
    width_ = row.size();
    std::vector<std::string> names;
    for (std::size_t i = 0; i < width_ && (report_.header || by_name()); ++i) {
      names.push_back(report_.header ? std::string(row[i]) : fmt::format("{}", i));
    }
    named_ = !names.empty();
    for (const auto& [name, own] : own_) (void)place_of(names, name);
    if (options_.columns.empty()) {
      names.resize(width_);
      for (std::size_t i = 0; i < width_; ++i) want(std::move(names[i]), i);
    } else {
      for (const std::string& name : options_.columns) want(name, place_of(names, name));
    }
    matrix_width_ = static_cast<std::size_t>(
        std::count_if(columns_.begin(), columns_.end(), [](const Column& column) { return !column.own; }));
    cells_.resize(columns_.size() * sizeof(double));
  }

  void want(std::string name, std::size_t place) {
    const auto own = named_ ? own_.find(name) : own_.end();
    columns_.push_back({std::move(name), place, own == own_.end() ? nullptr : &own->second});
  }

  std::size_t place_of(const std::vector<std::string>& names, const std::string& name) const {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      input_.fail(fmt::format("there is no column '{}' among {}{}", name, shown(names),
                              report_.header ? "" : "; the first row is not taken for names (see `header`)"));
    }
    if (std::find(found + 1, names.end(), name) != names.end()) {
      input_.fail(fmt::format("there are two columns '{}'", name));
    }
    return static_cast<std::size_t>(found - names.begin());
  }

  // Adds a row whole, or says why it cannot be.
  std::string add(const CsvRow& row) {
    if (row.size() != width_) return fmt::format("has {} fields, the first row has {}", row.size(), width_);
    std::int64_t missing = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      std::byte* cell = cells_.data() + i * sizeof(double);
      if (std::string problem = convert(columns_[i], row[columns_[i].field], cell, missing);
          !problem.empty()) {
        return problem;
      }
    }
    const std::size_t item = size_of(matrix_.dtype());
    std::byte* to = matrix_width_ > 0 ? matrix_.extend(matrix_width_) : nullptr;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::byte* cell = cells_.data() + i * sizeof(double);
      if (Own* own = columns_[i].own) {
        std::copy_n(cell, size_of(own->elements.dtype()), own->elements.extend(1));
      } else {
        to = std::copy_n(cell, item, to);
      }
    }
    ++rows_;
    ++report_.rows;
    report_.missing += missing;
    return {};
  }

  // Writes what a field is as an element of its column, or says why that cannot be.
  std::string convert(const Column& column, std::string_view field, std::byte* cell, std::int64_t& missing) {
    const DType dtype = column.own ? column.own->elements.dtype() : matrix_.dtype();
    const auto problem = [&](std::string_view what) {
      return fmt::format("'{}'{} {}", field.substr(0, 40),
                         column.name.empty() ? "" : fmt::format(" in column '{}'", column.name), what);
    };
    const bool none = is_missing(field);
    missing += none;
    if (column.own && column.own->categories) {
      const auto number = none ? std::optional<std::int32_t>(-1) : column.own->categories->number(field);
      if (!number) return problem("is none of the categories that were given");
      put_number(dtype, {0, *number}, cell);
      return {};
    }
    if (none)
      return put_missing(dtype, cell)
                 ? ""
                 : problem(fmt::format("is no value, and {} has no nan", name_of(dtype)));
    auto number = parse_csv_number(field, options_.decimal);
    if (!number && dtype == DType::bool_) number = truth(field);
    if (!number) return problem("is no number");
    return put_number(dtype, *number, cell) ? "" : problem(fmt::format("is no {}", name_of(dtype)));
  }

  static std::optional<CsvNumber> truth(std::string_view field) {
    for (const std::string_view word : {"true", "True", "TRUE"}) {
      if (field == word) return CsvNumber{1, 1};
    }
    for (const std::string_view word : {"false", "False", "FALSE"}) {
      if (field == word) return CsvNumber{0, 0};
    }
    return std::nullopt;
  }

  void skip(const CsvRow& row, const std::string& problem) {
    const std::string text = fmt::format("line {}: {}", row.line(), problem);
    if (!options_.skip_malformed) {
      const bool guess = report_.rows == 0 && !report_.header && !options_.header;
      input_.fail(text + (guess ? "; if this row has the columns' names, say so by header = true" : ""));
    }
    ++report_.skipped;
    if (report_.problems.size() < most_problems) report_.problems.push_back(text);
  }

  Table finish() {
    Table out;
    out.values = matrix_.finish({rows_, static_cast<std::int64_t>(matrix_width_)});
    for (const Column& column : columns_) {
      if (!column.own) {
        if (named_) out.columns.push_back(column.name);
        continue;
      }
      if (out.typed.contains(column.name)) continue;
      Array array = column.own->elements.finish({rows_});
      if (auto& categories = column.own->categories) {
        auto* numbers = static_cast<std::int32_t*>(detail::mutable_data(array));
        out.categories[column.name] = categories->finish(numbers, static_cast<std::size_t>(array.size()));
      }
      out.typed.emplace(column.name, std::move(array));
    }
    out.report = report_;
    return out;
  }

  Input& input_;
  const CsvOptions& options_;
  CsvScanner scanner_;
  std::unordered_set<std::string> missing_words_;
  std::string key_;  // a place for a word that is looked up
  std::map<std::string, Own> own_;
  GrowingArray matrix_;
  std::vector<Column> columns_;
  std::vector<std::byte> cells_;  // of a row, while it is checked
  std::size_t width_ = 0, matrix_width_ = 0;
  bool named_ = false, started_ = false;
  std::int64_t rows_ = 0;  // that `read` has added
  CsvReport report_;
};

void check_options(const char* function, const CsvOptions& options) {
  const auto one_of = [](char c, std::string_view text) { return text.find(c) != std::string_view::npos; };
  if (one_of(options.delimiter, "\"\r\n.+-0123456789")) {
    throw ValueError(fmt::format("{}: '{}' cannot be a delimiter", function, options.delimiter));
  }
  if ((options.decimal != '.' && options.decimal != ',') || options.decimal == options.delimiter) {
    throw ValueError(
        fmt::format("{}: the decimal mark is '{}', wanted '.' or ',', and another delimiter than '{}'",
                    function, options.decimal, options.delimiter));
  }
  auto names = options.columns;
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end()) {
    throw ValueError(fmt::format("{}: the column '{}' is wanted twice", function, *twice));
  }
}

}  // namespace

Table load_csv(const std::filesystem::path& path, const CsvOptions& options, const ReadOptions& read) {
  check_options("load_csv", options);
  return reading("load_csv", path, [&] {
    Input file("load_csv", path, read);
    return TableReader(file, options).read(std::numeric_limits<std::int64_t>::max());
  });
}

struct CsvReader::State {
  State(const std::filesystem::path& where, const CsvOptions& how, const ReadOptions& read)
      : path(where), options(how), file("CsvReader", path, read), table(file, options) {}
  std::filesystem::path path;
  CsvOptions options;
  Input file;
  TableReader table;
};

CsvReader::CsvReader(const std::filesystem::path& path, const CsvOptions& options, const ReadOptions& read) {
  check_options("CsvReader", options);
  for (const auto& [name, texts] : options.categories) {
    if (texts.empty()) {
      throw ValueError(
          fmt::format("CsvReader: the column '{}' has categories without texts, whose numbers only the whole "
                      "file tells: give the "
                      "texts, or use load_csv",
                      name));
    }
  }
  state_ = reading("CsvReader", path, [&] { return std::make_unique<State>(path, options, read); });
}
CsvReader::~CsvReader() = default;
CsvReader::CsvReader(CsvReader&&) noexcept = default;
CsvReader& CsvReader::operator=(CsvReader&&) noexcept = default;

Table CsvReader::next(std::int64_t rows) {
  if (!state_) copse::detail::throw_moved_from("CsvReader");
  if (rows < 1) throw ValueError(fmt::format("CsvReader::next: {} rows, wanted 1 or more", rows));
  return reading("CsvReader", state_->path, [&] { return state_->table.read(rows); });
}

Array Table::column(const std::string& name) const {
  if (const auto found = typed.find(name); found != typed.end()) return found->second;
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) {
    throw ValueError(fmt::format("Table: there is no column '{}' among {}", name, shown(columns)));
  }
  if (std::find(found + 1, columns.end(), name) != columns.end()) {
    throw ValueError(fmt::format("Table: there are two columns '{}': take them from `values`", name));
  }
  return take(values, static_cast<int>(found - columns.begin()), 1);
}

}  // namespace copse::io
