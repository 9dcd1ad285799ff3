// Models in several safetensors files, with an index in JSON that says which array is in which.
#pragma once

#include <filesystem>

#include "copse/io/safetensors.hpp"

namespace copse::io {

/// Whether a path names an index rather than a file of arrays.
bool is_shard_index(const std::filesystem::path& path);

/// Reads an index and each file that it names with `read_one`. Throws IoError if an array is not where the
/// index says, or in two files.
SafeTensors read_shards(const char* function, const std::filesystem::path& index,
                        SafeTensors (*read_one)(const std::filesystem::path& path));

}  // namespace copse::io
