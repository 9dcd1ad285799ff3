// The npy format in memory, for npy and npz files.
#pragma once

#include <cstdlib>
#include <functional>
#include <string>

#include "copse/core/array.hpp"

namespace copse::io {

/// The header of an npy file with that array, which its elements follow.
std::string npy_header(const Array& array, const char* function);

/// Reads what an npy file holds from something that can be read.
struct NpySource {
  /// Reads that many bytes; throws if there are fewer.
  std::function<void(void* to, std::size_t count, const char* what)> read;
  /// Reads an array of elements in the machine's byte order.
  std::function<Array(const ShapeDtype& type)> read_array;
  [[noreturn]] void fail(const std::string& text) const {
    failed(text);
    std::abort();
  }
  std::function<void(const std::string& text)> failed;  ///< throws
};

Array parse_npy(const NpySource& source);

}  // namespace copse::io
