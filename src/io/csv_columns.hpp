// What the fields of a table become, and where they gather.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "copse/core/array.hpp"

namespace copse::io {

/// A number as it is written: exactly, if it is whole and 64 bits hold it.
struct CsvNumber {
  double real = 0;
  std::optional<std::int64_t> whole;
};

/// The number that a field is; none if it is a text.
std::optional<CsvNumber> parse_csv_number(std::string_view field, char decimal);

/// Elements of an array whose number is not known yet.
class GrowingArray {
 public:
  explicit GrowingArray(DType dtype) : dtype_(dtype) {}
  DType dtype() const { return dtype_; }
  /// Room for another `count` elements.
  std::byte* extend(std::size_t count);
  /// The array, of as many elements as were added; gives the memory up on its way.
  Array finish(const Shape& shape);

 private:
  struct Block {
    std::unique_ptr<std::byte[]> data;
    std::size_t size = 0, capacity = 0;
  };
  DType dtype_;
  std::vector<Block> blocks_;
};

/// Writes a number as an element; false, and nothing written, if the dtype cannot hold it.
bool put_number(DType dtype, const CsvNumber& number, std::byte* to);
/// Writes nan; false if the dtype has none.
bool put_missing(DType dtype, std::byte* to);

/// Numbers for texts.
class Categories {
 public:
  /// Those texts alone, or any if there are none.
  explicit Categories(const std::vector<std::string>& known);
  /// The number of a text; none if it is not among those that are known.
  std::optional<std::int32_t> number(std::string_view text);
  /// The texts, sorted if they were learned; `numbers` are changed to match.
  std::vector<std::string> finish(std::int32_t* numbers, std::size_t count);

 private:
  bool fixed_;
  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::int32_t> numbers_;
  std::string key_;  // a place for what is looked up
};

}  // namespace copse::io
