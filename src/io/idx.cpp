#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "copse/core/error.hpp"
#include "copse/io/datasets.hpp"
#include "copse/ops/elementwise.hpp"
#include "input.hpp"

namespace copse::io {
namespace {

// Elements by their code: what they become, and their size in the file.
struct Stored {
  DType dtype;
  std::size_t size;
};

std::optional<Stored> stored_as(unsigned char code) {
  switch (code) {
    case 0x08:
      return Stored{DType::uint8, 1};
    case 0x09:
      return Stored{DType::int32, 1};
    case 0x0b:
      return Stored{DType::int32, 2};
    case 0x0c:
      return Stored{DType::int32, 4};
    case 0x0d:
      return Stored{DType::float32, 4};
    case 0x0e:
      return Stored{DType::float64, 8};
    default:
      return std::nullopt;
  }
}

// Big-endian integers of one or two bytes.
Array widened(const Array& raw, std::size_t size, const Shape& shape) {
  Array out = detail::allocate({shape, DType::int32});
  const auto* from = raw.data<std::uint8_t>();
  auto* to = static_cast<std::int32_t*>(detail::mutable_data(out));
  for (std::int64_t i = 0; i < out.size(); ++i) {
    to[i] = size == 1
                ? static_cast<std::int8_t>(from[i])
                : static_cast<std::int16_t>(static_cast<std::uint16_t>(from[2 * i] << 8 | from[2 * i + 1]));
  }
  return out;
}

}  // namespace

Array load_idx(const std::filesystem::path& path) {
  Input file("load_idx", path);
  std::array<unsigned char, 4> magic{};
  file.read(magic.data(), magic.size(), "the header");
  const auto stored = stored_as(magic[2]);
  if (magic[0] != 0 || magic[1] != 0 || !stored) {
    file.fail(
        fmt::format("is no IDX file: it begins with the bytes {:02x}, wanted 00 00 and a type from 08 to 0e",
                    fmt::join(magic, " ")));
  }
  if (magic[3] > max_rank) {
    file.fail(fmt::format("malformed header: {} dimensions, arrays have at most {}", magic[3], max_rank));
  }
  Shape shape;
  for (int axis = 0; axis < magic[3]; ++axis) {
    std::array<unsigned char, 4> bytes{};
    file.read(bytes.data(), bytes.size(), "the header");
    shape.push_back(std::int64_t{bytes[0]} << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]);
  }
  const std::uint64_t bytes = byte_count(file, {shape.begin(), shape.size()}, stored->size);
  if (bytes > file.at_most()) {
    file.fail(fmt::format(
        "truncated, or its header is damaged: elements of shape {} should have {} bytes, at most {} are left",
        to_string(shape), bytes, file.at_most()));
  }

  Array out;
  if (stored->size == size_of(stored->dtype)) {
    out = file.read_array({shape, stored->dtype}, "the elements");
    auto* data = static_cast<char*>(detail::mutable_data(out));
    for (std::size_t at = 0; stored->size > 1 && at < out.nbytes(); at += stored->size) {
      std::reverse(data + at, data + at + stored->size);
    }
  } else {
    const Array raw = file.read_array({{static_cast<std::int64_t>(bytes)}, DType::uint8}, "the elements");
    out = widened(raw, stored->size, shape);
  }
  if (!file.at_end()) {
    file.fail(fmt::format("malformed: there is more after the {} bytes of elements of shape {}", bytes,
                          to_string(shape)));
  }
  return out;
}

}  // namespace copse::io
