#include "copse/io/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cstring>
#include <optional>

#include "copse/core/error.hpp"
#include "copse/io/atomic_file.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/shaping.hpp"
#include "input.hpp"
#include "npy.hpp"

namespace copse::io {
namespace {

constexpr char magic[] = "\x93NUMPY";
constexpr std::size_t magic_size = 6;
constexpr std::size_t max_header = std::size_t{1} << 20;

// Elements in a file: how they are written, and what they become.
struct Stored {
  char kind = 'f';
  std::size_t size = 4;
  bool swapped = false;
  DType dtype = DType::float32;
};

std::string_view descriptor(DType dtype, const char* function) {
  switch (dtype) {
    case DType::bool_:
      return "|b1";
    case DType::uint8:
      return "|u1";
    case DType::uint32:
      return "<u4";
    case DType::int32:
      return "<i4";
    case DType::int64:
      return "<i8";
    case DType::float32:
      return "<f4";
    case DType::float64:
      return "<f8";
    default:
      throw DTypeError(fmt::format("{}: NumPy's files have no {}: convert the array with astype", function,
                                   name_of(dtype)));
  }
}

std::optional<Stored> parse_descriptor(std::string_view text) {
  if (text.size() != 3 || std::string_view("<>|=").find(text[0]) == std::string_view::npos)
    return std::nullopt;
  Stored out{text[1], static_cast<std::size_t>(text[2] - '0'), text[0] == '>', DType::float32};
  switch (text[1]) {
    case 'b':
      out.dtype = DType::bool_;
      return out.size == 1 ? std::optional(out) : std::nullopt;
    case 'u':
      out.dtype = out.size == 1 ? DType::uint8 : out.size == 4 ? DType::uint32 : DType::int32;
      return out.size == 1 || out.size == 2 || out.size == 4 ? std::optional(out) : std::nullopt;
    case 'i':
      out.dtype = out.size == 8 ? DType::int64 : DType::int32;
      return out.size == 1 || out.size == 2 || out.size == 4 || out.size == 8 ? std::optional(out)
                                                                              : std::nullopt;
    case 'f':
      out.dtype = out.size == 8 ? DType::float64 : DType::float32;
      return out.size == 2 || out.size == 4 || out.size == 8 ? std::optional(out) : std::nullopt;
    default:
      return std::nullopt;
  }
}

// A Python dictionary of a text, a truth value and a tuple of integers: no more is ever in a header.
class HeaderParser {
 public:
  HeaderParser(const NpySource& source, std::string_view text) : source_(source), text_(text) {}

  void parse() {
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr") {
        if (peek() != '\'' && peek() != '"') bad("structured elements are not supported");
        descr = string();
      } else if (key == "fortran_order") {
        fortran = truth();
      } else if (key == "shape") {
        shape = tuple();
      } else {
        bad("the unknown key '" + key + "'");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!descr || !fortran || !shape) bad("wanted descr, fortran_order and shape");
  }

  std::optional<std::string> descr;
  std::optional<bool> fortran;
  std::optional<std::vector<std::int64_t>> shape;

 private:
  [[noreturn]] void bad(const std::string& what) const {
    source_.fail(fmt::format("malformed header: {} in {}", what, text_.substr(0, 80)));
  }
  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) bad(fmt::format("wanted '{}' at {}", c, at_));
  }
  std::string string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') bad(fmt::format("wanted a text at {}", at_));
    const std::size_t end = text_.find(quote, ++at_);
    if (end == std::string_view::npos) bad("a text without an end");
    std::string out(text_.substr(at_, end - at_));
    at_ = end + 1;
    return out;
  }
  bool truth() {
    (void)peek();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return value;
      }
    }
    bad("wanted True or False");
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> out;
    expect('(');
    while (!accept(')')) {
      std::int64_t number = 0;
      if (!std::isdigit(static_cast<unsigned char>(peek()))) bad("wanted a dimension");
      while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) {
        if (number > (std::int64_t{1} << 58)) bad("a dimension is too large");
        number = number * 10 + (text_[at_++] - '0');
      }
      if (accept('L')) continue;
      out.push_back(number);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return out;
  }

  const NpySource& source_;
  std::string_view text_;
  std::size_t at_ = 0;
};

void swap_bytes(char* data, std::size_t count, std::size_t size) {
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
void widen(const void* from, Array& to, Convert convert) {
  const auto* bytes = static_cast<const char*>(from);
  auto* out = static_cast<To*>(detail::mutable_data(to));
  const auto count = static_cast<std::size_t>(to.size());
  for (std::size_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, bytes + i * sizeof(From), sizeof(From));
    out[i] = convert(value);
  }
}

// Elements whose size isn't that of the array's dtype.
Array widened(const Stored& stored, const Array& raw, const Shape& shape) {
  Array out = detail::allocate({shape, stored.dtype});
  const auto same = [](auto value) { return static_cast<std::int32_t>(value); };
  if (stored.kind == 'f') {
    widen<std::uint16_t, float>(raw.raw(), out, half_to_float);
  } else if (stored.size == 1) {
    widen<std::int8_t, std::int32_t>(raw.raw(), out, same);
  } else if (stored.kind == 'i') {
    widen<std::int16_t, std::int32_t>(raw.raw(), out, same);
  } else {
    widen<std::uint16_t, std::int32_t>(raw.raw(), out, same);
  }
  return out;
}

}  // namespace

std::string npy_header(const Array& array, const char* function) {
  std::string shape;
  for (const std::int64_t extent : array.shape()) shape += fmt::format("{}, ", extent);
  if (array.ndim() > 1) shape.resize(shape.size() - 2);
  if (array.ndim() == 1) shape.pop_back();
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                 descriptor(array.dtype(), function), shape);
  const std::size_t total = (magic_size + 4 + text.size() + 1 + 63) / 64 * 64;
  text.resize(total - magic_size - 4 - 1, ' ');
  text += '\n';
  const auto length = static_cast<std::uint16_t>(text.size());
  std::string out(magic, magic_size);
  out += {'\1', '\0', static_cast<char>(length & 0xff), static_cast<char>(length >> 8)};
  return out + text;
}

Array parse_npy(const NpySource& source) {
  std::array<unsigned char, magic_size + 2> start{};
  source.read(start.data(), start.size(), "the start");
  if (std::memcmp(start.data(), magic, magic_size) != 0)
    source.fail("is no npy file: it does not begin with \\x93NUMPY");
  const int version = start[magic_size];
  if (version < 1 || version > 3) source.fail(fmt::format("npy version {}, wanted 1, 2 or 3", version));
  std::array<unsigned char, 4> length_bytes{};
  source.read(length_bytes.data(), version == 1 ? 2 : 4, "the header's length");
  const std::size_t length = length_bytes[0] | std::size_t{length_bytes[1]} << 8 |
                             std::size_t{length_bytes[2]} << 16 | std::size_t{length_bytes[3]} << 24;
  if (length > max_header) source.fail(fmt::format("malformed: a header of {} bytes", length));
  std::string text(length, '\0');
  source.read(text.data(), length, "the header");

  HeaderParser header(source, text);
  header.parse();
  const auto stored = parse_descriptor(*header.descr);
  if (!stored) source.fail(fmt::format("arrays have no elements of type '{}'", *header.descr));
  if (header.shape->size() > static_cast<std::size_t>(max_rank)) {
    source.fail(fmt::format("{} dimensions, arrays have at most {}", header.shape->size(), max_rank));
  }
  if (*header.fortran) std::reverse(header.shape->begin(), header.shape->end());
  std::uint64_t count = 1;
  const bool empty = std::count(header.shape->begin(), header.shape->end(), 0) > 0;
  for (const std::int64_t extent : *header.shape) {
    if (empty) continue;
    if (count > (std::uint64_t{1} << 58) / static_cast<std::uint64_t>(extent)) {
      source.fail(fmt::format("dimensions ({}) are too large", fmt::join(*header.shape, ", ")));
    }
    count *= static_cast<std::uint64_t>(extent);
  }

  const Shape shape(*header.shape);
  Array out;
  if (stored->size == size_of(stored->dtype)) {
    out = source.read_array({shape, stored->dtype});
    if (stored->swapped && stored->size > 1) {
      swap_bytes(static_cast<char*>(detail::mutable_data(out)), static_cast<std::size_t>(out.size()),
                 stored->size);
    }
  } else {
    const Array raw =
        source.read_array({{shape.elements() * static_cast<std::int64_t>(stored->size)}, DType::uint8});
    if (stored->swapped && stored->size > 1) {
      swap_bytes(static_cast<char*>(detail::mutable_data(raw)), raw.nbytes() / stored->size, stored->size);
    }
    out = widened(*stored, raw, shape);
  }
  if (stored->dtype == DType::bool_ && out.size() > 0) {
    // A byte that is neither 0 nor 1 is no bool.
    auto* data = static_cast<std::uint8_t*>(detail::mutable_data(out));
    for (std::int64_t i = 0; i < out.size(); ++i) data[i] = data[i] != 0;
  }
  return *header.fortran && shape.rank() > 1 ? transpose(out) : out;
}

void save_npy(const std::filesystem::path& path, const Array& array) {
  const std::string header = npy_header(array, "save_npy");
  AtomicFile file(path, "save_npy");
  file.write(header);
  if (array.nbytes() > 0) file.write(array.raw(), array.nbytes());
  file.commit();
}

Array load_npy(const std::filesystem::path& path) {
  Input file("load_npy", path);
  Array out = parse_npy({[&](void* to, std::size_t n, const char* what) { file.read(to, n, what); },
                         [&](const ShapeDtype& type) { return file.read_array(type, "the array"); },
                         [&](const std::string& text) { file.fail(text); }});
  if (!file.at_end()) file.fail("malformed: there is more after the array");
  return out;
}

}  // namespace copse::io
