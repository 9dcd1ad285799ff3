#include "copse/io/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "copse/core/error.hpp"
#include "copse/io/atomic_file.hpp"
#include "input.hpp"
#include "json.hpp"
#include "safetensors_header.hpp"
#include "shards.hpp"

namespace copse::io {
namespace {

using Entries = std::vector<const NamedArrays::value_type*>;

// The arrays in the order of the file. Readers map it into memory: elements of eight bytes come first, so
// that all are aligned.
Entries in_order(const NamedArrays& arrays) {
  Entries order;
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
  return order;
}

std::string header_of(const Entries& order, const std::map<std::string, std::string>& metadata) {
  std::string text;
  const auto item = [&](std::string_view name) {
    (text += text.empty() ? '{' : ',') += json_quoted("save_safetensors", name);
    text += ':';
  };
  if (!metadata.empty()) {
    item("__metadata__");
    char before = '{';
    for (const auto& [key, value] : metadata) {
      (text += before) += json_quoted("save_safetensors", key);
      (text += ':') += json_quoted("save_safetensors", value);
      before = ',';
    }
    text += '}';
  }
  std::uint64_t offset = 0;
  for (const auto* entry : order) {
    const Array& array = entry->second;
    const std::uint64_t end = offset + array.nbytes();
    item(entry->first);
    text += fmt::format(R"({{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                        safetensors_name(array.dtype()), fmt::join(array.shape(), ","), offset, end);
    offset = end;
  }
  text += text.empty() ? "{}" : "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

// `array_of` makes the array of an entry.
template <class F>
SafeTensors made(SafeTensorsHeader header, F array_of) {
  SafeTensors out;
  out.arrays.reserve(header.entries.size());
  for (SafeTensorsEntry& entry : header.entries) {
    Array array = array_of(entry, header.shape(entry));
    out.arrays.emplace_back(std::move(entry.name), std::move(array));
  }
  out.metadata = std::move(header.metadata);
  out.by_name = std::move(header.by_name);
  return out;
}

SafeTensors load_one(const std::filesystem::path& path) {
  return reading("load_safetensors", path, [&] {
    Input file("load_safetensors", path);
    if (file.compressed()) file.fail("is compressed by gzip, wanted a safetensors file");
    return made(read_safetensors_header(file), [&](const SafeTensorsEntry& entry, const Shape& shape) {
      return read_elements(file, entry.stored, shape, "an array");
    });
  });
}

SafeTensors map_one(const std::filesystem::path& path) {
  return reading("map_safetensors", path, [&] {
    Input file("map_safetensors", path);
    SafeTensorsHeader header = read_safetensors_header(file);
    const auto mapped = std::make_shared<const MappedFile>(file.file());
    const std::uint64_t start = file.position();
    return made(std::move(header), [&](const SafeTensorsEntry& entry, const Shape& shape) {
      Array array = borrow_elements(mapped, start + entry.begin, entry.stored, shape);
      if (array.has_value()) return array;
      file.skip_to(start + entry.begin);
      return read_elements(file, entry.stored, shape, "an array");
    });
  });
}

// The place of a name, or the number of arrays.
std::size_t find(const SafeTensors& file, std::string_view name) {
  const NamedArrays& arrays = file.arrays;
  if (file.by_name.size() == arrays.size()) {
    const auto found = std::lower_bound(
        file.by_name.begin(), file.by_name.end(), name,
        [&](std::uint32_t place, std::string_view wanted) { return arrays[place].first < wanted; });
    if (found != file.by_name.end() && arrays[*found].first == name) return *found;
  }
  // The arrays may have been changed since they were read.
  const auto found =
      std::find_if(arrays.begin(), arrays.end(), [&](const auto& entry) { return entry.first == name; });
  return static_cast<std::size_t>(found - arrays.begin());
}

}  // namespace

bool SafeTensors::contains(std::string_view name) const { return find(*this, name) < arrays.size(); }

const Array& SafeTensors::at(std::string_view name) const {
  const std::size_t place = find(*this, name);
  if (place < arrays.size()) return arrays[place].second;
  throw ValueError(fmt::format("SafeTensors: there is no array '{}' among the {}", name, arrays.size()));
}

void save_safetensors(const std::filesystem::path& path, const NamedArrays& arrays,
                      const std::map<std::string, std::string>& metadata, const SaveOptions& options) {
  detail::guard_memory("save_safetensors", [&] {
    const Entries order = in_order(arrays);
    const std::string header = header_of(order, metadata);
    const auto length = static_cast<std::uint64_t>(header.size());
    if (length > max_safetensors_header)
      throw IoError("save_safetensors: the header is too large for the format");

    AtomicFile file(path, "save_safetensors", options);
    file.write(&length, sizeof length);
    file.write(header);
    for (const auto* entry : order) {
      if (entry->second.nbytes() > 0) file.write(entry->second.raw(), entry->second.nbytes());
    }
    file.commit();
  });
}

SafeTensors load_safetensors(const std::filesystem::path& path) {
  return is_shard_index(path) ? read_shards("load_safetensors", path, load_one) : load_one(path);
}

SafeTensors map_safetensors(const std::filesystem::path& path) {
  return is_shard_index(path) ? read_shards("map_safetensors", path, map_one) : map_one(path);
}

}  // namespace copse::io
