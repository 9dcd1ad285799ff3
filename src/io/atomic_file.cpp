#include "copse/io/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "copse/core/error.hpp"
#include "temporaries.hpp"

namespace copse::io {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t buffer_size = std::size_t{1} << 16;
constexpr int most_links = 40;  // as Linux

std::string reason() { return std::strerror(errno); }

// What the path leads to once symbolic links are followed: maybe a file that is not there yet.
fs::path followed(fs::path path, std::error_code& error) {
  for (int i = 0; i < most_links; ++i) {
    if (fs::symlink_status(path, error).type() != fs::file_type::symlink) {
      error.clear();
      return path;
    }
    const fs::path target = fs::read_symlink(path, error);
    if (error) return path;
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  error = std::make_error_code(std::errc::too_many_symbolic_link_levels);
  return path;
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path, const char* function, const SaveOptions& options)
    : function_(function), path_(path), durable_(options.durable) {
  std::error_code error;
  if (path.empty()) fail("the path is empty");
  if (path.native().find('\0') != std::string::npos) fail("the path holds a zero byte");
  const fs::path target = followed(path, error);
  if (error) fail("cannot be followed: " + error.message());
  if (fs::is_directory(target, error)) fail("is a directory, wanted a file");
  buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
  try {
    open_target(target);
  } catch (...) {
    if (folder_ >= 0) ::close(folder_);
    throw;
  }
}

void AtomicFile::open_target(const fs::path& target) {
  std::error_code error;
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  if (!target.has_filename()) fail("names a folder, wanted a file");
  if (!fs::exists(folder, error)) {
    fs::create_directories(folder, error);
    if (error) fail("cannot make its folder: " + error.message());
  }
  folder_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
#ifdef O_PATH
  // A folder that may be written to, but not listed.
  if (folder_ < 0 && errno == EACCES) folder_ = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
#endif
  if (folder_ < 0) fail("cannot open its folder: " + reason());
  name_ = target.filename().native();

  struct stat status;
  if (::fstatat(folder_, name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    if (!S_ISREG(status.st_mode)) {
      file_ = ::openat(folder_, name_.c_str(), O_WRONLY | O_CLOEXEC);
      if (file_ < 0) fail("cannot be written: " + reason());
      return;
    }
    if (::faccessat(folder_, name_.c_str(), W_OK, AT_EACCESS) != 0) fail("cannot be written: " + reason());
    replaces_ = true;
    mode_ = status.st_mode & 07777;
    owner_ = status.st_uid;
    group_ = status.st_gid;
  } else if (errno != ENOENT) {  // a name that is too long, say
    fail("cannot be written: " + reason());
  }
  sweep_temporaries(folder_);
  open_temporary();
}

void AtomicFile::open_temporary() {
  for (int attempt = 0; attempt < 100; ++attempt) {
    temporary_ = temporary_name();
    // What replaces a file that not everybody may read is not to be read on its way either.
    file_ = ::openat(folder_, temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                     replaces_ ? 0600 : 0666);
    if (file_ < 0) {
      if (errno == EEXIST || errno == EINTR) continue;
      fail("cannot be written: a new file in its folder: " + reason());
    }
    // The lock tells other processes that this file is not left over. Where there are no locks none is swept.
    const bool locked = ::flock(file_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    struct stat status;
    if (locked && ::fstat(file_, &status) == 0 && status.st_nlink > 0) return;
    ::unlinkat(folder_, temporary_.c_str(), 0);  // somebody is about to sweep it
    ::close(std::exchange(file_, -1));
  }
  fail("cannot be written: no temporary name in its folder is free");
}

AtomicFile::~AtomicFile() {
  if (file_ >= 0) {
    if (!temporary_.empty()) ::unlinkat(folder_, temporary_.c_str(), 0);
    ::close(file_);
  }
  if (folder_ >= 0) ::close(folder_);
}

void AtomicFile::fail(const std::string& what) const {
  throw IoError(fmt::format("{}: '{}': {}", function_, path_.string(), what));
}

void AtomicFile::write(const void* data, std::size_t count) {
  const auto* at = static_cast<const char*>(data);
  if (buffered_ + count > buffer_size) flush();
  if (count >= buffer_size) {
    write_through(at, count);
  } else if (count > 0) {
    std::memcpy(buffer_.get() + buffered_, at, count);
    buffered_ += count;
  }
}

void AtomicFile::flush() { write_through(buffer_.get(), std::exchange(buffered_, 0)); }

void AtomicFile::write_through(const char* data, std::size_t count) {
  while (count > 0) {
    const ::ssize_t n = ::write(file_, data, std::min<std::size_t>(count, std::size_t{1} << 30));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot be written: " + reason());
    data += n;
    count -= static_cast<std::size_t>(n);
  }
}

void AtomicFile::keep_mode_and_owner() {
  if (!replaces_) return;
  struct stat status;
  if (::fstat(file_, &status) != 0) fail("cannot be written: " + reason());
  if (status.st_uid != owner_ || status.st_gid != group_) {
    // Only the superuser gives files away; a group can be kept by those who belong to it.
    if (::fchown(file_, owner_, group_) != 0) (void)!::fchown(file_, static_cast<uid_t>(-1), group_);
  }
  if (::fchmod(file_, mode_) != 0) fail("cannot be given the mode of what it replaces: " + reason());
}

void AtomicFile::commit() {
  flush();
  if (temporary_.empty()) {  // a device or a pipe
    if (::close(std::exchange(file_, -1)) != 0) fail("cannot be written: " + reason());
    return;
  }
  keep_mode_and_owner();
  if (durable_ && ::fsync(file_) != 0) fail("cannot be flushed: " + reason());
  // File systems over a network tell of what could not be written when a file is closed. The lock stays until
  // the file has its name: nobody is to sweep it.
  if (const int copy = ::dup(file_); copy >= 0 && ::close(copy) != 0) fail("cannot be written: " + reason());
  if (::renameat(folder_, temporary_.c_str(), folder_, name_.c_str()) != 0) {
    fail("cannot be given its name: " + reason());
  }
  temporary_.clear();
  ::close(std::exchange(file_, -1));
  // The new name itself must reach the disk, too. Some file systems can't do that for a folder; nothing is
  // lost then.
  if (durable_) (void)::fsync(folder_);
}

void write_file(const fs::path& path, std::string_view contents, const char* function,
                const SaveOptions& options) {
  AtomicFile file(path, function, options);
  file.write(contents);
  file.commit();
}

}  // namespace copse::io
