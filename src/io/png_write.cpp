// Images as PNG files.
#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/io/atomic_file.hpp"
#include "copse/io/image.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/math.hpp"
#include "pixels.hpp"

#if COPSE_HAS_ZLIB
#include <zlib.h>
#endif

#include <string>
#include <string_view>

namespace copse::io {
namespace {

// The elements as bytes.
Array as_bytes(const Array& image) {
  const DType dtype = image.dtype();
  if (dtype == DType::uint8) return image;
  if (dtype == DType::bool_) return astype(image, DType::uint8) * 255;
  if (!is_floating(dtype)) {
    throw DTypeError(fmt::format("save_image: got {}, wanted uint8, bool or a floating-point dtype",
                                 to_string(image.type())));
  }
  const Array x = astype(image, DType::float32);
  return astype(round(255.0f * clip(where(isnan(x), 0.0f, x), 0.0f, 1.0f)), DType::uint8);
}

#if COPSE_HAS_ZLIB
void append_big_endian(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xffu);
}

// Length, name, contents, and a checksum of name and contents.
void append_chunk(std::string& out, std::string_view name, std::string_view contents) {
  append_big_endian(out, static_cast<std::uint32_t>(contents.size()));
  const std::size_t begin = out.size();
  out += name;
  out += contents;
  const auto* bytes = reinterpret_cast<const Bytef*>(out.data() + begin);
  append_big_endian(out, static_cast<std::uint32_t>(::crc32_z(0, bytes, out.size() - begin)));
}

constexpr uLongf most_bytes = 0x7fffffff;  // of a part

// The rows, each behind a byte that says how it is filtered: not at all.
std::string compressed_rows(const Pixels& pixels, const char* function) {
  const auto row = static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.channels);
  std::string rows;
  rows.reserve((row + 1) * static_cast<std::size_t>(pixels.height));
  for (std::int64_t y = 0; y < pixels.height; ++y) {
    rows += '\0';
    rows.append(reinterpret_cast<const char*>(pixels.data) + static_cast<std::size_t>(y) * row, row);
  }
  uLongf size = ::compressBound(rows.size());
  std::string out(size, '\0');
  if (::compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
                  rows.size(), Z_BEST_COMPRESSION) != Z_OK ||
      size > most_bytes)
    throw IoError(fmt::format("{}: zlib cannot compress an image of {} x {} pixels", function, pixels.width,
                              pixels.height));
  out.resize(size);
  return out;
}
#endif

}  // namespace

#if COPSE_HAS_ZLIB
// Without libpng, so that a program which draws an SVG need not link it: a file is made of four parts.
std::string encode_png(const Pixels& pixels, const char* function) {
  constexpr char colors[] = {0, 4, 2, 6};  // grey, grey and alpha, colours, colours and alpha
  std::string header;
  append_big_endian(header, static_cast<std::uint32_t>(pixels.width));
  append_big_endian(header, static_cast<std::uint32_t>(pixels.height));
  header += '\x08';  // bits a channel
  header += colors[pixels.channels - 1];
  header += std::string(3, '\0');  // the only compression and filters there are; no interlacing
  std::string out = "\x89PNG\r\n\x1a\n";
  append_chunk(out, "IHDR", header);
  append_chunk(out, "IDAT", compressed_rows(pixels, function));
  append_chunk(out, "IEND", {});
  return out;
}
#else
std::string encode_png(const Pixels&, const char* function) {
  throw IoError(fmt::format("{}: PNG files cannot be written: this Copse was built without zlib", function));
}
#endif

void save_image(const std::filesystem::path& path, const Array& image, const SaveOptions& options) {
  const int ndim = image.ndim();
  const std::int64_t channels = ndim == 3 ? image.shape(2) : 1;
  constexpr std::int64_t most = 0x7fffffff;
  if (ndim < 2 || ndim > 3 || channels < 1 || channels > 4 || image.size() == 0 || image.shape(0) > most ||
      image.shape(1) > most) {
    throw ShapeError(
        fmt::format("save_image: got {}, wanted (height, width) or (height, width, 1 to 4 channels) with "
                    "pixels; image::grid makes one image of several",
                    to_string(image.type())));
  }
  const Array bytes = as_bytes(image);
  write_file(
      path,
      encode_png({bytes.data<std::uint8_t>(), image.shape(0), image.shape(1), static_cast<int>(channels)},
                 "save_image"),
      "save_image", options);
}

}  // namespace copse::io
