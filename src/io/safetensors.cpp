#include "copse/io/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "copse/core/error.hpp"
#include "copse/io/atomic_file.hpp"
#include "input.hpp"

namespace copse::io {
namespace {

using Json = nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little, "copse: files are written in little-endian order");

// By the order of DType.
constexpr std::array<std::string_view, dtype_count> format_names = {"BOOL", "U8",   "U32", "I32",
                                                                    "I64",  "BF16", "F32", "F64"};

// The format's own limit for the header.
constexpr std::uint64_t max_header = 100'000'000;

std::string shown(const Json& json) {
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  return text;
}

struct Entry {
  std::string name;
  ShapeDtype type;
  std::uint64_t begin = 0, end = 0;
};

// One entry of the header, checked but for how it fits in with the others.
Entry parse_entry(const Input& file, const std::string& name, const Json& json) {
  const auto bad = [&](const std::string& what) {
    file.fail(fmt::format("malformed header: '{}': {}", name, what));
  };
  if (!json.is_object() || !json.contains("dtype") || !json.contains("shape") ||
      !json.contains("data_offsets")) {
    bad("got " + shown(json) + ", wanted dtype, shape and data_offsets");
  }
  const Json &dtype = json["dtype"], &shape = json["shape"], &offsets = json["data_offsets"];

  Entry entry{name, {}, 0, 0};
  const auto found = std::find(format_names.begin(), format_names.end(),
                               dtype.is_string() ? dtype.get_ref<const std::string&>() : std::string());
  if (found == format_names.end()) bad("arrays have no elements of dtype " + shown(dtype));
  entry.type.dtype = static_cast<DType>(found - format_names.begin());

  if (!shape.is_array()) bad("the shape is " + shown(shape));
  if (shape.size() > static_cast<std::size_t>(max_rank)) {
    bad(fmt::format("{} dimensions, arrays have at most {}", shape.size(), max_rank));
  }
  for (const Json& extent : shape) {
    if (!extent.is_number_unsigned() || extent.get<std::uint64_t>() >> 62 != 0)
      bad("the shape is " + shown(shape));
    entry.type.shape.push_back(extent.get<std::int64_t>());
  }

  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    bad("data_offsets are " + shown(offsets));
  }
  entry.begin = offsets[0].get<std::uint64_t>();
  entry.end = offsets[1].get<std::uint64_t>();
  const std::uint64_t bytes = byte_count(file, std::span(entry.type.shape.begin(), entry.type.shape.size()),
                                         size_of(entry.type.dtype));
  if (entry.end < entry.begin || entry.end - entry.begin != bytes) {
    bad(fmt::format("{} has {} bytes, data_offsets are {}", to_string(entry.type), bytes, shown(offsets)));
  }
  return entry;
}

Json parse_header(const Input& file, const std::string& text) {
  // The parser keeps the last of equal keys; here they are an error.
  std::vector<std::set<std::string>> keys;
  std::optional<std::string> twice;
  const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start) {
      keys.emplace_back();
    } else if (event == Event::object_end) {
      keys.pop_back();
    } else if (event == Event::key && !keys.empty()) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys.back().insert(key).second) twice = key;
    }
    return true;
  };
  Json header;
  try {
    header = Json::parse(text, watch);
  } catch (const Json::exception& error) {
    file.fail(fmt::format("malformed header: {}", error.what()));
  }
  if (twice) file.fail(fmt::format("malformed header: the name '{}' is there twice", *twice));
  if (!header.is_object()) file.fail("malformed header: no JSON object");
  return header;
}

}  // namespace

bool SafeTensors::contains(std::string_view name) const {
  return std::any_of(arrays.begin(), arrays.end(), [&](const auto& entry) { return entry.first == name; });
}

const Array& SafeTensors::at(std::string_view name) const {
  for (const auto& [key, array] : arrays) {
    if (key == name) return array;
  }
  throw ValueError(fmt::format("SafeTensors: there is no array '{}' among the {}", name, arrays.size()));
}

void save_safetensors(const std::filesystem::path& path, const NamedArrays& arrays,
                      const std::map<std::string, std::string>& metadata) {
  // Readers map the file into memory: elements of eight bytes come first, so that all are aligned.
  std::vector<const NamedArrays::value_type*> order;
  std::set<std::string_view> names;
  for (const auto& entry : arrays) {
    if (!entry.second.has_value()) {
      throw ValueError(fmt::format("save_safetensors: the array '{}' has no value", entry.first));
    }
    if (entry.first == "__metadata__" || !names.insert(entry.first).second) {
      throw ValueError(fmt::format("save_safetensors: the name '{}' is taken", entry.first));
    }
    order.push_back(&entry);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return size_of(a->second.dtype()) > size_of(b->second.dtype());
  });

  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const auto* entry : order) {
    const Array& array = entry->second;
    const std::uint64_t end = offset + array.nbytes();
    header[entry->first] = {{"dtype", format_names[static_cast<std::size_t>(array.dtype())]},
                            {"shape", array.shape().to_vector()},
                            {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const auto length = static_cast<std::uint64_t>(text.size());
  if (length > max_header) throw IoError("save_safetensors: the header is too large for the format");

  AtomicFile file(path, "save_safetensors");
  file.write(&length, sizeof length);
  file.write(text);
  for (const auto* entry : order) {
    if (entry->second.nbytes() > 0) file.write(entry->second.raw(), entry->second.nbytes());
  }
  file.commit();
}

SafeTensors load_safetensors(const std::filesystem::path& path) {
  Input file("load_safetensors", path);
  if (file.compressed()) file.fail("is compressed by gzip, wanted a safetensors file");
  std::uint64_t length = 0;
  file.read(&length, sizeof length, "the header's length");
  if (length > max_header || length > file.at_most()) {
    file.fail(fmt::format("malformed: the header should have {} bytes, {} are left", length, file.at_most()));
  }
  std::string text(length, '\0');
  file.read(text.data(), length, "the header");
  const Json header = parse_header(file, text);

  SafeTensors out;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") {
      if (!value.is_object()) file.fail("malformed header: __metadata__ is " + shown(value));
      for (const auto& [key, item] : value.items()) {
        if (!item.is_string()) file.fail(fmt::format("malformed header: __metadata__ '{}' is no text", key));
        out.metadata[key] = item.get<std::string>();
      }
    } else {
      entries.push_back(parse_entry(file, name, value));
    }
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t expected = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != expected) {
      file.fail(fmt::format("malformed header: '{}' begins at byte {}, wanted {}", entry.name, entry.begin,
                            expected));
    }
    expected = entry.end;
  }
  if (expected != file.at_most()) {
    file.fail(fmt::format("{}: the arrays should have {} bytes, {} are there",
                          expected > file.at_most() ? "truncated" : "malformed", expected, file.at_most()));
  }
  for (Entry& entry : entries) {
    out.arrays.emplace_back(std::move(entry.name), file.read_array(entry.type, "an array"));
  }
  return out;
}

}  // namespace copse::io
