#include "elements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

namespace copse::io {
namespace {

static_assert(std::endian::native == std::endian::little, "copse: files are read in little-endian order");

constexpr std::size_t block_bytes = std::size_t{1} << 20;

void swap_bytes(char* data, std::size_t count, std::size_t size) {
  if (size == 1) return;
  for (std::size_t i = 0; i < count; ++i) std::reverse(data + i * size, data + (i + 1) * size);
}

float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1fu, mantissa = half & 0x3ffu;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent == 0) {
    const float value = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -value : value;
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

template <class From, class To, class Convert>
void convert_all(const char* from, char* to, std::size_t count, Convert convert) {
  for (std::size_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, from + i * sizeof(From), sizeof(From));
    const To result = convert(value);
    std::memcpy(to + i * sizeof(To), &result, sizeof(To));
  }
}

// Elements of another type than the array's.
void convert(const Source& source, const Stored& stored, const char* from, char* to, std::size_t count) {
  const auto same = [](auto value) { return static_cast<std::int32_t>(value); };
  if (stored.kind == 'f') {
    convert_all<std::uint16_t, float>(from, to, count, half_to_float);
  } else if (stored.size == 1) {
    convert_all<std::int8_t, std::int32_t>(from, to, count, same);
  } else if (stored.size == 2 && stored.kind == 'i') {
    convert_all<std::int16_t, std::int32_t>(from, to, count, same);
  } else if (stored.size == 2) {
    convert_all<std::uint16_t, std::int32_t>(from, to, count, same);
  } else {
    convert_all<std::uint64_t, std::int64_t>(from, to, count, [&](std::uint64_t value) {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        source.fail(fmt::format("the uint64 element {} does not fit in int64, which it is to become", value));
      }
      return static_cast<std::int64_t>(value);
    });
  }
}

// Takes elements as they come and fills an array with them.
class Filler {
 public:
  Filler(const Source& source, const Stored& stored, Array& array)
      : source_(source), stored_(stored), to_(static_cast<char*>(detail::mutable_data(array))) {}

  void add(char* data, std::size_t bytes) {
    const std::size_t count = bytes / stored_.size;
    if (stored_.swapped) swap_bytes(data, count, stored_.size);
    if (stored_.converted()) {
      convert(source_, stored_, data, to_, count);
    } else if (data != to_) {
      std::memcpy(to_, data, bytes);
    }
    if (stored_.kind == 'b') {
      for (std::size_t i = 0; i < count; ++i) to_[i] = to_[i] != 0;
    }
    to_ += count * size_of(stored_.dtype());
  }
  char* place() const { return to_; }

 private:
  const Source& source_;
  const Stored& stored_;
  char* to_;
};

}  // namespace

DType Stored::dtype() const {
  switch (kind) {
    case 'b':
      return DType::bool_;
    case 'u':
      return size == 1 ? DType::uint8 : size == 2 ? DType::int32 : size == 4 ? DType::uint32 : DType::int64;
    case 'i':
      return size == 8 ? DType::int64 : DType::int32;
    case 'B':
      return DType::bfloat16;
    default:
      return size == 8 ? DType::float64 : DType::float32;
  }
}

bool Stored::converted() const { return size != size_of(dtype()) || (kind == 'u' && size == 8); }

std::optional<Stored> stored(char kind, std::size_t size, bool swapped) {
  const bool power = size == 1 || size == 2 || size == 4 || size == 8;
  const bool known = kind == 'b'   ? size == 1
                     : kind == 'B' ? size == 2
                     : kind == 'f' ? power && size > 1
                                   : (kind == 'u' || kind == 'i') && power;
  if (!known) return std::nullopt;
  return Stored{kind, size, swapped && size > 1};
}

Array read_elements(Source& source, const Stored& stored, const Shape& shape, std::string_view what) {
  const std::uint64_t bytes = byte_count(source, shape, stored.size);
  (void)byte_count(source, shape, size_of(stored.dtype()));
  if (bytes > source.at_most()) {
    source.fail(fmt::format("truncated: {} of shape {} should have {} bytes, at most {} are left", what,
                            to_string(shape), bytes, source.at_most()));
  }
  // What comes out of compressed data is known once it is there; the memory grows with it.
  std::vector<std::vector<char>> blocks;
  for (std::uint64_t left = source.unknown_size() ? bytes : 0; left > 0;) {
    std::vector<char> block(static_cast<std::size_t>(std::min<std::uint64_t>(left, block_bytes)));
    source.read(block.data(), block.size(), what);
    left -= block.size();
    blocks.push_back(std::move(block));
  }
  Array out = detail::allocate({shape, stored.dtype()});
  Filler filler(source, stored, out);
  if (source.unknown_size()) {
    for (auto& block : blocks) {
      filler.add(block.data(), block.size());
      block = {};
    }
    return out;
  }
  const bool in_place = !stored.converted();
  std::vector<char> block(in_place ? 0 : std::min<std::uint64_t>(bytes, block_bytes));
  for (std::uint64_t left = bytes; left > 0;) {
    const auto count = static_cast<std::size_t>(in_place ? left : std::min<std::uint64_t>(left, block_bytes));
    char* to = in_place ? filler.place() : block.data();
    source.read(to, count, what);
    filler.add(to, count);
    left -= count;
  }
  return out;
}

Array borrow_elements(std::shared_ptr<const MappedFile> file, std::uint64_t at, const Stored& stored,
                      const Shape& shape) {
  const ShapeDtype type{shape, stored.dtype()};
  if (!stored.as_they_are() || type.bytes() == 0 || at % size_of(type.dtype) != 0) return {};
  const auto* data = reinterpret_cast<const unsigned char*>(file->data()) + at;
  // A byte that is neither 0 nor 1 is no bool.
  if (stored.kind == 'b' && std::any_of(data, data + type.bytes(), [](unsigned char b) { return b > 1; })) {
    return {};
  }
  return detail::borrow(data, type, std::move(file));
}

}  // namespace copse::io
