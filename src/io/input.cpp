#include "input.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "copse/core/error.hpp"

#if COPSE_HAS_ZLIB
#include <zlib.h>
#endif

namespace copse::io {
namespace {

// No byte of deflate's output needs less than 1/1032 byte of input.
constexpr std::uint64_t best_ratio = 1032;

}  // namespace

struct Input::Unpacker {
#if COPSE_HAS_ZLIB
  gzFile file = nullptr;
  ~Unpacker() {
    if (file) gzclose(file);
  }
#endif
};

Input::Input(const char* function, const std::filesystem::path& path, const ReadOptions& options)
    : file_(function, path), max_unpacked_(options.max_unpacked) {
  std::array<unsigned char, 2> magic{};
  compressed_ = file_.read_some(0, magic.data(), 2) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
  if (!compressed_) return;
#if COPSE_HAS_ZLIB
  unpacker_ = std::make_unique<Unpacker>();
  const int handle = ::dup(file_.handle());
  if (handle < 0) fail("cannot be opened: " + std::string(std::strerror(errno)));
  unpacker_->file = gzdopen(handle, "rb");
  if (!unpacker_->file) {
    ::close(handle);
    fail("cannot be opened as a gzip file");
  }
  gzbuffer(unpacker_->file, 1u << 17);
#else
  fail("is compressed by gzip, and this Copse was built without zlib");
#endif
}

Input::~Input() = default;

std::uint64_t Input::at_most() const {
  const std::uint64_t size = file_.size();
  const std::uint64_t most = compressed_ ? std::min(size * best_ratio, max_unpacked_) : size;
  return most > position_ ? most - position_ : 0;
}

std::size_t Input::unpack(void* to, std::size_t count) {
  std::size_t got = 0;
#if COPSE_HAS_ZLIB
  while (got < count) {
    const auto part = static_cast<unsigned>(std::min(count - got, std::size_t{1} << 30));
    const int result = gzread(unpacker_->file, static_cast<char*>(to) + got, part);
    int code = Z_OK;
    const char* message = gzerror(unpacker_->file, &code);
    if (result < 0 || (code != Z_OK && code != Z_STREAM_END)) {
      fail(code == Z_BUF_ERROR ? std::string("truncated: the compressed data ends too early")
                               : fmt::format("damaged: {}", message));
    }
    if (result == 0) break;
    got += static_cast<std::size_t>(result);
  }
  if (position_ + got > max_unpacked_) {
    fail(fmt::format("unpacks to more than {} bytes, the limit set for it", max_unpacked_));
  }
#else
  (void)to;
  (void)count;
#endif
  return got;
}

std::size_t Input::read_some(void* to, std::size_t count) {
  auto* out = static_cast<unsigned char*>(to);
  std::size_t got = 0;
  if (count > 0 && ahead_ >= 0) {
    out[got++] = static_cast<unsigned char>(std::exchange(ahead_, -1));
    ++position_;
  }
  const std::size_t n =
      compressed_ ? unpack(out + got, count - got) : file_.read_some(position_, out + got, count - got);
  position_ += n;
  return got + n;
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
  if (ahead_ >= 0) return false;
  if (read_some(&byte, 1) == 0) return true;
  ahead_ = byte;
  --position_;
  return false;
}

}  // namespace copse::io
