#include "csv_columns.hpp"

#include <locale.h>
#include <stdlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

namespace copse::io {
namespace {

constexpr std::size_t first_block = std::size_t{1} << 12, largest_block = std::size_t{1} << 20;

// What is too large for a double is infinity, what is too small 0.
double out_of_range(const std::string& digits) {
  static const locale_t plain = ::newlocale(LC_ALL_MASK, "C", nullptr);
  return ::strtod_l(digits.c_str(), nullptr, plain);
}

template <class T>
bool fits(const CsvNumber& number) {
  if (number.whole) {
    return *number.whole >= static_cast<std::int64_t>(std::numeric_limits<T>::min()) &&
           *number.whole <= static_cast<std::int64_t>(std::numeric_limits<T>::max());
  }
  // Beyond 2^53 a double is no longer the number that was written. The bounds are exact: powers of two, and
  // 0.
  return number.real == std::trunc(number.real) && std::abs(number.real) < 0x1p53 &&
         number.real >= static_cast<double>(std::numeric_limits<T>::min()) &&
         number.real < std::ldexp(1.0, std::numeric_limits<T>::digits);
}

}  // namespace

std::optional<CsvNumber> parse_csv_number(std::string_view field, char decimal) {
  if (field.size() > 1 && field[0] == '+' && field[1] != '-' && field[1] != '+') field.remove_prefix(1);
  if (field.empty()) return std::nullopt;
  const char* end = field.data() + field.size();
  std::int64_t whole = 0;
  if (const auto [at, error] = std::from_chars(field.data(), end, whole); error == std::errc() && at == end) {
    // "-0" is a number with a sign, which an integer has not.
    const bool negative_zero = whole == 0 && field[0] == '-';
    return CsvNumber{negative_zero ? -0.0 : static_cast<double>(whole), whole};
  }
  std::string text;
  if (decimal != '.') {
    if (field.find('.') != std::string_view::npos) return std::nullopt;
    text = field;
    std::replace(text.begin(), text.end(), decimal, '.');
    field = text;
    end = field.data() + field.size();
  }
  CsvNumber out;
  const auto [at, error] = std::from_chars(field.data(), end, out.real);
  if (at != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) out.real = out_of_range(std::string(field));
  return out;
}

std::byte* GrowingArray::extend(std::size_t count) {
  const std::size_t bytes = count * size_of(dtype_);
  if (blocks_.empty() || blocks_.back().capacity - blocks_.back().size < bytes) {
    const std::size_t next =
        blocks_.empty() ? first_block : std::min(largest_block, 2 * blocks_.back().capacity);
    const std::size_t capacity = std::max(bytes, next);
    blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(capacity), 0, capacity});
  }
  Block& block = blocks_.back();
  std::byte* out = block.data.get() + block.size;
  block.size += bytes;
  return out;
}

Array GrowingArray::finish(const Shape& shape) {
  Array out = detail::allocate({shape, dtype_});
  auto* to = static_cast<std::byte*>(detail::mutable_data(out));
  for (Block& block : blocks_) {
    std::memcpy(to, block.data.get(), block.size);
    to += block.size;
    block.data.reset();
  }
  blocks_.clear();
  return out;
}

bool put_number(DType dtype, const CsvNumber& number, std::byte* to) {
  return dispatch(dtype, [&]<class T>() {
    T value{};
    if constexpr (std::is_integral_v<T>) {
      if (!fits<T>(number)) return false;
      value = number.whole ? static_cast<T>(*number.whole) : static_cast<T>(number.real);
    } else if constexpr (std::is_same_v<T, bfloat16>) {
      value = bfloat16(static_cast<float>(number.real));
    } else {
      value = static_cast<T>(number.real);
    }
    std::memcpy(to, &value, sizeof value);
    return true;
  });
}

bool put_missing(DType dtype, std::byte* to) {
  return is_floating(dtype) &&
         put_number(dtype, {std::numeric_limits<double>::quiet_NaN(), std::nullopt}, to);
}

Categories::Categories(const std::vector<std::string>& known) : fixed_(!known.empty()), texts_(known) {
  for (std::size_t i = 0; i < known.size(); ++i) numbers_.emplace(known[i], static_cast<std::int32_t>(i));
}

std::optional<std::int32_t> Categories::number(std::string_view text) {
  key_ = text;
  if (const auto found = numbers_.find(key_); found != numbers_.end()) return found->second;
  if (fixed_) return std::nullopt;
  const auto number = static_cast<std::int32_t>(texts_.size());
  numbers_.emplace(key_, number);
  texts_.push_back(key_);
  return number;
}

std::vector<std::string> Categories::finish(std::int32_t* numbers, std::size_t count) {
  if (fixed_) return texts_;
  std::vector<std::int32_t> order(texts_.size()), place(texts_.size());
  std::iota(order.begin(), order.end(), 0);
  const auto text = [&](std::int32_t i) -> std::string& { return texts_[static_cast<std::size_t>(i)]; };
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return text(a) < text(b); });
  std::vector<std::string> sorted;
  for (const std::int32_t i : order) {
    place[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(sorted.size());
    sorted.push_back(std::move(text(i)));
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (numbers[i] >= 0) numbers[i] = place[static_cast<std::size_t>(numbers[i])];
  }
  return sorted;
}

}  // namespace copse::io
