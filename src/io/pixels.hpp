// What the readers of image formats have in common.
#pragma once

#include "copse/core/array.hpp"
#include "copse/io/image.hpp"
#include "file.hpp"

namespace copse::io {

/// Refuses an image that is too large, or larger than the file could hold with `per_byte` pixels a byte.
void check_extent(const File& file, std::uint64_t width, std::uint64_t height, const ImageOptions& options,
                  std::uint64_t per_byte);

Array read_png(const File& file, const ImageOptions& options);
Array read_jpeg(const File& file, const ImageOptions& options);

}  // namespace copse::io
