// What the readers of image formats have in common.
#pragma once

#include <cstdint>
#include <string>

#include "copse/core/array.hpp"
#include "copse/io/image.hpp"
#include "file.hpp"

namespace copse::io {

/// Refuses an image that is too large, or larger than the file could hold with `per_byte` pixels a byte.
void check_extent(const File& file, std::uint64_t width, std::uint64_t height, const ImageOptions& options,
                  std::uint64_t per_byte);

/// Rows of pixels of 8 bits a channel, without gaps, with 1 to 4 channels.
struct Pixels {
  const std::uint8_t* data = nullptr;
  std::int64_t height = 0, width = 0;
  int channels = 3;
};
/// The contents of a PNG file. Throws IoError naming `function` where Copse was built without zlib.
std::string encode_png(const Pixels& pixels, const char* function);

Array read_png(const File& file, const ImageOptions& options);
Array read_jpeg(const File& file, const ImageOptions& options);

}  // namespace copse::io
