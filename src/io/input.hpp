// Files read from the front: plain or compressed by gzip, with allocations that what is there bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "file.hpp"

namespace copse::io {

/// A file that is read from the front. Gzip is recognised by its first bytes, not by the name.
class Input final : public Source {
 public:
  /// Throws IoError naming `function` if the file cannot be opened, is no regular file or is compressed and
  /// there is no zlib.
  Input(const char* function, const std::filesystem::path& path, const ReadOptions& options = {});
  ~Input() override;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  /// Exact for a plain file, by gzip's best ratio for a compressed one.
  std::uint64_t at_most() const override;
  void read(void* to, std::size_t count, std::string_view what) override;
  bool unknown_size() const override { return compressed_; }

  /// Reads up to that many bytes; how many there were.
  std::size_t read_some(void* to, std::size_t count);
  /// Goes to a place of a plain file.
  void skip_to(std::uint64_t position) { position_ = position; }
  /// Whether all has been read.
  bool at_end();
  /// How many bytes have been read.
  std::uint64_t position() const { return position_; }
  bool compressed() const { return compressed_; }
  const File& file() const { return file_; }

 private:
  void raise(const std::string& text) const override { file_.fail(text); }
  struct Unpacker;
  std::size_t unpack(void* to, std::size_t count);

  File file_;
  std::unique_ptr<Unpacker> unpacker_;
  std::uint64_t max_unpacked_;
  std::uint64_t position_ = 0;
  bool compressed_ = false;
  int ahead_ = -1;  // one byte read to find the end
};

}  // namespace copse::io
