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

#if COPSE_HAS_PNG
#include <png.h>

#include <csetjmp>
#include <cstring>
#include <exception>
#include <string>
#endif

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

#if COPSE_HAS_PNG
// The library reports errors by a jump, which must pass no destructor: what it works with lies here.
struct Writer {
  std::string bytes;
  std::exception_ptr error;
  png_structp png = nullptr;
  png_infop info = nullptr;
  char message[200] = {};

  ~Writer() { png_destroy_write_struct(&png, &info); }
};

void on_error(png_structp png, png_const_charp text) {
  auto* state = static_cast<Writer*>(png_get_error_ptr(png));
  std::strncpy(state->message, text, sizeof state->message - 1);
  png_longjmp(png, 1);
}
void on_warning(png_structp, png_const_charp) {}

bool append(Writer& state, png_const_bytep data, std::size_t count) {
  try {
    state.bytes.append(reinterpret_cast<const char*>(data), count);
    return true;
  } catch (...) {
    state.error = std::current_exception();
    return false;
  }
}
void on_write(png_structp png, png_bytep data, std::size_t count) {
  if (!append(*static_cast<Writer*>(png_get_io_ptr(png)), data, count)) png_error(png, "out of memory");
}
void on_flush(png_structp) {}

bool encode(Writer& state, const Pixels& pixels) {
  constexpr int colors[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                            PNG_COLOR_TYPE_RGB_ALPHA};
  state.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &state, on_error, on_warning);
  if (!state.png) return false;
  state.info = png_create_info_struct(state.png);
  if (!state.info || setjmp(png_jmpbuf(state.png)) != 0) return false;
  png_set_write_fn(state.png, &state, on_write, on_flush);
  png_set_user_limits(state.png, 0x7fffffff, 0x7fffffff);
  png_set_IHDR(state.png, state.info, static_cast<png_uint_32>(pixels.width),
               static_cast<png_uint_32>(pixels.height), 8, colors[pixels.channels - 1], PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(state.png, state.info);
  for (std::int64_t y = 0; y < pixels.height; ++y)
    png_write_row(state.png, pixels.data + y * pixels.width * pixels.channels);
  png_write_end(state.png, nullptr);
  return true;
}
#endif

}  // namespace

#if COPSE_HAS_PNG
std::string encode_png(const Pixels& pixels, const char* function) {
  Writer state;
  if (!encode(state, pixels)) {
    if (state.error) std::rethrow_exception(state.error);
    throw IoError(fmt::format("{}: a PNG file cannot be made: {}", function, state.message));
  }
  return std::move(state.bytes);
}
#else
std::string encode_png(const Pixels&, const char* function) {
  throw IoError(
      fmt::format("{}: PNG files cannot be written: this Copse was built without libpng", function));
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
