#include "safetensors_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <tuple>

#include "json.hpp"

namespace copse::io {
namespace {

// A text costs a hundred bytes whatever its length.
constexpr std::size_t max_metadata = 100'000;

struct Named {
  std::string_view name;
  char kind;
  std::size_t size;
};
// Those that arrays have come first, in the order of DType.
constexpr std::array<Named, dtype_count + 5> formats = {{{"BOOL", 'b', 1},
                                                         {"U8", 'u', 1},
                                                         {"U32", 'u', 4},
                                                         {"I32", 'i', 4},
                                                         {"I64", 'i', 8},
                                                         {"BF16", 'B', 2},
                                                         {"F32", 'f', 4},
                                                         {"F64", 'f', 8},
                                                         {"F16", 'f', 2},
                                                         {"I8", 'i', 1},
                                                         {"I16", 'i', 2},
                                                         {"U16", 'u', 2},
                                                         {"U64", 'u', 8}}};

// Takes the header's entries as the parser meets them. Anything that is not where it belongs ends in an
// IoError, so that nothing is nested deeper than an entry's dimensions.
class HeaderReader final : public JsonEvents {
 public:
  HeaderReader(const Source& source, SafeTensorsHeader& out) : source_(source), out_(out) {}

  void begin(char bracket) override {
    ++depth_;
    if (depth_ == 1 && bracket != '{') source_.fail("malformed header: no JSON object");
    if (depth_ == 2) begin_value(bracket);
    if (depth_ == 3 && (in_metadata_ || bracket != '[' || field_ == Field::dtype)) misplaced(bracket);
    if (depth_ > 3) misplaced(bracket);
  }
  void end(char) override {
    if (--depth_ == 1 && !in_metadata_) finish_entry();
    if (depth_ == 2 && field_ != Field::unknown) seen_ |= 1u << static_cast<int>(field_);
  }
  void key(std::string& name) override {
    key_ = std::move(name);
    if (depth_ != 2 || in_metadata_) return;
    field_ = key_ == "dtype"          ? Field::dtype
             : key_ == "shape"        ? Field::shape
             : key_ == "data_offsets" ? Field::offsets
                                      : Field::unknown;
    if (field_ != Field::unknown && (seen_ & 1u << static_cast<int>(field_)) != 0) {
      bad(fmt::format("'{}' is there twice", key_));
    }
  }
  void text(std::string& value) override {
    if (depth_ == 2 && in_metadata_) {
      if (out_.metadata.size() >= max_metadata)
        source_.fail("malformed header: more than 100000 texts of metadata");
      if (!out_.metadata.emplace(key_, value).second) {
        source_.fail(fmt::format("malformed header: the name '{}' is there twice in __metadata__", key_));
      }
    } else if (depth_ == 2 && field_ == Field::dtype) {
      seen_ |= 1u << static_cast<int>(field_);
      const auto found =
          std::find_if(formats.begin(), formats.end(), [&](const Named& f) { return f.name == value; });
      if (found == formats.end())
        bad(fmt::format("arrays have no elements of dtype '{}'", value.substr(0, 40)));
      entry_.stored = *stored(found->kind, found->size);
    } else if (depth_ != 2 || field_ != Field::unknown) {
      misplaced(fmt::format("'{}'", value.substr(0, 40)));
    }
  }
  void whole(std::uint64_t value) override {
    if (depth_ == 3 && field_ == Field::shape) {
      if (value >> 62 != 0) bad(fmt::format("the shape has a dimension {}", value));
      if (++entry_.rank > static_cast<std::uint32_t>(max_rank)) return;
      out_.dims.push_back(static_cast<std::int64_t>(value));
    } else if (depth_ == 3 && field_ == Field::offsets) {
      if (offsets_ < 2) (offsets_ == 0 ? entry_.begin : entry_.end) = value;
      ++offsets_;
    } else {
      other(fmt::format("{}", value));
    }
  }
  void other(std::string_view written) override {
    if (depth_ == 3 && field_ == Field::shape) bad(fmt::format("the shape is [{}]", written));
    if (depth_ == 3 && field_ == Field::offsets) bad(fmt::format("data_offsets are [{}]", written));
    if (depth_ != 2 || in_metadata_ || field_ != Field::unknown) misplaced(written);
  }

 private:
  enum class Field { dtype, shape, offsets, unknown };

  [[noreturn]] void bad(const std::string& what) const {
    source_.fail(fmt::format("malformed header: '{}': {}", entry_.name.substr(0, 200), what));
  }
  [[noreturn]] void misplaced(std::string_view what) const {
    if (depth_ <= 1) {
      source_.fail(fmt::format("malformed header: '{}' is {}, wanted dtype, shape and data_offsets",
                               key_.substr(0, 200), what));
    }
    if (in_metadata_) {
      source_.fail(
          fmt::format("malformed header: __metadata__ '{}' is {}, no text", key_.substr(0, 200), what));
    }
    bad(fmt::format("got {} in '{}', wanted dtype, shape and data_offsets", what, key_.substr(0, 200)));
  }
  [[noreturn]] void misplaced(char bracket) const {
    misplaced(std::string_view(bracket == '[' ? "a list" : "an object"));
  }

  void begin_value(char bracket) {
    in_metadata_ = key_ == "__metadata__";
    if (bracket != '{') {
      depth_ = 1;
      misplaced(bracket);
    }
    field_ = Field::unknown;
    seen_ = 0;
    offsets_ = 0;
    if (in_metadata_) return;
    if (out_.dims.size() > 0xffffffffu - max_rank) source_.fail("malformed header: too many arrays");
    entry_ = {};
    entry_.name = std::move(key_);
    entry_.dims = static_cast<std::uint32_t>(out_.dims.size());
  }

  void finish_entry() {
    if (seen_ != 7) bad("wanted dtype, shape and data_offsets");
    if (entry_.rank > static_cast<std::uint32_t>(max_rank)) {
      bad(fmt::format("{} dimensions, arrays have at most {}", entry_.rank, max_rank));
    }
    if (offsets_ != 2) bad(fmt::format("data_offsets are {} numbers, wanted 2", offsets_));
    const std::span<const std::int64_t> dims(out_.dims.data() + entry_.dims, entry_.rank);
    const std::uint64_t bytes = byte_count(source_, dims, entry_.stored.size);
    (void)byte_count(source_, dims, size_of(entry_.stored.dtype()));
    if (entry_.end < entry_.begin || entry_.end - entry_.begin != bytes) {
      bad(fmt::format("an array of shape ({}) has {} bytes, data_offsets are [{},{}]", fmt::join(dims, ", "),
                      bytes, entry_.begin, entry_.end));
    }
    out_.entries.push_back(std::move(entry_));
  }

  const Source& source_;
  SafeTensorsHeader& out_;
  SafeTensorsEntry entry_;
  std::string key_;
  Field field_ = Field::unknown;
  int depth_ = 0;
  bool in_metadata_ = false;
  unsigned seen_ = 0;  // which fields the entry has had, a bit each
  std::uint64_t offsets_ = 0;
};

void check_layout(const Source& source, const std::vector<SafeTensorsEntry>& entries) {
  std::uint64_t expected = 0;
  for (const SafeTensorsEntry& entry : entries) {
    if (entry.begin != expected) {
      source.fail(fmt::format("malformed header: '{}' begins at byte {}, wanted {}", entry.name, entry.begin,
                              expected));
    }
    expected = entry.end;
  }
  if (expected != source.at_most()) {
    source.fail(fmt::format("{}: the arrays should have {} bytes, {} are there",
                            expected > source.at_most() ? "truncated" : "malformed", expected,
                            source.at_most()));
  }
}

}  // namespace

Shape SafeTensorsHeader::shape(const SafeTensorsEntry& entry) const {
  return Shape(std::span<const std::int64_t>(dims.data() + entry.dims, entry.rank));
}

std::string_view safetensors_name(DType dtype) { return formats[static_cast<std::size_t>(dtype)].name; }

SafeTensorsHeader read_safetensors_header(Source& source) {
  std::uint64_t length = 0;
  source.read(&length, sizeof length, "the header's length");
  if (length > max_safetensors_header || length > source.at_most()) {
    source.fail(fmt::format("malformed, or no safetensors file: the header should have {} bytes, {} are left",
                            length, source.at_most()));
  }
  SafeTensorsHeader out;
  {
    std::string text(static_cast<std::size_t>(length), '\0');
    source.read(text.data(), text.size(), "the header");
    HeaderReader reader(source, out);
    const std::string error =
        text.find_first_of("{[") == std::string::npos ? "no JSON object" : parse_json(text, reader);
    if (!error.empty()) source.fail("malformed header: " + error);
  }
  auto& entries = out.entries;
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  out.by_name.resize(entries.size());
  std::iota(out.by_name.begin(), out.by_name.end(), 0u);
  std::sort(out.by_name.begin(), out.by_name.end(),
            [&](std::uint32_t a, std::uint32_t b) { return entries[a].name < entries[b].name; });
  for (std::size_t i = 1; i < entries.size(); ++i) {
    const std::string& name = entries[out.by_name[i]].name;
    if (name == entries[out.by_name[i - 1]].name) {
      source.fail(fmt::format("malformed header: the name '{}' is there twice", name));
    }
  }
  check_layout(source, entries);
  return out;
}

}  // namespace copse::io
