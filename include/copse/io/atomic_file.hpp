// Files that appear whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace copse::io {

/// A file being written under a temporary name beside its own. `commit` flushes it to the disk and gives it
/// its name, in place of what had that name; without a commit it goes away. So whoever opens the file sees
/// the old contents or the new, even after a crash in between.
class AtomicFile {
 public:
  /// Throws IoError naming `function` if there can be no file at that path. Missing folders are made.
  explicit AtomicFile(const std::filesystem::path& path, const char* function = "AtomicFile");
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, std::size_t count);
  void write(std::string_view text) { write(text.data(), text.size()); }
  void commit();

 private:
  [[noreturn]] void fail(const char* what) const;

  const char* function_;
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int file_ = -1;
};

/// Writes a file in one go, atomically.
void write_file(const std::filesystem::path& path, std::string_view contents,
                const char* function = "write_file");

}  // namespace copse::io
