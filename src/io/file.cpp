#include "file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace copse::io {
namespace {

constexpr std::size_t window_bytes = std::size_t{1} << 16;

std::string reason() { return std::strerror(errno); }

}  // namespace

std::uint64_t byte_count(const Source& source, std::span<const std::int64_t> dims, std::size_t item) {
  std::uint64_t count = item;
  const bool empty = std::find(dims.begin(), dims.end(), 0) != dims.end();
  for (const std::int64_t extent : dims) {
    if (extent < 0) source.fail(fmt::format("a dimension is {}", extent));
    if (empty) continue;
    if (count > (std::uint64_t{1} << 62) / static_cast<std::uint64_t>(extent)) {
      source.fail(fmt::format("dimensions ({}) are too large", fmt::join(dims, ", ")));
    }
    count *= static_cast<std::uint64_t>(extent);
  }
  return empty ? 0 : count;
}

File::File(const char* function, const std::filesystem::path& path) : function_(function), path_(path) {
  if (path.native().find('\0') != std::string::npos) fail("the path holds a zero byte");
  // Opening a pipe would wait for somebody to write to it.
  handle_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (handle_ < 0) fail(errno == ENOENT ? "there is no such file" : "cannot be opened: " + reason());
  struct stat status;
  try {
    if (::fstat(handle_, &status) != 0) fail("cannot be read: " + reason());
    if (S_ISDIR(status.st_mode)) fail("is a directory, wanted a file");
    if (!S_ISREG(status.st_mode)) fail("is no regular file");
  } catch (...) {
    ::close(handle_);
    throw;
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

File::~File() { ::close(handle_); }

void File::fail(const std::string& text) const {
  throw IoError(fmt::format("{}: '{}': {}", function_, path_.string(), text));
}

std::size_t File::read_through(std::uint64_t at, void* to, std::size_t count) const {
  std::size_t got = 0;
  while (got < count) {
    const std::size_t part = std::min(count - got, std::size_t{1} << 30);
    const ::ssize_t n = ::pread(handle_, static_cast<char*>(to) + got, part, static_cast<off_t>(at + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot be read: " + reason());
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  return got;
}

std::size_t File::read_some(std::uint64_t at, void* to, std::size_t count) const {
  if (at >= size_) return 0;
  count = static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - at));
  if (count >= window_bytes / 4) return read_through(at, to, count);
  if (at < window_at_ || at + count > window_at_ + window_size_) {
    if (!window_) window_ = std::make_unique_for_overwrite<char[]>(window_bytes);
    window_at_ = at;
    window_size_ = 0;
    window_size_ = read_through(at, window_.get(), window_bytes);
  }
  count = std::min(count, window_size_);
  std::memcpy(to, window_.get() + (at - window_at_), count);
  return count;
}

void File::read(std::uint64_t at, void* to, std::size_t count, std::string_view what) const {
  const std::size_t got = read_some(at, to, count);
  if (got != count) {
    fail(fmt::format("truncated: {} at byte {} should have {} bytes, {} are left", what, at, count, got));
  }
}

MappedFile::MappedFile(const File& file) : size_(static_cast<std::size_t>(file.size())) {
  if (size_ == 0) return;
  void* data = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.handle(), 0);
  if (data == MAP_FAILED) file.fail("cannot be mapped: " + reason());
  data_ = static_cast<const std::byte*>(data);
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

void out_of_memory(const char* function, const std::filesystem::path& path, const char* what) {
  throw IoError(fmt::format("{}: '{}': {}", function, path.string(), what));
}

}  // namespace copse::io
