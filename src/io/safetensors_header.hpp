// The header of a safetensors file: a JSON object with an entry for each array.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "elements.hpp"
#include "file.hpp"

namespace copse::io {

/// An array in the file; `begin` and `end` count from behind the header.
struct SafeTensorsEntry {
  std::string name;
  Stored stored;
  std::uint64_t begin = 0, end = 0;
  std::uint32_t dims = 0, rank = 0;  ///< its dimensions in those of the header
};

struct SafeTensorsHeader {
  std::vector<SafeTensorsEntry>
      entries;  ///< in the order of the arrays, which follow each other without gaps
  std::vector<std::int64_t> dims;
  std::map<std::string, std::string> metadata;
  std::vector<std::uint32_t> by_name;  ///< places in `entries`, sorted by name

  Shape shape(const SafeTensorsEntry& entry) const;
};

/// Reads the header from the front of a source, of which the arrays are the rest. Throws IoError.
SafeTensorsHeader read_safetensors_header(Source& source);

/// The dtype's name in a header.
std::string_view safetensors_name(DType dtype);

/// The format's own limit for the header.
inline constexpr std::uint64_t max_safetensors_header = 100'000'000;

}  // namespace copse::io
