#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "zip.hpp"
#include "zip_bytes.hpp"

#if COPSE_HAS_ZLIB
#include <zlib.h>
#endif

namespace copse::io {
namespace {

using namespace zip;

// No byte of deflate's output needs less than 1/1032 byte of input.
constexpr std::uint64_t best_ratio = 1032;

// Where the directory is.
struct Directory {
  std::uint64_t count = 0, size = 0, at = 0;
};

Directory find_directory(const File& file) {
  if (file.size() < end_size) file.fail("is no npz file: too short for a zip archive");
  // The end record is followed by a comment of up to 65535 bytes, and preceded by zip64's locator.
  const std::uint64_t tail_size = std::min<std::uint64_t>(file.size(), 0xffff + end_size + locator_size);
  const std::uint64_t tail_at = file.size() - tail_size;
  std::string tail(static_cast<std::size_t>(tail_size), '\0');
  file.read(tail_at, tail.data(), tail.size(), "the end");
  std::size_t end = tail.size() - end_size;
  while (get<std::uint32_t>(tail, end) != end_signature) {
    if (end == 0) file.fail("is no npz file, or truncated: there is no zip directory at its end");
    --end;
  }
  Directory out{get<std::uint16_t>(tail, end + 10), get<std::uint32_t>(tail, end + 12),
                get<std::uint32_t>(tail, end + 16)};
  if (end < locator_size || get<std::uint32_t>(tail, end - locator_size) != locator_signature) return out;
  std::string record(end64_size, '\0');
  file.read(get<std::uint64_t>(tail, end - locator_size + 8), record.data(), record.size(),
            "the zip64 directory");
  if (get<std::uint32_t>(record, 0) != end64_signature) file.fail("malformed: the zip64 directory");
  return {get<std::uint64_t>(record, 32), get<std::uint64_t>(record, 40), get<std::uint64_t>(record, 48)};
}

// Sizes that don't fit in 32 bits stand in an extra field, those of them that are needed in this order.
void apply_zip64(ZipMember& member, std::string_view extra) {
  while (extra.size() >= 4) {
    const auto id = get<std::uint16_t>(extra, 0), length = get<std::uint16_t>(extra, 2);
    if (extra.size() - 4 < length) return;
    if (id == 1) {
      std::string_view body = extra.substr(4, length);
      for (std::uint64_t* field : {&member.size, &member.packed, &member.offset}) {
        if (*field != elsewhere || body.size() < 8) continue;
        *field = get<std::uint64_t>(body, 0);
        body.remove_prefix(8);
      }
    }
    extra.remove_prefix(4u + length);
  }
}

// Reads the entry at a place, and moves on to the next.
ZipMember parse_entry(const File& file, std::uint64_t& at, std::uint64_t end, std::uint64_t number) {
  std::string entry(entry_size, '\0');
  if (end - at < entry_size)
    file.fail(fmt::format("malformed: the zip directory ends before entry {}", number));
  file.read(at, entry.data(), entry.size(), "the zip directory");
  if (get<std::uint32_t>(entry, 0) != entry_signature) {
    file.fail(fmt::format("malformed: entry {} of the zip directory", number));
  }
  const std::size_t name = get<std::uint16_t>(entry, 28), extra = get<std::uint16_t>(entry, 30),
                    comment = get<std::uint16_t>(entry, 32);
  if (end - at - entry_size < name + extra + comment) file.fail("malformed: the zip directory is cut off");
  std::string rest(name + extra, '\0');
  file.read(at + entry_size, rest.data(), rest.size(), "the zip directory");
  at += entry_size + name + extra + comment;

  ZipMember member;
  member.name = rest.substr(0, name);
  member.method = get<std::uint16_t>(entry, 10);
  member.crc = get<std::uint32_t>(entry, 16);
  member.packed = get<std::uint32_t>(entry, 20);
  member.size = get<std::uint32_t>(entry, 24);
  member.offset = get<std::uint32_t>(entry, 42);
  apply_zip64(member, std::string_view(rest).substr(name));
  const auto bad = [&](const std::string& what) {
    file.fail(fmt::format("malformed: '{}': {}", member.name, what));
  };
  if (get<std::uint16_t>(entry, 8) & 1) file.fail(fmt::format("'{}' is encrypted", member.name));
  if (member.method != stored && member.method != deflated) {
    bad(fmt::format("unknown compression {}", member.method));
  }
  if (member.method == stored && member.packed != member.size) bad("its two sizes differ");
  return member;
}

void check_members(const File& file, const std::vector<ZipMember>& members) {
  std::vector<std::size_t> order(members.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return members[a].name < members[b].name; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const std::string& name = members[order[i]].name;
    if (name == members[order[i - 1]].name)
      file.fail(fmt::format("malformed: the name '{}' is there twice", name));
  }
  // Members that share what they hold could unpack to any multiple of the file.
  std::uint64_t left = file.size();
  for (const ZipMember& member : members) {
    if (member.packed > left) {
      file.fail(fmt::format("malformed: '{}': truncated, or members overlap", member.name));
    }
    left -= member.packed;
  }
}

}  // namespace

std::uint32_t zip::checksum(std::uint32_t crc, const void* data, std::size_t count) noexcept {
  const auto* bytes = static_cast<const unsigned char*>(data);
#if COPSE_HAS_ZLIB
  return static_cast<std::uint32_t>(crc32_z(crc, bytes, count));
#else
  crc = ~crc;
  for (std::size_t i = 0; i < count; ++i) {
    crc ^= bytes[i];
    for (int k = 0; k < 8; ++k) crc = (crc & 1) ? 0xedb88320u ^ (crc >> 1) : crc >> 1;
  }
  return ~crc;
#endif
}

std::vector<ZipMember> read_zip_directory(const File& file) {
  const Directory directory = find_directory(file);
  std::uint64_t at = directory.at;
  if (at > file.size() || directory.size > file.size() - at ||
      directory.count > directory.size / entry_size) {
    file.fail(fmt::format("malformed, or truncated: a zip directory of {} entries and {} bytes at byte {}",
                          directory.count, directory.size, at));
  }
  std::vector<ZipMember> members;
  members.reserve(static_cast<std::size_t>(directory.count));
  for (std::uint64_t i = 0; i < directory.count; ++i) {
    members.push_back(parse_entry(file, at, directory.at + directory.size, i));
  }
  check_members(file, members);
  return members;
}

#if COPSE_HAS_ZLIB
struct ZipSource::Inflater {
  z_stream stream{};
  bool started = false, ended = false;
  std::vector<unsigned char> input = std::vector<unsigned char>(std::size_t{1} << 16);
  ~Inflater() {
    if (started) inflateEnd(&stream);
  }
};
#else
struct ZipSource::Inflater {};
#endif

ZipSource::ZipSource(const File& file, std::uint64_t max_unpacked) : file_(file), may_unpack_(max_unpacked) {}
ZipSource::~ZipSource() = default;

void ZipSource::raise(const std::string& text) const {
  file_.fail(fmt::format("'{}': {}", member_->name, text));
}

void ZipSource::open(const ZipMember& member) {
  member_ = &member;
  std::string local(local_size, '\0');
  if (file_.read_some(member.offset, local.data(), local.size()) != local.size() ||
      get<std::uint32_t>(local, 0) != local_signature) {
    fail("malformed: it is not where the zip directory says");
  }
  at_ = member.offset + local_size + get<std::uint16_t>(local, 26) + get<std::uint16_t>(local, 28);
  if (at_ > file_.size() || file_.size() - at_ < member.packed) fail("truncated");
  packed_left_ = member.packed;
  left_ = member.size;
  crc_ = 0;
  if (member.method == stored) return;
#if COPSE_HAS_ZLIB
  if (!inflater_) inflater_ = std::make_unique<Inflater>();
  Inflater& inflater = *inflater_;
  const int result =
      inflater.started ? inflateReset(&inflater.stream) : inflateInit2(&inflater.stream, -MAX_WBITS);
  if (result != Z_OK) fail("zlib could not be started");
  inflater.started = true;
  inflater.ended = false;
  inflater.stream.avail_in = 0;
#else
  fail("is compressed, and this Copse was built without zlib");
#endif
}

std::uint64_t ZipSource::at_most() const {
  if (!unknown_size()) return left_;
  const std::uint64_t packed = member_->packed;
  return std::min(
      {left_, may_unpack_, packed > (std::uint64_t{1} << 50) ? left_ : (packed + 1) * best_ratio});
}

bool ZipSource::unknown_size() const { return member_->method != stored; }

std::size_t ZipSource::unpack(void* to, std::size_t count) {
#if COPSE_HAS_ZLIB
  z_stream& stream = inflater_->stream;
  std::size_t got = 0;
  while (got < count && !inflater_->ended) {
    if (stream.avail_in == 0) {
      const auto part =
          static_cast<std::size_t>(std::min<std::uint64_t>(packed_left_, inflater_->input.size()));
      file_.read(at_, inflater_->input.data(), part, "a member");
      at_ += part;
      packed_left_ -= part;
      stream.next_in = inflater_->input.data();
      stream.avail_in = static_cast<uInt>(part);
    }
    const auto room = static_cast<uInt>(std::min(count - got, std::size_t{1} << 30));
    stream.next_out = static_cast<Bytef*>(to) + got;
    stream.avail_out = room;
    const int result = inflate(&stream, Z_NO_FLUSH);
    got += room - stream.avail_out;
    inflater_->ended = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END) fail("its compressed data is damaged");
  }
  return got;
#else
  (void)to;
  return count * 0;
#endif
}

void ZipSource::read(void* to, std::size_t count, std::string_view what) {
  if (count > left_) {
    fail(fmt::format("truncated: {} should have {} bytes, {} are left", what, count, left_));
  }
  if (member_->method == stored) {
    file_.read(at_, to, count, what);
    at_ += count;
  } else {
    if (count > may_unpack_) fail("the file unpacks to more bytes than the limit set for it");
    may_unpack_ -= count;
    if (unpack(to, count) != count)
      fail("its compressed data is damaged: it unpacks to fewer bytes than it should");
  }
  crc_ = checksum(crc_, to, count);
  left_ -= count;
}

void ZipSource::finish() {
  if (left_ != 0) fail(fmt::format("malformed: there are {} bytes more after the array", left_));
#if COPSE_HAS_ZLIB
  char more = 0;
  if (member_->method == deflated &&
      (unpack(&more, 1) != 0 || packed_left_ != 0 || inflater_->stream.avail_in != 0)) {
    fail("its compressed data is damaged: it unpacks to another size than it should");
  }
#endif
  if (crc_ != member_->crc) fail("its checksum is wrong");
}

}  // namespace copse::io
