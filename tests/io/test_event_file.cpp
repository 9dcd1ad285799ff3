#include "copse/io/event_file.hpp"

#include <cstring>

#include "catch.hpp"
#include "files.hpp"

using namespace copse;
using namespace testing_files;

namespace {

std::uint32_t masked(std::string_view data) {
  const std::uint32_t crc = io::crc32c(data);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

TEST_CASE("event files: the checksum is CRC-32C") {
  CHECK(io::crc32c("123456789") == 0xe3069283u);
  CHECK(io::crc32c("") == 0u);
}

TEST_CASE("event files: records with lengths and checksums") {
  const Folder folder;
  fs::path path;
  {
    io::EventFile file(folder / "run");
    file.add_scalar("loss", 0.5, 300);
    file.add_scalar("loss", 0.25, -1);
    path = file.path();
  }
  CHECK(path.filename().string().starts_with("events.out.tfevents."));
  const std::string bytes = read_bytes(path);
  std::vector<std::string> events;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length = get<std::uint64_t>(bytes, at);
    CHECK(get<std::uint32_t>(bytes, at + 8) == masked(std::string_view(bytes).substr(at, 8)));
    const std::string event = bytes.substr(at + 12, length);
    CHECK(get<std::uint32_t>(bytes, at + 12 + length) == masked(event));
    events.push_back(event);
    at += 16 + length;
  }
  REQUIRE(events.size() == 3);
  CHECK(events[0].find("brain.Event:2") != std::string::npos);
  // The step 300 as a varint (field 2), then a summary (field 5) with a value (field 1): a tag and a float.
  const std::string expected =
      std::string("\x10\xac\x02\x2a\x0d\x0a\x0b\x0a\x04loss\x15", 14) + std::string("\0\0\0\x3f", 4);
  CHECK(events[1].substr(9) == expected);
}
