// Images: PNG and JPEG.
#pragma once

#include <cstdint>
#include <filesystem>

#include "copse/core/array.hpp"

namespace copse::io {

/// What an image is to become.
struct ImageOptions {
  /// 1 (grey), 2 (grey and alpha), 3 (red, green, blue) or 4 (with alpha); 0: as the file has them. Grey is
  /// (299 red + 587 green + 114 blue) / 1000; alpha that is left out has no influence, one that is added is
  /// opaque.
  int channels = 0;
  /// An image with more pixels is an IoError before memory is taken for it.
  std::int64_t max_pixels = std::int64_t{1} << 28;
};

/// Reads a PNG or JPEG file, which its first bytes tell apart: uint8 (height, width, channels). Palettes
/// become colours, and PNGs with 16 bits a channel int32. Numbers are those of the file: no gamma, no
/// profile, no orientation is applied. Throws IoError for a file that is missing, truncated, damaged,
/// something else, a JPEG in CMYK, or of a format whose library Copse was built without; ValueError for other
/// channels.
[[nodiscard]] Array load_image(const std::filesystem::path& path, const ImageOptions& options = {});

}  // namespace copse::io
