#include "copse/io/image.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "files.hpp"

using namespace copse;
using namespace testing_files;

// The files in tests/io/images were written by Pillow (images.py there): the pixel (y, x) of a colour image
// is (10 y, 20 x, 100 + y + x), that of a grey one 10 y + x, alpha is 200 + x; 5 rows of 7 pixels.

namespace {

const fs::path images = fs::path(COPSE_TESTS_DIR) / "io" / "images";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<int> pixel(const Array& image, std::int64_t y, std::int64_t x) {
  std::vector<int> out;
  for (std::int64_t c = 0; c < image.shape(2); ++c) out.push_back(image.item<int>({y, x, c}));
  return out;
}

std::string image_error(const Folder& folder, const std::string& bytes,
                        const io::ImageOptions& options = {}) {
  write_bytes(folder / "x", bytes);
  return message_of<IoError>([&] { (void)io::load_image(folder / "x", options); });
}

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

std::uint32_t crc32(std::string_view data) {
  std::uint32_t crc = ~0u;
  for (const char byte : data) {
    crc ^= static_cast<unsigned char>(byte);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

// The same PNG with another width and height.
std::string with_extent(std::string png, std::uint32_t width, std::uint32_t height) {
  png.replace(16, 8, big_endian(width) + big_endian(height));
  png.replace(29, 4, big_endian(crc32(std::string_view(png).substr(12, 17))));
  return png;
}

}  // namespace

TEST_CASE("images: PNGs of every kind have the pixels that Pillow has written") {
  for (const char* name : {"rgb.png", "rgb_interlaced.png", "palette.png"}) {
    INFO(name);
    const Array image = io::load_image(images / name);
    REQUIRE(image.shape() == Shape{5, 7, 3});
    CHECK(image.dtype() == DType::uint8);
    CHECK(pixel(image, 3, 5) == std::vector<int>{30, 100, 108});
    CHECK(pixel(image, 4, 6) == std::vector<int>{40, 120, 110});
  }
  const Array rgba = io::load_image(images / "rgba.png");
  REQUIRE(rgba.shape() == Shape{5, 7, 4});
  CHECK(pixel(rgba, 3, 5) == std::vector<int>{30, 100, 108, 205});
  const Array grey = io::load_image(images / "grey.png");
  REQUIRE(grey.shape() == Shape{5, 7, 1});
  CHECK(pixel(grey, 3, 5) == std::vector<int>{35});
  CHECK(pixel(io::load_image(images / "grey_alpha.png"), 3, 5) == std::vector<int>{35, 205});
  const Array bits = io::load_image(images / "bits.png");  // black where y + x is even
  CHECK(pixel(bits, 3, 5) == std::vector<int>{0});
  CHECK(pixel(bits, 3, 4) == std::vector<int>{255});
  const Array wide = io::load_image(images / "grey16.png");  // 1000 y + x
  REQUIRE(wide.shape() == Shape{5, 7, 1});
  CHECK(wide.dtype() == DType::int32);
  CHECK(pixel(wide, 4, 6) == std::vector<int>{4006});
}

TEST_CASE("images: JPEGs, plain and progressive") {
  for (const char* name : {"rgb.jpg", "rgb_progressive.jpg"}) {
    INFO(name);
    const Array image = io::load_image(images / name);
    REQUIRE(image.shape() == Shape{5, 7, 3});
    CHECK(image.dtype() == DType::uint8);
    for (int c = 0; c < 3; ++c) {
      CHECK(std::abs(pixel(image, 3, 5)[static_cast<std::size_t>(c)] -
                     std::array{30, 100, 108}[static_cast<std::size_t>(c)]) < 12);
    }
  }
  CHECK(io::load_image(images / "grey.jpg").shape() == Shape{5, 7, 1});
  CHECK(contains(message_of<IoError>([&] { (void)io::load_image(images / "cmyk.jpg"); }), "CMYK"));
}

TEST_CASE("images: channels are converted as asked for") {
  const auto at = [](const char* name, int channels) {
    return pixel(io::load_image(images / name, {.channels = channels}), 3, 5);
  };
  const int luma = (299 * 30 + 587 * 100 + 114 * 108 + 500) / 1000;
  CHECK(at("rgb.png", 1) == std::vector<int>{luma});
  CHECK(at("rgb.png", 2) == std::vector<int>{luma, 255});
  CHECK(at("rgb.png", 4) == std::vector<int>{30, 100, 108, 255});
  CHECK(at("rgba.png", 3) == std::vector<int>{30, 100, 108});
  CHECK(at("rgba.png", 2) == std::vector<int>{luma, 205});
  CHECK(at("grey.png", 3) == std::vector<int>{35, 35, 35});
  CHECK(at("grey_alpha.png", 4) == std::vector<int>{35, 35, 35, 205});
  CHECK(at("grey16.png", 4) == std::vector<int>{3005, 3005, 3005, 65535});
  CHECK_THROWS_AS(at("rgb.png", 5), ValueError);
  CHECK_THROWS_AS(at("rgb.png", -1), ValueError);
}

TEST_CASE("images: what is truncated, damaged or hostile is an IoError, and takes no memory") {
  const Folder folder;
  const std::string png = read_bytes(images / "rgb.png");
  CHECK(image_error(folder, png).empty());
  CHECK(contains(image_error(folder, ""), "neither"));
  CHECK(contains(image_error(folder, "GIF89a"), "neither"));
  CHECK(contains(image_error(folder, png, {.max_pixels = 34}), "max_pixels"));
  CHECK(image_error(folder, png, {.max_pixels = 35}).empty());
  detail::reset_peak_memory();
  const std::int64_t before = detail::memory_stats().peak_bytes;
  CHECK(contains(image_error(folder, with_extent(png, 16'000, 16'000)), "do not fit"));
  CHECK(contains(image_error(folder, with_extent(png, 0x7fffffff, 0x7fffffff)), "max_pixels"));
  CHECK_FALSE(image_error(folder, with_extent(png, 0, 5)).empty());
  CHECK_FALSE(image_error(folder, with_extent(png, 7, 6)).empty());
  CHECK(detail::memory_stats().peak_bytes - before < 1'000'000);
  for (const char* name : {"rgb.png", "rgb_interlaced.png", "rgb.jpg", "rgb_progressive.jpg"}) {
    const std::string good = read_bytes(images / name);
    std::mt19937 random(0);
    for (std::size_t i = 0; i < 100; ++i) {
      std::string bytes = good;
      for (std::size_t k = 0; k <= i % 4; ++k) bytes[random() % bytes.size()] = static_cast<char>(random());
      (void)image_error(folder, bytes);
      const std::size_t cut = good.size() * i / 100;
      if (cut < good.size() - 12) CHECK_FALSE(image_error(folder, good.substr(0, cut)).empty());
    }
  }
}

TEST_CASE("images: what is saved as PNG comes back") {
  const Folder folder;
  const auto there_and_back = [&](const Array& image) {
    io::save_image(folder / "x.png", image, {.durable = false});
    return io::load_image(folder / "x.png");
  };
  for (std::int64_t channels = 1; channels <= 4; ++channels) {
    const Array image = astype(reshape(arange(5 * 7 * channels), {5, 7, channels}), DType::uint8);
    CHECK(array_equal(there_and_back(image), image));
  }
  CHECK(array_equal(there_and_back(array({{0.0f, 0.5f, 1.0f}})), array({{{0}, {128}, {255}}})));
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  CHECK(array_equal(there_and_back(array({{-1.0f, 2.0f, nan, inf, -inf}})),
                    array({{{0}, {255}, {0}, {255}, {0}}})));
  CHECK(array_equal(there_and_back(astype(array({{0.25, 1.0}}), DType::bfloat16)), array({{{64}, {255}}})));
  CHECK(array_equal(there_and_back(array({{true, false}})), array({{{255}, {0}}})));
}

TEST_CASE("images: what cannot be saved says why, and writes nothing") {
  const Folder folder;
  const fs::path path = folder / "x.png";
  for (const Shape& shape :
       {Shape{}, Shape{3}, Shape{2, 3, 4, 1}, Shape{2, 3, 5}, Shape{2, 3, 0}, Shape{0, 3}}) {
    INFO(to_string(shape));
    CHECK(contains(message_of<ShapeError>([&] { io::save_image(path, zeros(shape)); }),
                   "wanted (height, width)"));
  }
  CHECK(contains(message_of<DTypeError>([&] {
                   io::save_image(path, zeros({2, 3}, DType::int32));
                 }),
                 "int32(2, 3)"));
  CHECK_FALSE(fs::exists(path));
  write_bytes(folder / "file", "");
  CHECK(contains(message_of<IoError>([&] {
                   io::save_image(folder / "file" / "x.png", zeros({2, 3}));
                 }),
                 "save_image"));
}
