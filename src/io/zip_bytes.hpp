// Signatures, numbers and checksums of zip archives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace copse::io::zip {

inline constexpr std::uint32_t local_signature = 0x04034b50, entry_signature = 0x02014b50,
                               end_signature = 0x06054b50, end64_signature = 0x06064b50,
                               locator_signature = 0x07064b50;
inline constexpr std::size_t local_size = 30, entry_size = 46, end_size = 22, end64_size = 56,
                             locator_size = 20;
/// A number that stands in zip64's record or extra field.
inline constexpr std::uint32_t elsewhere = 0xffffffffu;
inline constexpr std::uint16_t stored = 0, deflated = 8;

/// Appends numbers in little-endian order, each in as many bytes as its type has.
template <class... Ints>
void put(std::string& out, Ints... values) {
  const auto one = [&](auto value) {
    for (std::size_t i = 0; i < sizeof value; ++i) {
      out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
    }
  };
  (one(values), ...);
}

/// The number at a place of a text, which must have it.
template <class Int>
Int get(std::string_view data, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Int); ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(data[at + i])) << (8 * i);
  }
  return static_cast<Int>(value);
}

/// The checksum of what `crc` is that of, with more behind it; 0 is that of nothing.
std::uint32_t checksum(std::uint32_t crc, const void* data, std::size_t count) noexcept;

}  // namespace copse::io::zip
