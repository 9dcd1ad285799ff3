// Tables in CSV files as datasets: read whole, or as a stream.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "copse/data/batch.hpp"
#include "copse/data/dataset.hpp"
#include "copse/data/stream.hpp"
#include "copse/io/csv.hpp"

namespace copse::data {

/// What the columns of a table are for, and how the file is written.
struct CsvDataOptions {
  std::string labels = {};         ///< the column of the labels; none by default
  std::string sample_weight = {};  ///< the column of the samples' weights
  /// How the file is written. Columns of text are for labels only: `{.categories = {{"species", {}}}}`
  /// numbers the texts of that column.
  io::CsvOptions table = {};
  io::ReadOptions read = {};
};

/// The rows of a file: each row's numbers as inputs (columns,), the others as scalars. Throws as
/// `io::load_csv` does; ValueError for a column that is not there, and for columns of their own types that
/// are no labels.
[[nodiscard]] Dataset<Batch> csv(const std::filesystem::path& path, const CsvDataOptions& options = {});

/// The same, read as it is used, from the front for each epoch. Throws at once for a file that cannot be
/// opened, and where a row is wrong when it is met. Categories need their texts.
[[nodiscard]] Stream<Batch> csv_stream(const std::filesystem::path& path, const CsvDataOptions& options = {});

}  // namespace copse::data
