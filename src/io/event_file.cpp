#include "copse/io/event_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "copse/core/error.hpp"

namespace copse::io {
namespace {

std::atomic<unsigned> serial{0};

// TFRecord masks checksums, since records may hold checksums themselves.
std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; }

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

template <class T>
void put_fixed(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

// Fields of protocol buffers: a number and how it is written, then the value.
enum class Wire { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };
void put_field(std::string& out, unsigned number, Wire wire) {
  put_varint(out, number << 3 | static_cast<unsigned>(wire));
}
void put_bytes(std::string& out, unsigned number, std::string_view bytes) {
  put_field(out, number, Wire::bytes);
  put_varint(out, bytes.size());
  out += bytes;
}

std::string new_event() {
  std::string event;
  put_field(event, 1, Wire::fixed64);  // wall_time
  put_fixed(event, now());
  return event;
}

}  // namespace

std::uint32_t crc32c(std::string_view data) noexcept {
  static const auto table = [] {
    std::array<std::uint32_t, 256> out{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t c = i;
      for (int k = 0; k < 8; ++k) c = (c & 1) ? 0x82f63b78u ^ (c >> 1) : c >> 1;
      out[i] = c;
    }
    return out;
  }();
  std::uint32_t crc = ~0u;
  for (const char c : data) crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

EventFile::EventFile(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  char host[256] = "localhost";
  (void)::gethostname(host, sizeof host - 1);
  // Never another's: in containers even the numbers of processes are the same.
  do {
    path_ = folder / fmt::format("events.out.tfevents.{}.{}.{}.{}", static_cast<std::int64_t>(now()), host,
                                 ::getpid(), serial.fetch_add(1));
    file_ = std::fopen(path_.c_str(), "wbxe");
  } while (!file_ && errno == EEXIST);
  if (!file_)
    throw IoError(
        fmt::format("EventFile: '{}': cannot be written: {}", path_.string(), std::strerror(errno)));
  std::string event = new_event();
  put_bytes(event, 3, "brain.Event:2");  // file_version
  write_record(event);
  flush();
}

EventFile::~EventFile() { std::fclose(file_); }

void EventFile::add_scalar(std::string_view tag, double value, std::int64_t step) {
  std::string item, summary, event = new_event();
  put_bytes(item, 1, tag);
  put_field(item, 2, Wire::fixed32);  // simple_value
  put_fixed(item, static_cast<float>(value));
  put_bytes(summary, 1, item);
  put_field(event, 2, Wire::varint);  // step
  put_varint(event, static_cast<std::uint64_t>(step));
  put_bytes(event, 5, summary);
  write_record(event);
}

void EventFile::flush() {
  if (std::fflush(file_) != 0) {
    throw IoError(
        fmt::format("EventFile: '{}': cannot be written: {}", path_.string(), std::strerror(errno)));
  }
}

void EventFile::write_record(const std::string& event) {
  std::string record;
  put_fixed(record, static_cast<std::uint64_t>(event.size()));
  put_fixed(record, masked(crc32c(record)));
  record += event;
  put_fixed(record, masked(crc32c(event)));
  if (std::fwrite(record.data(), 1, record.size(), file_) != record.size()) {
    throw IoError(
        fmt::format("EventFile: '{}': cannot be written: {}", path_.string(), std::strerror(errno)));
  }
}

}  // namespace copse::io
