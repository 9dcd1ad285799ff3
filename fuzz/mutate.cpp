#include "mutate.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace fuzz {
namespace {

constexpr std::size_t largest = std::size_t{1} << 16;

std::size_t below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

void change_byte(std::string& bytes, Random& random) {
  if (!bytes.empty()) bytes[below(random, bytes.size())] = static_cast<char>(random());
}

void flip_bit(std::string& bytes, Random& random) {
  if (bytes.empty()) return;
  char& byte = bytes[below(random, bytes.size())];
  byte = static_cast<char>(byte ^ 1 << random() % 8);
}

// A number as readers fear them, in either order.
void put_number(std::string& bytes, Random& random) {
  constexpr std::uint64_t numbers[] = {0,          1,          2,          0x7f,        0x80,
                                       0xff,       0x7fff,     0x8000,     0xffff,      0x7fffffff,
                                       0x80000000, 0xffffffff, 0xfffffffe, 0x100000000, 1ull << 62,
                                       1ull << 63, ~0ull,      ~0ull - 7,  1000,        1'000'000'000};
  const std::size_t size = std::size_t{1} << random() % 4;
  if (bytes.size() < size) return;
  const std::uint64_t value = numbers[below(random, std::size(numbers))];
  const std::size_t at = below(random, bytes.size() - size + 1);
  const bool big = random() % 2 == 0;
  for (std::size_t i = 0; i < size; ++i)
    bytes[at + (big ? size - 1 - i : i)] = static_cast<char>(value >> (8 * i));
}

// Text that formats have, at any place.
void put_text(std::string& bytes, Random& random) {
  constexpr std::string_view texts[] = {"99999999999999999999",
                                        "-1",
                                        "0",
                                        "1e999",
                                        "[",
                                        "]",
                                        "{",
                                        "}",
                                        "\"",
                                        ",",
                                        ":",
                                        "\\u0000",
                                        "null",
                                        "true",
                                        "4294967296",
                                        "18446744073709551615",
                                        "\n",
                                        "\r",
                                        "\r\n",
                                        "\"\"",
                                        ";",
                                        "L",
                                        "(",
                                        ")",
                                        "'",
                                        "F16",
                                        "U64",
                                        "BOOL",
                                        "<f8",
                                        "|b1",
                                        ">i2",
                                        "True",
                                        "nan",
                                        "NA",
                                        "\xEF\xBB\xBF",
                                        "\xff\xfe",
                                        "PK\1\2",
                                        "PK\6\6"};
  const std::string_view text = texts[below(random, std::size(texts))];
  const std::size_t at = below(random, bytes.size() + 1);
  if (random() % 2 == 0) {
    bytes.insert(at, text);
  } else {
    bytes.replace(at, std::min(text.size(), bytes.size() - at), text);
  }
}

void change_digit(std::string& bytes, Random& random) {
  const std::size_t at = bytes.find_first_of("0123456789", below(random, bytes.size() + 1));
  if (at != std::string::npos) bytes[at] = static_cast<char>('0' + random() % 10);
}

void erase(std::string& bytes, Random& random) {
  const std::size_t at = below(random, bytes.size() + 1);
  bytes.erase(at, 1 + below(random, random() % 4 == 0 ? bytes.size() : 8));
}

void repeat(std::string& bytes, Random& random) {
  const std::size_t at = below(random, bytes.size() + 1);
  const std::string part = bytes.substr(at, 1 + below(random, 64));
  for (std::size_t i = 0, times = 1 + below(random, 8); i < times; ++i) bytes.insert(at, part);
}

void splice(std::string& bytes, const std::string& other, Random& random) {
  const std::size_t from = below(random, other.size() + 1);
  const std::string part = other.substr(from, 1 + below(random, other.size()));
  bytes.replace(below(random, bytes.size() + 1), random() % 2 == 0 ? part.size() : 0, part);
}

}  // namespace

std::string mutated(const std::vector<std::string>& inputs, std::size_t seeds, Random& random) {
  std::string bytes = inputs[below(random, random() % 2 == 0 ? seeds : inputs.size())];
  for (std::size_t i = 0, changes = 1 + below(random, 5); i < changes; ++i) {
    switch (random() % 9) {
      case 0:
        change_byte(bytes, random);
        break;
      case 1:
        flip_bit(bytes, random);
        break;
      case 2:
        put_number(bytes, random);
        break;
      case 3:
        put_text(bytes, random);
        break;
      case 4:
        change_digit(bytes, random);
        break;
      case 5:
        erase(bytes, random);
        break;
      case 6:
        repeat(bytes, random);
        break;
      case 7:
        splice(bytes, inputs[below(random, inputs.size())], random);
        break;
      default:
        if (random() % 4 == 0) bytes.resize(below(random, bytes.size() + 1));
    }
  }
  if (bytes.size() > largest) bytes.resize(largest);
  return bytes;
}

}  // namespace fuzz
