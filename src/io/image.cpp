#include "pixels.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <string_view>

#include "copse/core/error.hpp"

namespace copse::io {
namespace {

// One pixel with other channels. `opaque` is the largest value.
template <class T>
void convert_pixel(const T* from, int have, T* to, int want, T opaque) {
  const bool grey = have <= 2;
  if (want <= 2) {
    to[0] = grey ? from[0]
                 : static_cast<T>((299 * std::uint64_t{static_cast<std::uint32_t>(from[0])} +
                                   587 * std::uint64_t{static_cast<std::uint32_t>(from[1])} +
                                   114 * std::uint64_t{static_cast<std::uint32_t>(from[2])} + 500) /
                                  1000);
  } else {
    for (int c = 0; c < 3; ++c) to[c] = from[grey ? 0 : c];
  }
  if (want % 2 == 0) to[want - 1] = have % 2 == 0 ? from[have - 1] : opaque;
}

template <class T>
Array with_channels(const Array& image, int want, T opaque) {
  const int have = static_cast<int>(image.shape(2));
  Array out = detail::allocate({{image.shape(0), image.shape(1), want}, image.dtype()});
  const T* from = image.data<T>();
  T* to = static_cast<T*>(detail::mutable_data(out));
  for (std::int64_t i = 0; i < image.shape(0) * image.shape(1); ++i) {
    convert_pixel(from + i * have, have, to + i * want, want, opaque);
  }
  return out;
}

}  // namespace

void check_extent(const File& file, std::uint64_t width, std::uint64_t height, const ImageOptions& options,
                  std::uint64_t per_byte) {
  if (width == 0 || height == 0) file.fail("malformed: an image without pixels");
  // Both fit in 32 bits.
  if (options.max_pixels >= 0 && width * height > static_cast<std::uint64_t>(options.max_pixels)) {
    file.fail(
        fmt::format("has {} x {} pixels, more than max_pixels = {}", width, height, options.max_pixels));
  }
  if (width * height / per_byte > file.size()) {
    file.fail(fmt::format("truncated, or damaged: {} x {} pixels do not fit in {} bytes", width, height,
                          file.size()));
  }
}

#if !COPSE_HAS_PNG
Array read_png(const File& file, const ImageOptions&) {
  file.fail("is a PNG file, and this Copse was built without libpng");
}
#endif
#if !COPSE_HAS_JPEG
Array read_jpeg(const File& file, const ImageOptions&) {
  file.fail("is a JPEG file, and this Copse was built without libjpeg");
}
#endif

Array load_image(const std::filesystem::path& path, const ImageOptions& options) {
  if (options.channels < 0 || options.channels > 4) {
    throw ValueError(
        fmt::format("load_image: {} channels, wanted 1 to 4, or 0 for those of the file", options.channels));
  }
  return reading("load_image", path, [&] {
    const File file("load_image", path);
    std::array<char, 8> start{};
    const std::string_view magic(start.data(), file.read_some(0, start.data(), start.size()));
    Array image;
    if (magic == "\x89PNG\r\n\x1a\n") {
      image = read_png(file, options);
    } else if (magic.starts_with("\xff\xd8\xff")) {
      image = read_jpeg(file, options);
    } else {
      file.fail("is neither a PNG nor a JPEG file");
    }
    const int want = options.channels;
    if (want == 0 || want == image.shape(2)) return image;
    return image.dtype() == DType::uint8 ? with_channels<std::uint8_t>(image, want, 255)
                                         : with_channels<std::int32_t>(image, want, 65535);
  });
}

}  // namespace copse::io
