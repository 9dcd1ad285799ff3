#include "copse/io/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <memory>
#include <optional>

#include "copse/core/error.hpp"
#include "copse/io/atomic_file.hpp"
#include "copse/ops/shaping.hpp"
#include "input.hpp"
#include "npy.hpp"

namespace copse::io {
namespace {

constexpr char magic[] = "\x93NUMPY";
constexpr std::size_t magic_size = 6;
constexpr std::size_t max_header = std::size_t{1} << 20;

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
  if (std::string_view("buif").find(text[1]) == std::string_view::npos) return std::nullopt;
  return stored(text[1], static_cast<std::size_t>(text[2] - '0'), text[0] == '>');
}

// A Python dictionary of a text, a truth value and a tuple of integers: no more is ever in a header.
class HeaderParser {
 public:
  HeaderParser(const Source& source, std::string_view text) : source_(source), text_(text) {}

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
      if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2's long integers
      out.push_back(number);
      if (out.size() > static_cast<std::size_t>(max_rank)) {
        source_.fail(fmt::format("more than {} dimensions, the most that arrays have", max_rank));
      }
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return out;
  }

  const Source& source_;
  std::string_view text_;
  std::size_t at_ = 0;
};

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

NpyHeader parse_npy_header(Source& source) {
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
  if (length > source.at_most()) {
    source.fail(
        fmt::format("truncated: a header of {} bytes, at most {} are left", length, source.at_most()));
  }
  std::string text(length, '\0');
  source.read(text.data(), length, "the header");

  HeaderParser header(source, text);
  header.parse();
  const auto stored = parse_descriptor(*header.descr);
  if (!stored) source.fail(fmt::format("arrays have no elements of type '{}'", *header.descr));
  if (*header.fortran) std::reverse(header.shape->begin(), header.shape->end());
  (void)byte_count(source, *header.shape, std::max(stored->size, size_of(stored->dtype())));
  return {*stored, Shape(*header.shape), *header.fortran};
}

Array parse_npy(Source& source) {
  const NpyHeader header = parse_npy_header(source);
  const Array out = read_elements(source, header.stored, header.shape, "the array");
  return header.fortran && header.shape.rank() > 1 ? transpose(out) : out;
}

void save_npy(const std::filesystem::path& path, const Array& array, const SaveOptions& options) {
  detail::guard_memory("save_npy", [&] {
    const std::string header = npy_header(array, "save_npy");
    AtomicFile file(path, "save_npy", options);
    file.write(header);
    if (array.nbytes() > 0) file.write(array.raw(), array.nbytes());
    file.commit();
  });
}

Array load_npy(const std::filesystem::path& path, const ReadOptions& options) {
  return reading("load_npy", path, [&] {
    Input file("load_npy", path, options);
    Array out = parse_npy(file);
    if (!file.at_end()) file.fail("malformed: there is more after the array");
    return out;
  });
}

Array map_npy(const std::filesystem::path& path) {
  return reading("map_npy", path, [&] {
    Input file("map_npy", path);
    if (file.compressed()) file.fail("is compressed by gzip: load_npy reads it");
    const NpyHeader header = parse_npy_header(file);
    const std::uint64_t start = file.position(), bytes = byte_count(file, header.shape, header.stored.size);
    if (bytes != file.at_most()) {
      file.fail(fmt::format("{}: the array should have {} bytes, {} are left",
                            bytes > file.at_most() ? "truncated" : "malformed", bytes, file.at_most()));
    }
    Array out;
    if (header.stored.as_they_are()) {
      out = borrow_elements(std::make_shared<const MappedFile>(file.file()), start, header.stored,
                            header.shape);
    }
    if (!out.has_value()) out = read_elements(file, header.stored, header.shape, "the array");
    return header.fortran && header.shape.rank() > 1 ? transpose(out) : out;
  });
}

}  // namespace copse::io
