// Readers of the files that data sets come in: IDX (MNIST and its kin), CIFAR, and tables as CSV.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "copse/core/array.hpp"

namespace copse::io {

/// Reads an IDX file, as it is or compressed by gzip. Bytes stay uint8; signed bytes and shorts become int32.
/// Throws IoError for one that is missing, truncated, too long, or something else.
[[nodiscard]] Array load_idx(const std::filesystem::path& path);

/// Images and their labels.
struct LabeledImages {
  Array images;  ///< uint8 (number, height, width, channels)
  Array labels;  ///< int32 (number,)
};

/// Reads the binary files of CIFAR-10, one after the other.
[[nodiscard]] LabeledImages load_cifar10(const std::vector<std::filesystem::path>& paths);
/// The same for CIFAR-100, with the fine labels or the coarse ones.
[[nodiscard]] LabeledImages load_cifar100(const std::filesystem::path& path, bool coarse = false);

/// How a table is written.
struct CsvOptions {
  char delimiter = ',';
  /// Whether the first line has the columns' names; by default it has if some field of it is no number.
  std::optional<bool> header = std::nullopt;
  /// What the elements become.
  DType dtype = DType::float32;
};

/// A table of numbers.
struct Table {
  std::vector<std::string> columns;  ///< the names, if there were any
  Array values;                      ///< (rows, columns)

  /// The column of that name, (rows,); throws ValueError if there is none.
  Array column(const std::string& name) const;
};

/// Reads numbers separated by a delimiter. Empty fields and `nan` are nan. Throws IoError, with the line, for
/// a field that is no number or a line with another number of fields.
[[nodiscard]] Table load_csv(const std::filesystem::path& path, const CsvOptions& options = {});

}  // namespace copse::io
