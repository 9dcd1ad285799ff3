#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "copse/core/error.hpp"
#include "copse/io/datasets.hpp"
#include "elements.hpp"
#include "input.hpp"

namespace copse::io {
namespace {

// Elements by their code; all are in big-endian order.
std::optional<Stored> stored_as(unsigned char code) {
  switch (code) {
    case 0x08:
      return stored('u', 1);
    case 0x09:
      return stored('i', 1);
    case 0x0b:
      return stored('i', 2, true);
    case 0x0c:
      return stored('i', 4, true);
    case 0x0d:
      return stored('f', 4, true);
    case 0x0e:
      return stored('f', 8, true);
    default:
      return std::nullopt;
  }
}

}  // namespace

Array load_idx(const std::filesystem::path& path, const ReadOptions& options) {
  return reading("load_idx", path, [&] {
    Input file("load_idx", path, options);
    std::array<unsigned char, 4> magic{};
    file.read(magic.data(), magic.size(), "the header");
    const auto stored = stored_as(magic[2]);
    if (magic[0] != 0 || magic[1] != 0 || !stored) {
      file.fail(fmt::format(
          "is no IDX file: it begins with the bytes {:02x}, wanted 00 00 and a type from 08 to 0e",
          fmt::join(magic, " ")));
    }
    if (magic[3] > max_rank) {
      file.fail(fmt::format("malformed header: {} dimensions, arrays have at most {}", magic[3], max_rank));
    }
    std::vector<std::int64_t> dims;
    for (int axis = 0; axis < magic[3]; ++axis) {
      std::array<unsigned char, 4> bytes{};
      file.read(bytes.data(), bytes.size(), "the header");
      dims.push_back(std::int64_t{bytes[0]} << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]);
    }
    (void)byte_count(file, dims, std::max(stored->size, size_of(stored->dtype())));
    Array out = read_elements(file, *stored, Shape(dims), "an array");
    if (!file.at_end()) {
      file.fail(
          fmt::format("malformed: there is more after the elements of shape {}", to_string(out.shape())));
    }
    return out;
  });
}

}  // namespace copse::io
