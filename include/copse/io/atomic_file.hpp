// Files that appear whole or not at all.
#pragma once

#include "copse/core/config.hpp"

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "copse/io/options.hpp"

namespace copse::io {

/// A file being written under a temporary name beside its own. `commit` gives it its name, in place of what
/// had that name; without a commit it goes away. So whoever opens the file sees the old contents or the new,
/// even after a crash in between.
///
/// Saving to a symbolic link writes the file that the link points to; the link is kept. A file keeps its
/// mode, and its owner if the process may set it. A file without write permission is an IoError. Devices and
/// pipes are written to directly.
///
/// Temporaries are called `.copse-` and 16 letters. Their writers hold a lock (`flock`) on them: those
/// without one belonged to a process that has ended, and are removed when something is saved to their folder.
class AtomicFile {
 public:
  /// Throws IoError naming `function` if there can be no file at that path. Missing folders are made.
  explicit AtomicFile(const std::filesystem::path& path, const char* function = "AtomicFile",
                      const SaveOptions& options = {});
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends bytes. Throws IoError if the system cannot write them.
  void write(const void* data, std::size_t count);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Gives the file its name; throws IoError, and leaves what was there, if that cannot be.
  void commit();

 private:
  [[noreturn]] void fail(const std::string& what) const;
  void open_target(const std::filesystem::path& target);
  void open_temporary();
  void keep_mode_and_owner();
  void flush();
  void write_through(const char* data, std::size_t count);

  const char* function_;
  std::filesystem::path path_;
  bool durable_;
  std::string name_;       // in its folder, once links are followed
  std::string temporary_;  // in the same folder; empty if the file is written directly
  int folder_ = -1;
  int file_ = -1;
  bool replaces_ = false;  // a file of these, which the new one keeps
  mode_t mode_ = 0;
  uid_t owner_ = 0;
  gid_t group_ = 0;
  std::unique_ptr<char[]> buffer_;
  std::size_t buffered_ = 0;
};

/// Writes a file in one go, atomically.
void write_file(const std::filesystem::path& path, std::string_view contents,
                const char* function = "write_file", const SaveOptions& options = {});

}  // namespace copse::io
