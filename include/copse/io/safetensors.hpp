// safetensors: named arrays in one file, which Python and others read too.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"

namespace copse::io {

/// Arrays with names, in order.
using NamedArrays = std::vector<std::pair<std::string, Array>>;

/// What a safetensors file holds.
struct SafeTensors {
  NamedArrays arrays;                           ///< in the order of the file
  std::map<std::string, std::string> metadata;  ///< texts of any purpose

  /// The array of that name; throws ValueError if there is none.
  const Array& at(std::string_view name) const;
  bool contains(std::string_view name) const;
};

/// Writes arrays to a file, atomically. Throws ValueError for a name given twice or an array without a value.
void save_safetensors(const std::filesystem::path& path, const NamedArrays& arrays,
                      const std::map<std::string, std::string>& metadata = {});

/// Reads a file. Throws IoError for one that is missing, malformed, truncated, or has elements of a dtype
/// that arrays do not have.
[[nodiscard]] SafeTensors load_safetensors(const std::filesystem::path& path);

}  // namespace copse::io
