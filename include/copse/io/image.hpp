// Images: PNG and JPEG.
#pragma once

#include <cstdint>
#include <filesystem>

#include "copse/core/array.hpp"
#include "copse/io/options.hpp"

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

/// Writes an image as PNG, whatever the path's ending: (height, width) or (height, width, channels) with 1
/// (grey), 2 (grey and alpha), 3 (red, green, blue) or 4 channels (with alpha). uint8 is written as it is,
/// bool as black and white, floating-point numbers from 0 to 1 as 0 to 255, rounded; what is below or above
/// is 0 or 255, and nan 0. `image::grid` makes one image of many. Throws ShapeError for what is no image or
/// has no pixels, DTypeError for other integers, IoError for a file that cannot be written or if Copse was
/// built without zlib.
void save_image(const std::filesystem::path& path, const Array& image, const SaveOptions& options = {});

}  // namespace copse::io
