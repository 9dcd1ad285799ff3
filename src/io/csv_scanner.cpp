#include "csv_scanner.hpp"

#include <fmt/format.h>

namespace copse::io {
namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 16;
// A name costs some tens of bytes, a delimiter one.
constexpr std::size_t max_columns = std::size_t{1} << 20;

}  // namespace

CsvScanner::CsvScanner(Input& input, char delimiter)
    : input_(input),
      delimiter_(static_cast<unsigned char>(delimiter)),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_size)) {
  size_ = input.read_some(buffer_.get(), buffer_size);
  const std::string_view start(buffer_.get(), size_);
  if (start.starts_with("\xEF\xBB\xBF")) at_ = 3;
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF")) {
    input.fail("is text in UTF-16: save it as UTF-8");
  }
}

int CsvScanner::peek() {
  if (at_ == size_) {
    at_ = 0;
    size_ = input_.read_some(buffer_.get(), buffer_size);
    if (size_ == 0) return end;
  }
  return static_cast<unsigned char>(buffer_[at_]);
}

int CsvScanner::get() {
  const int c = peek();
  if (c != end) ++at_;
  return c;
}

void CsvScanner::quoted_field(CsvRow& row) {
  row.quoted_ = true;
  while (true) {
    const int c = get();
    if (c == end) input_.fail(fmt::format("line {}: a quote is not closed", row.line_));
    if (c == '"') {
      if (peek() != '"') return;
      get();
    }
    if (c == '\n' || (c == '\r' && peek() != '\n')) ++line_;
    row.text_ += static_cast<char>(c);
  }
}

void CsvScanner::field(CsvRow& row) {
  while (blank(peek())) get();
  if (peek() == '"') {
    get();
    quoted_field(row);
  }
  std::size_t length = row.text_.size();  // without blanks at the end
  for (int c = peek(); !ends_field(c); c = peek()) {
    row.text_ += static_cast<char>(c);
    get();
    if (!blank(c)) length = row.text_.size();
  }
  row.text_.resize(length);
  if (row.ends_.size() == max_columns)
    input_.fail(fmt::format("line {}: more than {} fields", row.line_, max_columns));
  row.ends_.push_back(length);
}

bool CsvScanner::next(CsvRow& row) {
  row.text_.clear();
  row.ends_.clear();
  row.quoted_ = false;
  row.line_ = line_;
  if (peek() == end) return false;
  while (true) {
    field(row);
    const int c = get();
    if (c == delimiter_) continue;
    if (c == '\r' && peek() == '\n') get();
    ++line_;
    return true;
  }
}

}  // namespace copse::io
