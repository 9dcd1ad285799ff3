// Files open for reading, and what readers have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "copse/core/error.hpp"
#include "copse/io/options.hpp"

namespace copse::io {

/// Bytes that come one after the other, with errors that name the file.
class Source {
 public:
  virtual ~Source() = default;
  /// Reads that many bytes; throws IoError saying what they were to be if there are fewer.
  virtual void read(void* to, std::size_t count, std::string_view what) = 0;
  /// The most bytes that can still come.
  virtual std::uint64_t at_most() const = 0;
  /// Whether only reading tells how many bytes there are, as with compressed data: no memory is to be taken
  /// for what a header promises.
  virtual bool unknown_size() const = 0;
  /// Throws IoError with the function, the file and the text.
  [[noreturn]] void fail(const std::string& text) const {
    raise(text);
    std::abort();
  }

 protected:
  virtual void raise(const std::string& text) const = 0;
};

/// The bytes of an array of those dimensions; fails through `source` if they don't fit in 62 bits.
std::uint64_t byte_count(const Source& source, std::span<const std::int64_t> dims, std::size_t item);

/// A regular file, open for reading at any place.
class File {
 public:
  /// Throws IoError naming `function` if the file cannot be opened or is no regular file.
  File(const char* function, const std::filesystem::path& path);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::uint64_t size() const { return size_; }
  int handle() const { return handle_; }
  /// Reads up to that many bytes at a place; how many there were. Small reads are served from a larger one.
  std::size_t read_some(std::uint64_t at, void* to, std::size_t count) const;
  /// Reads that many bytes; throws IoError saying what they were to be if there are fewer.
  void read(std::uint64_t at, void* to, std::size_t count, std::string_view what) const;
  [[noreturn]] void fail(const std::string& text) const;

 private:
  std::size_t read_through(std::uint64_t at, void* to, std::size_t count) const;

  const char* function_;
  std::filesystem::path path_;
  int handle_ = -1;
  std::uint64_t size_ = 0;
  mutable std::unique_ptr<char[]> window_;
  mutable std::uint64_t window_at_ = 0;
  mutable std::size_t window_size_ = 0;
};

struct FilePlace;

/// A file in memory as the system maps it: read when it is looked at, and given up when memory is short.
class MappedFile {
 public:
  explicit MappedFile(const File& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  const std::byte* data() const { return data_; }

 private:
  friend FilePlace place_in_file(const void* data) noexcept;

  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  int handle_ = -1;
};

/// Where elements lie in a file, if they are those of a mapped one.
struct FilePlace {
  int handle = -1;  ///< -1: they are in memory
  std::uint64_t offset = 0;

  /// Copies bytes, `at` bytes behind the place, without making them part of what this process holds in
  /// memory; false if they are not all there.
  bool read(std::uint64_t at, void* to, std::size_t bytes) const noexcept;
};
/// Valid as long as an array of that file lives.
FilePlace place_in_file(const void* data) noexcept;

/// The error of a reader that was short of memory.
[[noreturn]] void out_of_memory(const char* function, const std::filesystem::path& path, const char* what);

/// What `f` gives; memory that is not to be had is an IoError, like all else that is wrong with a file.
template <class F>
auto reading(const char* function, const std::filesystem::path& path, F f) {
  try {
    return f();
  } catch (const MemoryError& error) {
    out_of_memory(function, path, error.what());
  } catch (const std::bad_alloc& error) {
    out_of_memory(function, path, "out of memory");
  } catch (const std::length_error& error) {
    out_of_memory(function, path, error.what());
  }
}

}  // namespace copse::io
