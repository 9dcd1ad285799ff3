#include "copse/train/checkpoint.hpp"

#include <fmt/format.h>

#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "copse/core/error.hpp"

namespace copse::train_detail {
namespace {

using Json = nlohmann::ordered_json;

constexpr int format_version = 2;
constexpr const char* metadata_key = "copse";

Json batch_to_json(const BatchTypes& batch) {
  Json out = Json::array();
  for (const auto& [path, type] : batch.arrays) {
    out.push_back({{"path", path},
                   {"dtype", std::string(name_of(type.dtype))},
                   {"shape", std::vector<std::int64_t>(type.shape.begin(), type.shape.end())}});
  }
  return out;
}

// Reads the JSON text of a file. Throws IoError for one that is not as it must be.
class Reader {
 public:
  Reader(const std::filesystem::path& path, const std::string& text)
      : path_(path), json_(Json::parse(text)) {}

  [[noreturn]] static void fail(const std::filesystem::path& path, const std::string& text) {
    throw IoError(fmt::format("load: '{}': is no checkpoint of a trainer: {}", path.string(), text));
  }

  void check_format(const CheckpointOptions& options) const {
    const Json& format = json_.at("format");
    const int number = format.get<int>();
    if (number == format_version || (number == 1 && options.weights_only)) return;
    if (number == 1) {
      fail(path_, fmt::format("format 1, which numbered the arrays of optimizers and did not name them after "
                              "their parameters; this Copse reads {}: load the module's arrays with "
                              "{{.weights_only = true}}",
                              format_version));
    }
    fail(path_, fmt::format("format {}, this Copse reads {}", format.dump(), format_version));
  }

  CheckpointHeader header() const {
    constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max(),
                           least = std::numeric_limits<std::int64_t>::min(),
                           epochs = std::numeric_limits<int>::max();
    const Json& progress = json_.at("progress");
    return {json_.at("type").get<std::string>(),
            number(json_, "seed", least, any),
            {number(progress, "epoch", 0, epochs), number(progress, "batch", 0, any),
             number(progress, "steps", 0, any)},
            batch()};
  }

  std::vector<CheckpointLeaf> leaves() const {
    std::vector<CheckpointLeaf> out;
    for (const Json& leaf : json_.value("structure", Json::array())) {
      out.push_back({leaf.at("path").get<std::string>(), leaf.at("kind").get<std::string>(),
                     leaf.at("trainable").get<bool>()});
    }
    return out;
  }

  std::map<std::string, std::string> texts() const {
    return json_.value("texts", std::map<std::string, std::string>());
  }

 private:
  // The parser would cut numbers to fit; the loops count on none below 0, and on epochs that are an int.
  std::int64_t number(const Json& from, const char* name, std::int64_t least, std::int64_t most) const {
    constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();
    const Json& value = from.at(name);
    const bool fits = value.is_number_integer() &&
                      (!value.is_number_unsigned() || value.get<std::uint64_t>() <= std::uint64_t(any)) &&
                      value.get<std::int64_t>() >= least && value.get<std::int64_t>() <= most;
    if (!fits)
      fail(path_, fmt::format("{} is {}, wanted an integer from {} to {}", name, value.dump(), least, most));
    return value.get<std::int64_t>();
  }

  BatchTypes batch() const {
    BatchTypes out;
    for (const Json& entry : json_.value("batch", Json::array())) {
      Shape shape;
      for (const Json& extent : entry.at("shape")) {
        if (!extent.is_number_integer() || extent.get<std::int64_t>() < 0)
          fail(path_, fmt::format("the batch has an array of the shape {}", entry.at("shape").dump()));
        shape.push_back(extent.get<std::int64_t>());
      }
      out.arrays.emplace_back(entry.at("path").get<std::string>(),
                              ShapeDtype{shape, dtype_from_name(entry.at("dtype").get<std::string>())});
    }
    return out;
  }

  const std::filesystem::path& path_;
  Json json_;
};

}  // namespace

void nothing_to_save(const std::string& module) {
  throw ValueError(
      fmt::format("save: {} is not initialised, so there is nothing to save: train or evaluate it first, or "
                  "call init with a "
                  "batch",
                  module));
}

void write_checkpoint(const std::filesystem::path& path, const CheckpointHeader& header,
                      const std::vector<CheckpointLeaf>& leaves, io::NamedArrays arrays,
                      const io::Store& run) {
  Json structure = Json::array();
  for (const CheckpointLeaf& leaf : leaves) {
    structure.push_back({{"path", leaf.path}, {"kind", leaf.kind}, {"trainable", leaf.trainable}});
  }
  const Json json = {{"format", format_version},
                     {"type", header.type},
                     {"progress",
                      {{"epoch", header.progress.epoch},
                       {"batch", header.progress.batch},
                       {"steps", header.progress.steps}}},
                     {"seed", header.seed},
                     {"batch", batch_to_json(header.batch)},
                     {"structure", structure},
                     {"texts", run.texts()}};
  for (const auto& [name, array] : run.arrays()) arrays.emplace_back(run_prefix + name, array);
  io::save_safetensors(path, arrays,
                       {{metadata_key, json.dump(-1, ' ', false, Json::error_handler_t::replace)}});
}

Checkpoint read_checkpoint(const std::filesystem::path& path, const CheckpointOptions& options) {
  io::SafeTensors file = io::load_safetensors(path);
  const auto metadata = file.metadata.find(metadata_key);
  if (metadata == file.metadata.end())
    Reader::fail(path, "its metadata has no 'copse' (io::load reads arrays alone)");
  Checkpoint out;
  out.where = fmt::format("load: '{}'", path.string());
  try {
    const Reader reader(path, metadata->second);
    reader.check_format(options);
    out.header = reader.header();
    out.leaves = reader.leaves();
    for (const auto& [name, text] : reader.texts()) out.run.set(name, std::string_view(text));
  } catch (const Json::exception& error) {
    Reader::fail(path, error.what());
  } catch (const DTypeError& error) {
    Reader::fail(path, error.what());
  }
  for (auto& entry : file.arrays) {
    if (entry.first.starts_with(run_prefix))
      out.run.set(std::string_view(entry.first).substr(std::string_view(run_prefix).size()), entry.second);
    else
      out.arrays.push_back(std::move(entry));
  }
  return out;
}

tree_detail::TrainableFlags flags_for(const Checkpoint& file, const std::vector<io::Place>& places) {
  std::unordered_map<std::string, bool> known;
  for (const CheckpointLeaf& leaf : file.leaves) known[io_detail::leaf_name("", leaf.path)] = leaf.trainable;
  tree_detail::TrainableFlags out;
  for (const io::Place& place : places) {
    const auto found = known.find(place.name);
    out.flags.push_back(found == known.end() ? std::nullopt : std::optional<bool>(found->second));
  }
  return out;
}

}  // namespace copse::train_detail
