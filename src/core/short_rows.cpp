#include "short_rows.hpp"

#include <cstring>
#include <type_traits>

namespace copse::detail {
namespace {

// The first and the last `Piece` bytes, which meet or overlap.
template <std::size_t Piece>
void move_ends(std::byte* to, const std::byte* from, std::int64_t bytes) {
  std::byte first[Piece], last[Piece];
  std::memcpy(first, from, Piece);
  std::memcpy(last, from + (bytes - static_cast<std::int64_t>(Piece)), Piece);
  std::memcpy(to, first, Piece);
  std::memcpy(to + (bytes - static_cast<std::int64_t>(Piece)), last, Piece);
}

template <std::size_t Piece>
void move_rows_by(std::byte* to, std::int64_t to_row, const std::byte* from, std::int64_t from_row,
                  std::int64_t rows, std::int64_t bytes) {
  if (bytes == static_cast<std::int64_t>(Piece)) {
    for (std::int64_t r = 0; r < rows; ++r, to += to_row, from += from_row) std::memcpy(to, from, Piece);
  } else {
    for (std::int64_t r = 0; r < rows; ++r, to += to_row, from += from_row) move_ends<Piece>(to, from, bytes);
  }
}

// 16 bytes of one element, over and over.
template <std::size_t Item>
void repeat_item(std::byte* pattern, const std::byte* from) {
  std::byte item[Item];
  std::memcpy(item, from, Item);
  for (std::size_t i = 0; i < 16; i += Item) std::memcpy(pattern + i, item, Item);
}

template <std::size_t Item>
void spread_rows_of(std::byte* to, const std::byte* from, std::int64_t from_row, std::int64_t rows,
                    std::int64_t bytes) {
  const auto each = [&](auto fill) {
    for (std::int64_t r = 0; r < rows; ++r, to += bytes, from += from_row) {
      std::byte pattern[16];
      repeat_item<Item>(pattern, from);
      fill(to, pattern);
    }
  };
  const auto ends = [&]<std::size_t Piece>(std::integral_constant<std::size_t, Piece>) {
    each([=](std::byte* at, const std::byte* pattern) {
      std::memcpy(at, pattern, Piece);
      std::memcpy(at + (bytes - static_cast<std::int64_t>(Piece)), pattern, Piece);
    });
  };
  if (bytes >= 32)
    each([=](std::byte* at, const std::byte* pattern) {
      for (std::int64_t i = 0; i + 16 <= bytes; i += 16) std::memcpy(at + i, pattern, 16);
      std::memcpy(at + (bytes - 16), pattern, 16);
    });
  else if (bytes >= 16)
    ends(std::integral_constant<std::size_t, 16>());
  else if (bytes >= 8)
    ends(std::integral_constant<std::size_t, 8>());
  else if (bytes >= 4)
    ends(std::integral_constant<std::size_t, 4>());
  else
    each([=](std::byte* at, const std::byte* pattern) {
      std::memcpy(at, pattern, static_cast<std::size_t>(bytes));
    });
}

}  // namespace

void move_rows(void* to, std::int64_t to_row, const void* from, std::int64_t from_row, std::int64_t rows,
               std::int64_t bytes) {
  auto* out = static_cast<std::byte*>(to);
  const auto* in = static_cast<const std::byte*>(from);
  if (bytes > 64)
    for (std::int64_t r = 0; r < rows; ++r)
      std::memcpy(out + r * to_row, in + r * from_row, static_cast<std::size_t>(bytes));
  else if (bytes >= 32)
    move_rows_by<32>(out, to_row, in, from_row, rows, bytes);
  else if (bytes >= 16)
    move_rows_by<16>(out, to_row, in, from_row, rows, bytes);
  else if (bytes >= 8)
    move_rows_by<8>(out, to_row, in, from_row, rows, bytes);
  else if (bytes >= 4)
    move_rows_by<4>(out, to_row, in, from_row, rows, bytes);
  else if (bytes >= 2)
    move_rows_by<2>(out, to_row, in, from_row, rows, bytes);
  else if (bytes == 1)
    move_rows_by<1>(out, to_row, in, from_row, rows, bytes);
}

void spread_rows(void* to, const void* from, std::int64_t from_row, std::int64_t rows, std::int64_t n,
                 std::size_t item) {
  auto* out = static_cast<std::byte*>(to);
  const auto* in = static_cast<const std::byte*>(from);
  const std::int64_t bytes = n * static_cast<std::int64_t>(item);
  switch (item) {
    case 1:
      return spread_rows_of<1>(out, in, from_row, rows, bytes);
    case 2:
      return spread_rows_of<2>(out, in, from_row, rows, bytes);
    case 4:
      return spread_rows_of<4>(out, in, from_row, rows, bytes);
    case 8:
      return spread_rows_of<8>(out, in, from_row, rows, bytes);
    default:
      return spread_rows_of<16>(out, in, from_row, rows, bytes);
  }
}

}  // namespace copse::detail
