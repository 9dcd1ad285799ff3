// CSV as rows of fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "input.hpp"

namespace copse::io {

/// A row: its fields without quotes and the blanks around them.
class CsvRow {
 public:
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(text_).substr(begin, ends_[i] - begin);
  }
  /// The line on which it begins, counted from 1.
  std::int64_t line() const { return line_; }
  /// Whether the line has nothing on it.
  bool blank() const { return ends_.size() == 1 && ends_[0] == 0 && !quoted_; }

 private:
  friend class CsvScanner;
  std::string text_;
  std::vector<std::size_t> ends_;
  std::int64_t line_ = 0;
  bool quoted_ = false;  // whether some field had quotes
};

/// Reads rows one by one: RFC 4180, with any of the three line ends, and text that goes on behind a closing
/// quote taken as it stands.
class CsvScanner {
 public:
  CsvScanner(Input& input, char delimiter);
  /// Reads the next row; false at the end. Throws IoError for a quote that is not closed.
  bool next(CsvRow& row);

 private:
  static constexpr int end = -1;
  int peek();
  int get();
  bool blank(int c) const { return (c == ' ' || c == '\t') && c != delimiter_; }
  bool ends_field(int c) const { return c == end || c == '\n' || c == '\r' || c == delimiter_; }
  void quoted_field(CsvRow& row);
  void field(CsvRow& row);

  Input& input_;
  int delimiter_;
  std::unique_ptr<char[]> buffer_;
  std::size_t at_ = 0, size_ = 0;
  std::int64_t line_ = 1;
};

}  // namespace copse::io
