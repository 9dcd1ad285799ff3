#include "repair.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace fuzz {
namespace {

std::uint32_t checksum(std::string_view data) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(data.data()), data.size()));
}

std::uint64_t little(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < size; ++i) {
    out |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return out;
}

void put_little(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
}

}  // namespace

void repair_npy(std::string& bytes) {
  const std::size_t end = bytes.find('\n');
  if (bytes.size() < 12 || end == std::string::npos || end < 12) return;
  if (bytes[6] == 1) {
    put_little(bytes, 8, end - 9, 2);
  } else {
    put_little(bytes, 8, end - 11, 4);
  }
}

void repair_safetensors(std::string& bytes) {
  const std::size_t end = bytes.rfind('}');
  if (bytes.size() >= 8 && end != std::string::npos && end >= 8) put_little(bytes, 0, end - 7, 8);
}

void repair_npz(std::string& bytes) {
  for (std::size_t at = bytes.find("PK\1\2"); at != std::string::npos && at + 46 <= bytes.size();
       at = bytes.find("PK\1\2", at + 4)) {
    const std::uint64_t size = little(bytes, at + 24, 4), local = little(bytes, at + 42, 4);
    if (little(bytes, at + 10, 2) != 0 || local + 30 > bytes.size()) continue;
    const std::uint64_t start = local + 30 + little(bytes, local + 26, 2) + little(bytes, local + 28, 2);
    if (start + size > bytes.size()) continue;
    put_little(bytes, at + 16, checksum(std::string_view(bytes).substr(start, size)), 4);
  }
}

void repair_png(std::string& bytes) {
  std::size_t at = 8;
  while (at + 12 <= bytes.size()) {
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(bytes[at + i]);
    if (length > bytes.size() - at - 12) return;
    const std::uint32_t crc = checksum(std::string_view(bytes).substr(at + 4, 4 + length));
    for (std::size_t i = 0; i < 4; ++i) bytes[at + 8 + length + i] = static_cast<char>(crc >> (24 - 8 * i));
    at += 12 + length;
  }
}

}  // namespace fuzz
