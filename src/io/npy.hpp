// The npy format in memory, for npy and npz files.
#pragma once

#include <string>
#include <string_view>

#include "copse/core/array.hpp"
#include "elements.hpp"
#include "file.hpp"

namespace copse::io {

/// The header of an npy file with that array, which its elements follow.
std::string npy_header(const Array& array, const char* function);

/// What an npy file's header says.
struct NpyHeader {
  Stored stored;
  Shape shape;           ///< of the elements as they lie in the file
  bool fortran = false;  ///< whether they lie by columns: the array is the transpose then
};

/// Reads a header. Throws IoError for one that is malformed or has other elements.
NpyHeader parse_npy_header(Source& source);
/// Reads what an npy file holds.
Array parse_npy(Source& source);

}  // namespace copse::io
