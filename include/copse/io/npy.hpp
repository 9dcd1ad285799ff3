// NumPy's files: npy holds one array, npz several with names.
#pragma once

#include <filesystem>

#include "copse/core/array.hpp"
#include "copse/io/options.hpp"
#include "copse/io/safetensors.hpp"

namespace copse::io {

/// Writes an array as NumPy's `save` does, atomically. NumPy has no bfloat16: DTypeError.
void save_npy(const std::filesystem::path& path, const Array& array, const SaveOptions& options = {});
/// Reads an npy file, as it is or compressed by gzip. Elements of small integers become int32, those of
/// float16 float32, those of uint64 int64; any byte order, Fortran's order of elements and headers of Python
/// 2 are understood. Throws IoError for a malformed file, other elements, or a uint64 that int64 cannot hold.
[[nodiscard]] Array load_npy(const std::filesystem::path& path, const ReadOptions& options = {});
/// The same without reading it: the array borrows the file, which may be larger than memory and is read where
/// the array is. The file must not be cut short meanwhile; replacing it, as `save_npy` does, is safe.
/// Elements that arrays have otherwise (float16, Fortran's order) are read and converted. Throws IoError as
/// `load_npy` does, and for a compressed file.
[[nodiscard]] Array map_npy(const std::filesystem::path& path);

/// Writes named arrays as NumPy's `savez` does (`savez_compressed` with `compress`), atomically. Throws
/// ValueError for a name given twice, one that is no UTF-8 or longer than 65,531 bytes, or an array without a
/// value.
void save_npz(const std::filesystem::path& path, const NamedArrays& arrays, bool compress = false,
              const SaveOptions& options = {});
/// Reads an npz file: names and arrays in the order of the file, with the elements that `load_npy` reads.
/// Throws IoError for a file that is malformed, or whose checksums are wrong.
[[nodiscard]] NamedArrays load_npz(const std::filesystem::path& path, const ReadOptions& options = {});

}  // namespace copse::io
