// Tables as CSV: numbers, and texts that stand for categories.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/io/options.hpp"

namespace copse::io {

/// The texts of categories by the name of their column; a category's number is its place.
using CsvCategories = std::map<std::string, std::vector<std::string>>;

/// How a table is written, and what is wanted of it.
struct CsvOptions {
  char delimiter = ',';
  /// Whether the first row has the columns' names. By default it has if none of its fields is a number and at
  /// least one is a text: not empty, nor a word for a missing value.
  std::optional<bool> header = std::nullopt;
  /// What numbers become.
  DType dtype = DType::float32;
  /// The decimal mark: `,` for tables with decimal commas (which have another delimiter, mostly `;`).
  char decimal = '.';
  /// The columns that are wanted, by name and in this order; all if there are none. Without a header columns
  /// are called `0`, `1`, `2` ...
  std::vector<std::string> columns = {};
  /// Columns with a dtype of their own.
  std::map<std::string, DType> dtypes = {};
  /// Columns of text, each with its categories; those without any get them from the file, sorted. To read a
  /// second file with the same numbers, give the `categories` of the first table: another text is an IoError
  /// then.
  CsvCategories categories = {};
  /// Whether rows with another number of fields, or with a field that cannot be what its column is, are left
  /// out, and reported, in place of ending in an IoError.
  bool skip_malformed = false;
  /// What stands for a missing value, beside an empty field; pandas has the same words.
  std::vector<std::string> missing = {"NA",   "N/A",    "NaN",     "nan",     "-NaN",    "-nan", "null",
                                      "NULL", "None",   "n/a",     "<NA>",    "#N/A",    "#NA",  "#N/A N/A",
                                      "#NAN", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"};
};

/// What has become of the rows of a table.
struct CsvReport {
  std::int64_t rows = 0;              ///< read
  std::int64_t skipped = 0;           ///< left out because `skip_malformed` asked for that
  std::int64_t blank = 0;             ///< lines with nothing on them, which are no rows
  std::int64_t missing = 0;           ///< fields of rows that were read, without a value
  bool header = false;                ///< whether the first row was taken for names
  std::vector<std::string> problems;  ///< why rows were left out, with their lines: the first 20
};

/// A table.
struct Table {
  std::vector<std::string>
      columns;   ///< names of those in `values`; none if there is no header and nothing was named
  Array values;  ///< (rows, columns): those without categories and without a dtype of their own
  std::map<std::string, Array> typed =
      {};                         ///< the others, (rows,): int32 for categories, -1 where there is none
  CsvCategories categories = {};  ///< what the numbers of categories stand for
  CsvReport report = {};

  /// The column of that name, (rows,); throws ValueError if there is none, or more than one.
  Array column(const std::string& name) const;
};

/// Reads a table: UTF-8, with or without a byte order mark, plain or compressed by gzip; lines end with LF,
/// CR LF or CR; fields may be in double quotes, and hold delimiters, line ends and doubled quotes then. A
/// missing value is nan. A number too large for a floating-point dtype is infinity, one too small 0, as in
/// NumPy; one that an integer dtype cannot hold is an error, and so is a missing value there.
///
/// Each row is read, reported as skipped, or the reason for an IoError that names its line. Throws IoError
/// also for a column that is not there, an open quote, or text in UTF-16.
[[nodiscard]] Table load_csv(const std::filesystem::path& path, const CsvOptions& options = {},
                             const ReadOptions& read = {});

/// Writes a table whose columns are arrays (rows,), after a row with their names. Integers are written as
/// they are, bool as 0 and 1, floating-point numbers with as many digits as bring back the same number; nan
/// is an empty field. Names are in double quotes where they must be. `load_csv` reads it. Throws ValueError
/// if there is no column, or two of one name; ShapeError for columns of several lengths or dimensions;
/// IoError for a file that cannot be written.
void save_csv(const std::filesystem::path& path, const std::vector<std::pair<std::string, Array>>& columns,
              const SaveOptions& options = {});

/// A table that is read piece by piece, as it is needed:
///
///     io::CsvReader reader("large.csv");
///     for (io::Table part = reader.next(1000); part.values.shape(0) > 0; part = reader.next(1000)) ...
class CsvReader {
 public:
  /// Opens the file. Throws IoError as `load_csv` does; ValueError for categories without texts, whose
  /// numbers are known at the end only.
  explicit CsvReader(const std::filesystem::path& path, const CsvOptions& options = {},
                     const ReadOptions& read = {});
  ~CsvReader();
  CsvReader(CsvReader&&) noexcept;
  CsvReader& operator=(CsvReader&&) noexcept;

  /// The next rows: that many, fewer at the end, then none. The report is that of all rows until then.
  Table next(std::int64_t rows);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace copse::io
