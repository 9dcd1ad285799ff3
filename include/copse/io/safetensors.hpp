// safetensors: named arrays in one file, or in several with an index, which Python and others read too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/io/options.hpp"

namespace copse::io {

/// Arrays with names, in order.
using NamedArrays = std::vector<std::pair<std::string, Array>>;

/// What a safetensors file holds.
struct SafeTensors {
  NamedArrays arrays;                           ///< in the order of the file
  std::map<std::string, std::string> metadata;  ///< texts of any purpose
  std::vector<std::uint32_t> by_name =
      {};  ///< places in `arrays` by their names, which readers leave for `at`

  /// The array of that name; throws ValueError if there is none.
  const Array& at(std::string_view name) const;
  bool contains(std::string_view name) const;
};

/// Writes arrays to a file, atomically. Throws ValueError for a name that is given twice or no UTF-8, or an
/// array without a value.
void save_safetensors(const std::filesystem::path& path, const NamedArrays& arrays,
                      const std::map<std::string, std::string>& metadata = {},
                      const SaveOptions& options = {});

/// Reads a file, or those that an index names: a path that ends in `.index.json`, as large models come,
/// beside files like `model-00001-of-00003.safetensors`. float16 becomes float32, int8, int16 and uint16
/// int32, uint64 int64. Throws IoError for one that is missing, malformed, truncated, or has other elements.
[[nodiscard]] SafeTensors load_safetensors(const std::filesystem::path& path);
/// The same without reading the arrays: they borrow the file, which may be larger than memory and is read
/// where an array is. The file must not be cut short meanwhile; replacing it, as `save_safetensors` does, is
/// safe. Elements that become others (float16, small integers) are read and converted at once, as are those
/// that do not lie at a multiple of their size.
[[nodiscard]] SafeTensors map_safetensors(const std::filesystem::path& path);

/// Writes arrays to several files of at most `shard_bytes` bytes of arrays each (more where one array has
/// more), and last an index to them. `index` ends in `.index.json`: `model.safetensors.index.json` goes with
/// `model-00001-of-00003.safetensors` and so on. Throws ValueError as `save_safetensors` does.
void save_safetensors_sharded(const std::filesystem::path& index, const NamedArrays& arrays,
                              std::uint64_t shard_bytes,
                              const std::map<std::string, std::string>& metadata = {},
                              const SaveOptions& options = {});

}  // namespace copse::io
