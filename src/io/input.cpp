#include "input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "copse/core/error.hpp"

#if COPSE_HAS_ZLIB
#include <zlib.h>
#endif

namespace copse::io {
namespace {

namespace fs = std::filesystem;

// No byte of deflate's output needs less than 1/1032 byte of input.
constexpr std::uint64_t best_ratio = 1032;
constexpr std::size_t chunk = std::size_t{1} << 20;

}  // namespace

struct Input::Impl {
  std::FILE* plain = nullptr;
#if COPSE_HAS_ZLIB
  gzFile packed = nullptr;
#endif
  int ahead = -1;  // one byte read to find the end

  ~Impl() {
    if (plain) std::fclose(plain);
#if COPSE_HAS_ZLIB
    if (packed) gzclose(packed);
#endif
  }
};

Input::Input(const char* function, const fs::path& path)
    : impl_(std::make_unique<Impl>()), function_(function), path_(path) {
  std::error_code error;
  if (fs::is_directory(path, error)) fail("is a directory, wanted a file");
  // Opening a pipe would wait for somebody to write to it.
  if (fs::exists(path, error) && !fs::is_regular_file(path, error)) fail("is no regular file");
  impl_->plain = std::fopen(path.c_str(), "rb");
  if (!impl_->plain) fail(errno == ENOENT ? "there is no such file" : std::strerror(errno));
  file_size_ = fs::file_size(path, error);
  if (error) fail("its size is not to be had: " + error.message());

  std::array<unsigned char, 2> magic{};
  compressed_ = std::fread(magic.data(), 1, 2, impl_->plain) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
  std::rewind(impl_->plain);
  if (!compressed_) return;
  std::fclose(std::exchange(impl_->plain, nullptr));
#if COPSE_HAS_ZLIB
  impl_->packed = gzopen(path.c_str(), "rb");
  if (!impl_->packed) fail("cannot be opened as a gzip file");
  gzbuffer(impl_->packed, 1u << 17);
#else
  fail("is compressed by gzip, and this Copse was built without zlib");
#endif
}

Input::~Input() = default;

void Input::fail(const std::string& text) const {
  throw IoError(fmt::format("{}: '{}': {}", function_, path_.string(), text));
}

std::uint64_t Input::at_most() const {
  const std::uint64_t most = compressed_ ? file_size_ * best_ratio : file_size_;
  return most > position_ ? most - position_ : 0;
}

std::size_t Input::read_some(void* to, std::size_t count) {
  auto* out = static_cast<unsigned char*>(to);
  std::size_t got = 0;
  if (count > 0 && impl_->ahead >= 0)
    out[got++] = static_cast<unsigned char>(std::exchange(impl_->ahead, -1));
  while (got < count) {
    std::size_t n = 0;
    if (impl_->plain) {
      n = std::fread(out + got, 1, count - got, impl_->plain);
      if (n == 0 && std::ferror(impl_->plain)) fail("cannot be read: " + std::string(std::strerror(errno)));
    }
#if COPSE_HAS_ZLIB
    if (impl_->packed) {
      const auto part = static_cast<unsigned>(std::min<std::size_t>(count - got, chunk));
      const int result = gzread(impl_->packed, out + got, part);
      int code = Z_OK;
      const char* message = gzerror(impl_->packed, &code);
      if (result < 0 || (code != Z_OK && code != Z_STREAM_END)) {
        fail(code == Z_BUF_ERROR ? std::string("truncated: the compressed data ends too early")
                                 : fmt::format("damaged: {}", message));
      }
      n = static_cast<std::size_t>(result);
    }
#endif
    if (n == 0) break;
    got += n;
  }
  position_ += got;
  return got;
}

void Input::read(void* to, std::size_t count, std::string_view what) {
  const std::uint64_t start = position_;
  const std::size_t got = read_some(to, count);
  if (got != count) {
    fail(fmt::format("truncated: {} at byte {} should have {} bytes, {} are left", what, start, count, got));
  }
}

bool Input::at_end() {
  unsigned char byte = 0;
  if (impl_->ahead >= 0) return false;
  if (read_some(&byte, 1) == 0) return true;
  impl_->ahead = byte;
  --position_;
  return false;
}

std::string Input::read_all() {
  std::string out;
  while (true) {
    const std::size_t before = out.size();
    out.resize(before + chunk);
    const std::size_t got = read_some(out.data() + before, chunk);
    out.resize(before + got);
    if (got < chunk) return out;
  }
}

Array Input::read_array(const ShapeDtype& type, std::string_view what) {
  const std::size_t bytes = type.bytes();
  if (bytes > at_most()) {
    fail(fmt::format("truncated: {} should have {} bytes, at most {} are left", what, bytes, at_most()));
  }
  if (!compressed_) {
    Array out = detail::allocate(type);
    if (bytes > 0) read(detail::mutable_data(out), bytes, what);
    return out;
  }
  // How much a compressed file holds is only known once it has been read: the memory grows with it.
  std::vector<char> data;
  while (data.size() < bytes) {
    const std::size_t before = data.size();
    data.resize(std::min(bytes, std::max(before * 2, before + chunk)));
    const std::size_t got = read_some(data.data() + before, data.size() - before);
    if (before + got != data.size()) {
      fail(fmt::format("truncated: {} should have {} bytes, {} are there", what, bytes, before + got));
    }
  }
  Array out = detail::allocate(type);
  if (bytes > 0) std::memcpy(detail::mutable_data(out), data.data(), bytes);
  return out;
}

std::uint64_t byte_count(const Input& input, std::span<const std::int64_t> dims, std::size_t item) {
  std::uint64_t count = item;
  const bool empty = std::find(dims.begin(), dims.end(), 0) != dims.end();
  for (const std::int64_t extent : dims) {
    if (extent < 0) input.fail(fmt::format("a dimension is {}", extent));
    if (empty) continue;
    if (count > (std::uint64_t{1} << 62) / static_cast<std::uint64_t>(extent)) {
      input.fail(fmt::format("dimensions ({}) are too large", fmt::join(dims, ", ")));
    }
    count *= static_cast<std::uint64_t>(extent);
  }
  return empty ? 0 : count;
}

}  // namespace copse::io
