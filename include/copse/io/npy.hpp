// NumPy's files: npy holds one array, npz several with names.
#pragma once

#include <filesystem>

#include "copse/core/array.hpp"
#include "copse/io/safetensors.hpp"

namespace copse::io {

/// Writes an array as NumPy's `save` does, atomically. NumPy has no bfloat16: DTypeError.
void save_npy(const std::filesystem::path& path, const Array& array);
/// Reads an npy file. Elements of small integers and of float16 become int32 and float32; any byte order and
/// Fortran's order of elements are understood. Throws IoError for a malformed file or other elements.
[[nodiscard]] Array load_npy(const std::filesystem::path& path);

/// Writes named arrays as NumPy's `savez` does (`savez_compressed` with `compress`), atomically.
void save_npz(const std::filesystem::path& path, const NamedArrays& arrays, bool compress = false);
/// Reads an npz file: names and arrays in the order of the file.
[[nodiscard]] NamedArrays load_npz(const std::filesystem::path& path);

}  // namespace copse::io
