#include "shards.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "copse/core/error.hpp"
#include "copse/io/atomic_file.hpp"
#include "input.hpp"
#include "json.hpp"

namespace copse::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view index_suffix = ".index.json";
constexpr std::string_view file_suffix = ".safetensors";
constexpr int max_depth = 16;

// {"metadata": {...}, "weight_map": {"name": "file", ...}}
class IndexReader final : public JsonEvents {
 public:
  explicit IndexReader(const File& file) : file_(file) {}

  void begin(char bracket) override {
    if (++depth_ > max_depth) file_.fail("malformed index: it is nested too deeply");
    if (depth_ == 1 && bracket != '{') file_.fail("malformed index: no JSON object");
    if (depth_ == 2) {
      in_map_ = key_ == "weight_map";
      if (in_map_ && (bracket != '{' || found_))
        file_.fail("malformed index: weight_map is no object, or there twice");
      found_ = found_ || in_map_;
    } else if (in_map_) {
      bad("a list or an object");
    }
  }
  void end(char) override {
    if (--depth_ == 1) in_map_ = false;
  }
  void key(std::string& name) override { key_ = std::move(name); }
  void text(std::string& value) override {
    if (!in_map_) return;
    // A file beside the index, and nothing else.
    if (value.empty() || value == "." || value == ".." || value.find('/') != std::string::npos ||
        value.find('\0') != std::string::npos) {
      bad(fmt::format("in '{}', wanted the name of a file beside the index", value.substr(0, 80)));
    }
    const auto shard = static_cast<std::uint32_t>(shards_.emplace(value, shards_.size()).first->second);
    places.emplace_back(std::move(key_), shard);
  }
  void whole(std::uint64_t value) override { other(fmt::format("{}", value)); }
  void other(std::string_view written) override {
    if (in_map_) bad(written);
  }
  std::vector<std::string> files() const {
    std::vector<std::string> out(shards_.size());
    for (const auto& [name, place] : shards_) out[place] = name;
    return out;
  }
  bool complete() const { return found_; }

  std::vector<std::pair<std::string, std::uint32_t>> places;  // names, and the number of their file

 private:
  [[noreturn]] void bad(std::string_view what) const {
    file_.fail(fmt::format("malformed index: '{}' is {}", key_.substr(0, 200), what));
  }

  const File& file_;
  std::map<std::string, std::size_t> shards_;
  std::string key_;
  int depth_ = 0;
  bool in_map_ = false, found_ = false;
};

IndexReader read_index(const File& file) {
  std::string text(static_cast<std::size_t>(file.size()), '\0');
  file.read(0, text.data(), text.size(), "the index");
  IndexReader reader(file);
  const std::string error = parse_json(text, reader);
  if (!error.empty()) file.fail("malformed index: " + error);
  if (!reader.complete()) file.fail("malformed index: there is no weight_map");
  return reader;
}

// Adds what a file holds to the arrays of all.
void append(SafeTensors& all, SafeTensors part) {
  for (auto& entry : part.arrays) all.arrays.push_back(std::move(entry));
  all.metadata.merge(part.metadata);
}

void index_names(const File& file, SafeTensors& all) {
  all.by_name.resize(all.arrays.size());
  std::iota(all.by_name.begin(), all.by_name.end(), 0u);
  const auto name = [&](std::uint32_t place) -> const std::string& { return all.arrays[place].first; };
  std::sort(all.by_name.begin(), all.by_name.end(),
            [&](std::uint32_t a, std::uint32_t b) { return name(a) < name(b); });
  for (std::size_t i = 1; i < all.by_name.size(); ++i) {
    if (name(all.by_name[i]) == name(all.by_name[i - 1])) {
      file.fail(fmt::format("'{}' is in two of its files", name(all.by_name[i])));
    }
  }
}

}  // namespace

bool is_shard_index(const fs::path& path) { return path.filename().native().ends_with(index_suffix); }

SafeTensors read_shards(const char* function, const fs::path& index,
                        SafeTensors (*read_one)(const fs::path& path)) {
  return reading(function, index, [&] {
    const File file(function, index);
    const IndexReader reader = read_index(file);
    SafeTensors out;
    std::vector<std::size_t> first;  // of each file's arrays
    const std::vector<std::string> files = reader.files();
    for (const std::string& name : files) {
      first.push_back(out.arrays.size());
      append(out, read_one(index.parent_path() / name));
    }
    first.push_back(out.arrays.size());
    index_names(file, out);
    for (const auto& [name, shard] : reader.places) {
      const auto place = std::lower_bound(
          out.by_name.begin(), out.by_name.end(), name,
          [&](std::uint32_t at, const std::string& wanted) { return out.arrays[at].first < wanted; });
      if (place == out.by_name.end() || out.arrays[*place].first != name || *place < first[shard] ||
          *place >= first[shard + 1]) {
        file.fail(fmt::format("'{}' should be in '{}', and is not", name, files[shard]));
      }
    }
    return out;
  });
}

void save_safetensors_sharded(const fs::path& index, const NamedArrays& arrays, std::uint64_t shard_bytes,
                              const std::map<std::string, std::string>& metadata,
                              const SaveOptions& options) {
  if (!is_shard_index(index)) {
    throw ValueError(fmt::format("save_safetensors_sharded: '{}': the index's name ends in {}",
                                 index.string(), index_suffix));
  }
  detail::guard_memory("save_safetensors_sharded", [&] {
    std::set<std::string_view> names;
    std::vector<NamedArrays> shards(1);
    std::uint64_t bytes = 0, total = 0;
    for (const auto& entry : arrays) {
      if (!entry.second.has_value() || !names.insert(entry.first).second) {
        throw ValueError(fmt::format(
            "save_safetensors_sharded: the array '{}' has no value, or is there twice", entry.first));
      }
      const std::uint64_t more = entry.second.nbytes();
      if (!shards.back().empty() && (more > shard_bytes || bytes > shard_bytes - more)) {
        shards.emplace_back();
        bytes = 0;
      }
      bytes += more;
      total += more;
      shards.back().push_back(entry);
    }
    std::string stem = index.filename().string();
    stem.resize(stem.size() - index_suffix.size());
    if (stem.ends_with(file_suffix)) stem.resize(stem.size() - file_suffix.size());
    std::string map;
    for (std::size_t i = 0; i < shards.size(); ++i) {
      const std::string file = fmt::format("{}-{:05}-of-{:05}{}", stem, i + 1, shards.size(), file_suffix);
      save_safetensors(index.parent_path() / file, shards[i], metadata, options);
      const std::string quoted = json_quoted("save_safetensors_sharded", file);
      for (const auto& [name, array] : shards[i]) {
        map += map.empty() ? "\n    " : ",\n    ";
        map += json_quoted("save_safetensors_sharded", name) + ": " + quoted;
      }
    }
    write_file(index,
               fmt::format("{{\n  \"metadata\": {{\"total_size\": {}}},\n  \"weight_map\": {{{}\n  }}\n}}\n",
                           total, map),
               "save_safetensors_sharded", options);
  });
}

}  // namespace copse::io
