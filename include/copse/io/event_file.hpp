// TensorBoard's event files.
#pragma once

#include "copse/core/config.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace copse::io {

/// The checksum of TensorBoard's records: CRC-32C.
std::uint32_t crc32c(std::string_view data) noexcept;

/// A file of scalars that TensorBoard reads while it is being written.
class EventFile {
 public:
  /// Makes a file `events.out.tfevents.<time>.<host>...` in a folder, which is made if missing. Throws
  /// IoError if it cannot be written.
  explicit EventFile(const std::filesystem::path& folder);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  /// Adds the value of a tag at a step.
  void add_scalar(std::string_view tag, double value, std::int64_t step);
  void flush();
  const std::filesystem::path& path() const { return path_; }

 private:
  void write_record(const std::string& event);

  std::filesystem::path path_;
  std::FILE* file_ = nullptr;
};

}  // namespace copse::io
