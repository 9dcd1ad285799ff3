#include "file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>

namespace copse::io {
namespace {

constexpr std::size_t window_bytes = std::size_t{1} << 16;

std::string reason() { return std::strerror(errno); }

struct Mappings {
  std::mutex mutex;
  std::map<const std::byte*, const MappedFile*> by_address;
  std::atomic<std::size_t> count = 0;
};
Mappings& mappings() {
  static auto* all = new Mappings;  // outlives every array, static ones included
  return *all;
}

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
  handle_ = ::fcntl(file.handle(), F_DUPFD_CLOEXEC, 0);
  void* data = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.handle(), 0);
  if (data == MAP_FAILED || handle_ < 0) {
    const std::string why = reason();
    if (data != MAP_FAILED) ::munmap(data, size_);
    if (handle_ >= 0) ::close(handle_);
    file.fail("cannot be mapped: " + why);
  }
  data_ = static_cast<const std::byte*>(data);
  Mappings& all = mappings();
  const std::lock_guard lock(all.mutex);
  all.by_address.emplace(data_, this);
  all.count.store(all.by_address.size(), std::memory_order_relaxed);
}

MappedFile::~MappedFile() {
  if (!data_) return;
  {
    Mappings& all = mappings();
    const std::lock_guard lock(all.mutex);
    all.by_address.erase(data_);
    all.count.store(all.by_address.size(), std::memory_order_relaxed);
  }
  ::munmap(const_cast<std::byte*>(data_), size_);
  ::close(handle_);
}

FilePlace place_in_file(const void* data) noexcept {
  Mappings& all = mappings();
  if (all.count.load(std::memory_order_relaxed) == 0) return {};
  const std::lock_guard lock(all.mutex);
  const auto* at = static_cast<const std::byte*>(data);
  auto found = all.by_address.upper_bound(at);
  if (found == all.by_address.begin()) return {};
  const MappedFile& file = *(--found)->second;
  if (at >= file.data_ + file.size_) return {};
  return {file.handle_, static_cast<std::uint64_t>(at - file.data_)};
}

bool FilePlace::read(std::uint64_t at, void* to, std::size_t bytes) const noexcept {
  for (std::size_t got = 0; got < bytes;) {
    const ::ssize_t n =
        ::pread(handle, static_cast<char*>(to) + got, std::min(bytes - got, std::size_t{1} << 30),
                static_cast<off_t>(offset + at + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    got += static_cast<std::size_t>(n);
  }
  return true;
}

void out_of_memory(const char* function, const std::filesystem::path& path, const char* what) {
  throw IoError(fmt::format("{}: '{}': {}", function, path.string(), what));
}

}  // namespace copse::io
