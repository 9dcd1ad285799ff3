// Zip archives, read member by member and written one after the other; with zip64's records where more or
// larger members need them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "copse/io/atomic_file.hpp"
#include "file.hpp"

namespace copse::io {

/// What the directory of an archive says of a member.
struct ZipMember {
  std::string name;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint64_t packed = 0, size = 0, offset = 0;
};

/// The directory of an archive, checked: no name twice, no members that could overlap. Throws IoError.
std::vector<ZipMember> read_zip_directory(const File& file);

/// What a member holds, unpacked as it is read.
class ZipSource final : public Source {
 public:
  /// `max_unpacked` bounds what all members that are opened with this unpack to.
  ZipSource(const File& file, std::uint64_t max_unpacked);
  ~ZipSource() override;

  /// Goes to the front of a member, which must stay.
  void open(const ZipMember& member);
  /// Checks that the member ends here, and its checksum.
  void finish();

  void read(void* to, std::size_t count, std::string_view what) override;
  std::uint64_t at_most() const override;
  bool unknown_size() const override;

 private:
  void raise(const std::string& text) const override;
  struct Inflater;
  std::size_t unpack(void* to, std::size_t count);

  const File& file_;
  std::uint64_t may_unpack_;
  std::unique_ptr<Inflater> inflater_;
  const ZipMember* member_ = nullptr;
  std::uint64_t at_ = 0;           // in the file
  std::uint64_t packed_left_ = 0;  // bytes in the file
  std::uint64_t left_ = 0;         // bytes of the member
  std::uint32_t crc_ = 0;
};

/// Writes an archive.
class ZipWriter {
 public:
  /// `function` is named in errors.
  ZipWriter(AtomicFile& file, const char* function) : file_(file), function_(function) {}
  /// Adds a member that holds those parts, one after the other.
  void add(std::string_view name, std::span<const std::string_view> parts, bool compress);
  /// Writes the directory.
  void finish();

 private:
  AtomicFile& file_;
  const char* function_;
  std::string directory_;
  std::uint64_t count_ = 0, offset_ = 0;
};

}  // namespace copse::io
