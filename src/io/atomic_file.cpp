#include "copse/io/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "copse/core/error.hpp"

namespace copse::io {
namespace {

namespace fs = std::filesystem;

std::atomic<unsigned> serial{0};

}  // namespace

AtomicFile::AtomicFile(const fs::path& path, const char* function) : function_(function), path_(path) {
  std::error_code error;
  if (path.empty()) fail("the path is empty");
  if (fs::is_directory(path, error)) fail("is a directory, wanted a file");
  const fs::path folder = path.parent_path();
  if (!folder.empty() && !fs::exists(folder, error)) {
    fs::create_directories(folder, error);
    if (error) fail(("cannot make its folder: " + error.message()).c_str());
  }
  temporary_ = path;
  temporary_ += fmt::format(".tmp-{}-{}", ::getpid(), serial.fetch_add(1));
  file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file_ < 0) fail(("cannot be written: " + std::string(std::strerror(errno))).c_str());
}

AtomicFile::~AtomicFile() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::fail(const char* what) const {
  throw IoError(fmt::format("{}: '{}': {}", function_, path_.string(), what));
}

void AtomicFile::write(const void* data, std::size_t count) {
  const auto* at = static_cast<const char*>(data);
  while (count > 0) {
    const ::ssize_t n = ::write(file_, at, std::min<std::size_t>(count, std::size_t{1} << 30));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(("cannot be written: " + std::string(std::strerror(errno))).c_str());
    at += n;
    count -= static_cast<std::size_t>(n);
  }
}

void AtomicFile::commit() {
  if (::fsync(file_) != 0) fail(("cannot be flushed: " + std::string(std::strerror(errno))).c_str());
  if (::close(std::exchange(file_, -1)) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const std::string reason = std::strerror(errno);
    ::unlink(temporary_.c_str());
    fail(("cannot be given its name: " + reason).c_str());
  }
  // The new name itself must reach the disk, too. Some file systems can't do that for a folder; nothing is
  // lost then.
  const fs::path folder = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle >= 0) {
    (void)::fsync(handle);
    ::close(handle);
  }
}

void write_file(const fs::path& path, std::string_view contents, const char* function) {
  AtomicFile file(path, function);
  file.write(contents);
  file.commit();
}

}  // namespace copse::io
