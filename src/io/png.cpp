#if COPSE_HAS_PNG
#include <fmt/format.h>
#include <png.h>

#include <csetjmp>
#include <cstring>
#include <exception>
#include <vector>

#include "pixels.hpp"

namespace copse::io {
namespace {

// No byte of deflate's output needs less than 1/1032 byte of input; a pixel has at least one bit.
constexpr std::uint64_t pixels_per_byte = 1032 * 8;

// The library reports errors by a jump, which must pass no destructor: what it works with lies here.
struct Png {
  const File* file = nullptr;
  std::uint64_t at = 0;
  png_structp png = nullptr;
  png_infop info = nullptr;
  char message[200] = {};
  std::uint32_t width = 0, height = 0;
  int depth = 0, channels = 0, passes = 0;

  ~Png() { png_destroy_read_struct(&png, &info, nullptr); }
};

void on_error(png_structp png, png_const_charp text) {
  auto* state = static_cast<Png*>(png_get_error_ptr(png));
  std::strncpy(state->message, text, sizeof state->message - 1);
  png_longjmp(png, 1);
}
void on_warning(png_structp, png_const_charp) {}

bool fetch(Png& state, png_bytep to, std::size_t count) {
  try {
    const std::size_t got = state.file->read_some(state.at, to, count);
    state.at += got;
    return got == count;
  } catch (const std::exception&) {
    return false;
  }
}
void on_read(png_structp png, png_bytep to, std::size_t count) {
  if (!fetch(*static_cast<Png*>(png_get_io_ptr(png)), to, count)) png_error(png, "truncated");
}

bool start(Png& state) {
  state.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, on_error, on_warning);
  if (!state.png) return false;
  state.info = png_create_info_struct(state.png);
  if (!state.info || setjmp(png_jmpbuf(state.png)) != 0) return false;
  png_set_read_fn(state.png, &state, on_read);
  png_set_user_limits(state.png, 0x7fffffff, 0x7fffffff);
  png_read_info(state.png, state.info);
  state.width = png_get_image_width(state.png, state.info);
  state.height = png_get_image_height(state.png, state.info);
  return true;
}

// Takes memory for a row.
bool prepare(Png& state) {
  if (setjmp(png_jmpbuf(state.png)) != 0) return false;
  png_set_expand(state.png);  // palettes, fewer than 8 bits, and colours that stand for transparency
  if (png_get_bit_depth(state.png, state.info) == 16) png_set_swap(state.png);
  state.passes = png_set_interlace_handling(state.png);
  png_read_update_info(state.png, state.info);
  state.depth = png_get_bit_depth(state.png, state.info);
  state.channels = png_get_channels(state.png, state.info);
  return true;
}

bool read_rows(Png& state, unsigned char* to, std::size_t row_bytes) {
  if (setjmp(png_jmpbuf(state.png)) != 0) return false;
  for (int pass = 0; pass < state.passes; ++pass) {
    for (std::uint32_t y = 0; y < state.height; ++y) png_read_row(state.png, to + y * row_bytes, nullptr);
  }
  png_read_end(state.png, nullptr);
  return true;
}

}  // namespace

Array read_png(const File& file, const ImageOptions& options) {
  Png state;
  state.file = &file;
  const auto fail = [&] { file.fail(fmt::format("is no PNG file, or damaged: {}", state.message)); };
  if (!start(state)) fail();
  check_extent(file, state.width, state.height, options, pixels_per_byte);
  if (!prepare(state)) fail();
  const Shape shape{state.height, state.width, state.channels};
  const std::size_t row = static_cast<std::size_t>(state.width) * static_cast<std::size_t>(state.channels);
  if (state.depth == 8) {
    Array out = detail::allocate({shape, DType::uint8});
    if (!read_rows(state, static_cast<unsigned char*>(detail::mutable_data(out)), row)) fail();
    return out;
  }
  std::vector<std::uint16_t> wide(row * state.height);
  if (!read_rows(state, reinterpret_cast<unsigned char*>(wide.data()), 2 * row)) fail();
  Array out = detail::allocate({shape, DType::int32});
  auto* to = static_cast<std::int32_t*>(detail::mutable_data(out));
  for (std::size_t i = 0; i < wide.size(); ++i) to[i] = wide[i];
  return out;
}

}  // namespace copse::io
#endif
