// npz files: zip archives of npy files.
#include <fmt/format.h>

#include <array>
#include <set>

#include "copse/core/error.hpp"
#include "copse/io/npy.hpp"
#include "json.hpp"
#include "npy.hpp"
#include "zip.hpp"

namespace copse::io {
namespace {

constexpr std::string_view suffix = ".npy";

void check_names(const NamedArrays& arrays) {
  std::set<std::string_view> names;
  for (const auto& [name, array] : arrays) {
    if (!array.has_value()) throw ValueError(fmt::format("save_npz: the array '{}' has no value", name));
    if (!names.insert(name).second)
      throw ValueError(fmt::format("save_npz: the name '{}' is there twice", name));
    (void)json_quoted("save_npz", name);
    if (name.find('\0') != std::string::npos || name.size() > 0xffff - suffix.size()) {
      throw ValueError(
          fmt::format("save_npz: a name of {} bytes, '{}', holds a zero byte or is too long for the "
                      "format",
                      name.size(), name.substr(0, 80)));
    }
  }
}

}  // namespace

void save_npz(const std::filesystem::path& path, const NamedArrays& arrays, bool compress,
              const SaveOptions& options) {
  detail::guard_memory("save_npz", [&] {
    check_names(arrays);
    AtomicFile file(path, "save_npz", options);
    ZipWriter zip(file, "save_npz");
    for (const auto& [name, array] : arrays) {
      const std::string header = npy_header(array, "save_npz");
      const std::array<std::string_view, 2> parts{
          header, {array.nbytes() > 0 ? static_cast<const char*>(array.raw()) : "", array.nbytes()}};
      zip.add(name + std::string(suffix), parts, compress);
    }
    zip.finish();
    file.commit();
  });
}

NamedArrays load_npz(const std::filesystem::path& path, const ReadOptions& options) {
  return reading("load_npz", path, [&] {
    const File file("load_npz", path);
    std::array<unsigned char, 2> magic{};
    if (file.read_some(0, magic.data(), 2) == 2 && magic[0] == 0x1f && magic[1] == 0x8b) {
      file.fail("is no npz file but one compressed by gzip");
    }
    const std::vector<ZipMember> members = read_zip_directory(file);
    ZipSource source(file, options.max_unpacked);
    NamedArrays out;
    out.reserve(members.size());
    for (const ZipMember& member : members) {
      source.open(member);
      Array array = parse_npy(source);
      source.finish();
      std::string name = member.name;
      if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
      out.emplace_back(std::move(name), std::move(array));
    }
    return out;
  });
}

}  // namespace copse::io
