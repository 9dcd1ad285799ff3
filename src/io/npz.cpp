// npz files: zip archives of npy files.
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <limits>
#include <set>

#include "copse/core/error.hpp"
#include "copse/io/atomic_file.hpp"
#include "copse/io/npy.hpp"
#include "input.hpp"
#include "npy.hpp"

#if COPSE_HAS_ZLIB
#include <zlib.h>
#endif

namespace copse::io {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50, entry_signature = 0x02014b50,
                        end_signature = 0x06054b50;

std::uint32_t crc32_of(std::string_view data) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> out{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t c = i;
      for (int k = 0; k < 8; ++k) c = (c & 1) ? 0xedb88320u ^ (c >> 1) : c >> 1;
      out[i] = c;
    }
    return out;
  }();
  std::uint32_t crc = ~0u;
  for (const char c : data) crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

template <class... Ints>
void put(std::string& out, Ints... values) {
  const auto one = [&](auto value) {
    for (std::size_t i = 0; i < sizeof value; ++i) {
      out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
    }
  };
  (one(values), ...);
}

std::uint16_t u16(std::size_t value) { return static_cast<std::uint16_t>(value); }
std::uint32_t u32(std::size_t value) { return static_cast<std::uint32_t>(value); }

// A number in little-endian order at a place of a text, which must have it.
template <class Int>
Int get(std::string_view data, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Int); ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(data[at + i])) << (8 * i);
  }
  return static_cast<Int>(value);
}

#if COPSE_HAS_ZLIB
std::string deflate_all(std::string_view data) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw IoError("save_npz: zlib could not be started");
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(data.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw IoError("save_npz: zlib could not compress an array");
  return out;
}

// Inflates to no more than `size` bytes; empty if the data is damaged or has another size.
std::string inflate_all(std::string_view data, std::size_t size) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return {};
  std::string out;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  int result = Z_OK;
  // The memory grows with what comes out.
  while (result == Z_OK) {
    const std::size_t before = out.size();
    out.resize(std::min(size + 1, std::max<std::size_t>(before * 2, std::size_t{1} << 16)));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(out.size() - before);
    result = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (out.size() > size || (result == Z_OK && out.size() == before)) break;
  }
  inflateEnd(&stream);
  return result == Z_STREAM_END && out.size() == size ? out : std::string();
}
#endif

struct Member {
  std::string name;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint64_t packed = 0, size = 0, offset = 0;
};

// Sizes that don't fit in 32 bits stand in an extra field, those of them that are needed in this order.
void apply_zip64(Member& member, std::string_view extra) {
  while (extra.size() >= 4) {
    const auto id = get<std::uint16_t>(extra, 0), length = get<std::uint16_t>(extra, 2);
    if (extra.size() - 4 < length) return;
    if (id == 1) {
      std::string_view body = extra.substr(4, length);
      for (std::uint64_t* field : {&member.size, &member.packed, &member.offset}) {
        if (*field != 0xffffffffu || body.size() < 8) continue;
        *field = get<std::uint64_t>(body, 0);
        body.remove_prefix(8);
      }
    }
    extra.remove_prefix(4u + length);
  }
}

std::vector<Member> directory(const Input& file, std::string_view data) {
  constexpr std::size_t end_size = 22, entry_size = 46;
  if (data.size() < end_size) file.fail("is no npz file: too short for a zip archive");
  std::size_t end = data.size() - end_size;
  const std::size_t last = end > 0xffff ? end - 0xffff : 0;
  while (get<std::uint32_t>(data, end) != end_signature) {
    if (end == last) file.fail("is no npz file, or truncated: there is no zip directory at its end");
    --end;
  }
  const std::size_t count = get<std::uint16_t>(data, end + 10);
  std::size_t at = get<std::uint32_t>(data, end + 16);
  std::vector<Member> members;
  for (std::size_t i = 0; i < count; ++i) {
    if (at > data.size() || data.size() - at < entry_size ||
        get<std::uint32_t>(data, at) != entry_signature) {
      file.fail(fmt::format("malformed: entry {} of the zip directory", i));
    }
    Member member;
    const auto flags = get<std::uint16_t>(data, at + 8);
    member.method = get<std::uint16_t>(data, at + 10);
    member.crc = get<std::uint32_t>(data, at + 16);
    member.packed = get<std::uint32_t>(data, at + 20);
    member.size = get<std::uint32_t>(data, at + 24);
    member.offset = get<std::uint32_t>(data, at + 42);
    const std::size_t name = get<std::uint16_t>(data, at + 28), extra = get<std::uint16_t>(data, at + 30),
                      comment = get<std::uint16_t>(data, at + 32);
    if (data.size() - at - entry_size < name + extra + comment)
      file.fail("malformed: the zip directory is cut off");
    member.name = std::string(data.substr(at + entry_size, name));
    apply_zip64(member, data.substr(at + entry_size + name, extra));
    if (flags & 1) file.fail(fmt::format("'{}' is encrypted", member.name));
    members.push_back(std::move(member));
    at += entry_size + name + extra + comment;
  }
  return members;
}

std::string contents(const Input& file, std::string_view data, const Member& member) {
  constexpr std::size_t local_size = 30;
  const auto bad = [&](std::string_view what) {
    file.fail(fmt::format("malformed: '{}': {}", member.name, what));
  };
  if (member.offset > data.size() || data.size() - member.offset < local_size ||
      get<std::uint32_t>(data, member.offset) != local_signature) {
    bad("it is not where the zip directory says");
  }
  const std::size_t start = member.offset + local_size + get<std::uint16_t>(data, member.offset + 26) +
                            get<std::uint16_t>(data, member.offset + 28);
  if (start > data.size() || data.size() - start < member.packed) bad("truncated");
  const std::string_view packed = data.substr(start, member.packed);
  std::string out;
  if (member.method == 0) {
    if (member.packed != member.size) bad("its two sizes differ");
    out = std::string(packed);
  } else if (member.method == 8) {
#if COPSE_HAS_ZLIB
    if (member.packed > std::numeric_limits<std::uint32_t>::max() ||
        member.size > std::numeric_limits<uInt>::max()) {
      bad("larger than 4 GiB");
    }
    out = inflate_all(packed, member.size);
    if (out.size() != member.size) bad("its compressed data is damaged");
#else
    bad("it is compressed, and this Copse was built without zlib");
#endif
  } else {
    bad(fmt::format("unknown compression {}", member.method));
  }
  if (crc32_of(out) != member.crc) bad("its checksum is wrong");
  return out;
}

}  // namespace

void save_npz(const std::filesystem::path& path, const NamedArrays& arrays, bool compress) {
#if !COPSE_HAS_ZLIB
  if (compress) throw IoError("save_npz: this Copse was built without zlib and cannot compress");
#endif
  std::set<std::string_view> names;
  for (const auto& [name, array] : arrays) {
    if (!array.has_value()) throw ValueError(fmt::format("save_npz: the array '{}' has no value", name));
    if (!names.insert(name).second)
      throw ValueError(fmt::format("save_npz: the name '{}' is there twice", name));
  }
  AtomicFile file(path, "save_npz");
  std::string entries;
  std::size_t offset = 0;
  for (const auto& [name, array] : arrays) {
    std::string body = npy_header(array, "save_npz");
    if (array.nbytes() > 0) body.append(static_cast<const char*>(array.raw()), array.nbytes());
    const std::uint32_t crc = crc32_of(body);
    const std::size_t size = body.size();
    std::uint16_t method = 0;
    if (size > 0xfffffff0u) throw IoError(fmt::format("save_npz: the array '{}' is larger than 4 GiB", name));
#if COPSE_HAS_ZLIB
    if (compress) {
      body = deflate_all(body);
      method = 8;
    }
#endif
    const std::string member = name + ".npy";
    // The date is zip's first day, so that equal arrays give equal files.
    std::string common;
    put(common, std::uint16_t{20}, std::uint16_t{0x800}, method, std::uint16_t{0}, std::uint16_t{0x21}, crc,
        u32(body.size()), u32(size), u16(member.size()), std::uint16_t{0});
    std::string local;
    put(local, local_signature);
    local += common + member;
    put(entries, entry_signature, std::uint16_t{20});
    entries += common;
    put(entries, std::uint16_t{0}, std::uint16_t{0}, std::uint16_t{0}, std::uint32_t{0}, u32(offset));
    entries += member;
    file.write(local);
    file.write(body);
    offset += local.size() + body.size();
    if (offset > 0xfffffff0u) throw IoError("save_npz: the arrays are larger than 4 GiB together");
  }
  std::string end;
  if (arrays.size() > 0xfffe) throw IoError("save_npz: more than 65534 arrays");
  put(end, end_signature, std::uint16_t{0}, std::uint16_t{0}, u16(arrays.size()), u16(arrays.size()),
      u32(entries.size()), u32(offset), std::uint16_t{0});
  file.write(entries);
  file.write(end);
  file.commit();
}

NamedArrays load_npz(const std::filesystem::path& path) {
  Input file("load_npz", path);
  if (file.compressed()) file.fail("is no npz file but one compressed by gzip");
  const std::string data = file.read_all();
  const std::vector<Member> members = directory(file, data);
  // Members that share what they hold could unpack to any multiple of the file.
  std::uint64_t left = data.size();
  std::set<std::string_view> names;
  for (const Member& member : members) {
    if (!names.insert(member.name).second)
      file.fail(fmt::format("malformed: the name '{}' is there twice", member.name));
    if (member.packed > left)
      file.fail(fmt::format("malformed: '{}': truncated, or members overlap", member.name));
    left -= member.packed;
  }
  NamedArrays out;
  for (const Member& member : members) {
    const std::string body = contents(file, data, member);
    std::string_view left = body;
    const auto fail = [&](const std::string& text) { file.fail(fmt::format("'{}': {}", member.name, text)); };
    const auto read = [&](void* to, std::size_t n, const char* what) {
      if (left.size() < n)
        fail(fmt::format("truncated: {} should have {} bytes, {} are left", what, n, left.size()));
      std::memcpy(to, left.data(), n);
      left.remove_prefix(n);
    };
    const auto read_array = [&](const ShapeDtype& type) {
      if (type.bytes() > left.size()) {
        fail(
            fmt::format("truncated: the array should have {} bytes, {} are left", type.bytes(), left.size()));
      }
      Array array = detail::allocate(type);
      if (type.bytes() > 0) read(detail::mutable_data(array), type.bytes(), "the array");
      return array;
    };
    Array array = parse_npy({read, read_array, fail});
    std::string name = member.name;
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    out.emplace_back(std::move(name), std::move(array));
  }
  return out;
}

}  // namespace copse::io
