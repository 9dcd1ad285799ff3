#include <fmt/format.h>

#include <algorithm>

#include "copse/core/error.hpp"
#include "zip.hpp"
#include "zip_bytes.hpp"

#if COPSE_HAS_ZLIB
#include <zlib.h>
#endif

namespace copse::io {
namespace {

using namespace zip;

#if COPSE_HAS_ZLIB
std::string deflate_all(const char* function, std::span<const std::string_view> parts) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw IoError(fmt::format("{}: zlib could not be started", function));
  }
  constexpr std::size_t block = std::size_t{1} << 16, most = std::size_t{1} << 30;
  std::string out;
  int result = Z_OK;
  const auto feed = [&](std::string_view data, int flush) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    do {
      const std::size_t before = out.size();
      out.resize(before + block);
      stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
      stream.avail_out = static_cast<uInt>(block);
      result = deflate(&stream, flush);
      out.resize(out.size() - stream.avail_out);
    } while (result == Z_OK && stream.avail_out == 0);
  };
  for (std::string_view part : parts) {
    for (; !part.empty(); part.remove_prefix(std::min(part.size(), most)))
      feed(part.substr(0, most), Z_NO_FLUSH);
  }
  feed({}, Z_FINISH);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw IoError(fmt::format("{}: zlib could not compress an array", function));
  return out;
}
#endif

std::uint32_t low(std::uint64_t value) {
  return value < elsewhere ? static_cast<std::uint32_t>(value) : elsewhere;
}

// Those of the numbers that don't fit in 32 bits, as an extra field; empty if all do.
std::string zip64_extra(std::initializer_list<std::uint64_t> values) {
  std::string body, out;
  for (const std::uint64_t value : values) {
    if (value >= elsewhere) put(body, value);
  }
  if (body.empty()) return out;
  put(out, std::uint16_t{1}, static_cast<std::uint16_t>(body.size()));
  return out + body;
}

}  // namespace

void ZipWriter::add(std::string_view name, std::span<const std::string_view> parts, bool compress) {
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
  for (const std::string_view part : parts) {
    crc = checksum(crc, part.data(), part.size());
    size += part.size();
  }
  std::string packed;
  std::uint64_t packed_size = size;
#if COPSE_HAS_ZLIB
  if (compress) {
    packed = deflate_all(function_, parts);
    packed_size = packed.size();
  }
#else
  if (compress)
    throw IoError(fmt::format("{}: this Copse was built without zlib and cannot compress", function_));
#endif
  // In front of the data both sizes stand in the extra field, or neither.
  const bool large = size >= elsewhere || packed_size >= elsewhere;
  std::string local_extra;
  if (large) put(local_extra, std::uint16_t{1}, std::uint16_t{16}, size, packed_size);
  const std::string extra = zip64_extra({size, packed_size, offset_});
  const std::uint16_t version = extra.empty() ? 20 : 45;
  // The date is zip's first day, so that equal arrays give equal files. Names are UTF-8.
  const auto common = [&](bool all, std::size_t extra_size) {
    std::string out;
    put(out, version, std::uint16_t{0x800}, compress ? deflated : stored, std::uint16_t{0},
        std::uint16_t{0x21}, crc, all ? elsewhere : low(packed_size), all ? elsewhere : low(size),
        static_cast<std::uint16_t>(name.size()), static_cast<std::uint16_t>(extra_size));
    return out;
  };
  std::string local;
  put(local, local_signature);
  (local += common(large, local_extra.size())) += name;
  local += local_extra;
  put(directory_, entry_signature, version);
  directory_ += common(false, extra.size());
  put(directory_, std::uint16_t{0}, std::uint16_t{0}, std::uint16_t{0}, std::uint32_t{0}, low(offset_));
  (directory_ += name) += extra;

  file_.write(local);
  if (compress) file_.write(packed);
  if (!compress) {
    for (const std::string_view part : parts) file_.write(part);
  }
  offset_ += local.size() + packed_size;
  ++count_;
}

void ZipWriter::finish() {
  const std::uint64_t size = directory_.size();
  file_.write(directory_);
  std::string end;
  if (count_ >= 0xffff || offset_ >= elsewhere || size >= elsewhere) {
    put(end, end64_signature, std::uint64_t{end64_size - 12}, std::uint16_t{45}, std::uint16_t{45},
        std::uint32_t{0}, std::uint32_t{0}, count_, count_, size, offset_);
    put(end, locator_signature, std::uint32_t{0}, offset_ + size, std::uint32_t{1});
  }
  const auto count = static_cast<std::uint16_t>(std::min<std::uint64_t>(count_, 0xffff));
  put(end, end_signature, std::uint16_t{0}, std::uint16_t{0}, count, count, low(size), low(offset_),
      std::uint16_t{0});
  file_.write(end);
}

}  // namespace copse::io
