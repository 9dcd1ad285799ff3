#if COPSE_HAS_JPEG
#include <fmt/format.h>

#include <csetjmp>
#include <cstdio>
// Wants the two above.
#include <jerror.h>
#include <jpeglib.h>

#include <vector>

#include "pixels.hpp"

namespace copse::io {
namespace {

// A block of 8 x 8 pixels has at least one bit.
constexpr std::uint64_t pixels_per_byte = 512;
// Progressive files may hold any number of scans of the whole image; usual are ten.
constexpr int max_scans = 100;

// The library reports errors by a function that must not return. It jumps, past no destructor: what the
// library works with lies here.
struct Jpeg {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX] = {};
  bool started = false;

  ~Jpeg() {
    if (started) jpeg_destroy_decompress(&info);
  }
};

Jpeg& state_of(j_common_ptr info) { return *static_cast<Jpeg*>(info->client_data); }

void on_error(j_common_ptr info) {
  info->err->format_message(info, state_of(info).message);
  std::longjmp(state_of(info).jump, 1);
}
void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  // The library would fill up with grey what is missing.
  const int code = info->err->msg_code;
  if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE) on_error(info);
}
void on_progress(j_common_ptr info) {
  if (info->is_decompressor && reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > max_scans) {
    std::snprintf(state_of(info).message, JMSG_LENGTH_MAX, "more than %d scans", max_scans);
    std::longjmp(state_of(info).jump, 1);
  }
}

bool start(Jpeg& state, const unsigned char* data, std::size_t size) {
  state.info.err = jpeg_std_error(&state.errors);
  state.errors.error_exit = on_error;
  state.errors.emit_message = on_message;
  state.info.client_data = &state;
  if (setjmp(state.jump) != 0) return false;
  jpeg_create_decompress(&state.info);
  state.started = true;
  state.progress.progress_monitor = on_progress;
  state.info.progress = &state.progress;
  jpeg_mem_src(&state.info, data, size);
  jpeg_read_header(&state.info, TRUE);
  return true;
}

bool begin_rows(Jpeg& state, J_COLOR_SPACE colours) {
  if (setjmp(state.jump) != 0) return false;
  state.info.out_color_space = colours;
  jpeg_start_decompress(&state.info);
  return true;
}

bool read_rows(Jpeg& state, unsigned char* to, std::size_t row_bytes) {
  if (setjmp(state.jump) != 0) return false;
  while (state.info.output_scanline < state.info.output_height) {
    JSAMPROW row = to + state.info.output_scanline * row_bytes;
    jpeg_read_scanlines(&state.info, &row, 1);
  }
  jpeg_finish_decompress(&state.info);
  return true;
}

}  // namespace

Array read_jpeg(const File& file, const ImageOptions& options) {
  std::vector<unsigned char> data(static_cast<std::size_t>(file.size()));
  file.read(0, data.data(), data.size(), "the image");
  Jpeg state;
  const auto fail = [&] {
    file.fail(fmt::format("is no JPEG file, truncated or damaged: {}", state.message));
  };
  if (!start(state, data.data(), data.size())) fail();
  check_extent(file, state.info.image_width, state.info.image_height, options, pixels_per_byte);
  const bool grey = state.info.jpeg_color_space == JCS_GRAYSCALE;
  if (!grey && state.info.jpeg_color_space != JCS_YCbCr && state.info.jpeg_color_space != JCS_RGB) {
    file.fail("is a JPEG file in CMYK or other colours than grey and RGB: convert it");
  }
  if (!begin_rows(state, grey ? JCS_GRAYSCALE : JCS_RGB)) fail();
  const std::int64_t height = state.info.output_height, width = state.info.output_width,
                     channels = state.info.output_components;
  Array out = detail::allocate({{height, width, channels}, DType::uint8});
  if (!read_rows(state, static_cast<unsigned char*>(detail::mutable_data(out)),
                 static_cast<std::size_t>(width * channels))) {
    fail();
  }
  return out;
}

}  // namespace copse::io
#endif
