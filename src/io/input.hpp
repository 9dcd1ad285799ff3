// Files being read: plain or compressed by gzip, with errors that name the file and allocations that what is
// there bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "copse/core/array.hpp"

namespace copse::io {

/// A file that is read from the front. Gzip is recognised by its first bytes, not by the name.
class Input {
 public:
  /// Throws IoError naming `function` if the file cannot be opened, is a directory or is compressed and there
  /// is no zlib.
  Input(const char* function, const std::filesystem::path& path);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  /// The most bytes that can still come: exact for a plain file, gzip's best ratio for a compressed one.
  std::uint64_t at_most() const;
  /// Reads that many bytes; throws IoError saying what they were to be if there are fewer.
  void read(void* to, std::size_t count, std::string_view what);
  /// Reads up to that many bytes; how many there were.
  std::size_t read_some(void* to, std::size_t count);
  /// Whether all has been read.
  bool at_end();
  std::string read_all();
  /// An array of elements in the machine's byte order.
  Array read_array(const ShapeDtype& type, std::string_view what);
  /// How many bytes have been read.
  std::uint64_t position() const { return position_; }
  bool compressed() const { return compressed_; }

  /// Throws IoError with the function, the file and the text.
  [[noreturn]] void fail(const std::string& text) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  const char* function_;
  std::filesystem::path path_;
  std::uint64_t file_size_ = 0;
  std::uint64_t position_ = 0;
  bool compressed_ = false;
};

/// The bytes of an array of that type; fails through `input` if they don't fit in 63 bits.
std::uint64_t byte_count(const Input& input, std::span<const std::int64_t> dims, std::size_t item);

}  // namespace copse::io
