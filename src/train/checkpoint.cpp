#include "copse/train/checkpoint.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <limits>

#include "copse/core/error.hpp"

namespace copse::train_detail {
namespace {

using Json = nlohmann::ordered_json;

constexpr int format_version = 1;
constexpr const char* metadata_key = "copse";

}  // namespace

void nothing_to_save(const std::string& module) {
  throw ValueError(
      fmt::format("save: {} is not initialised, so there is nothing to save: train or evaluate it first, or "
                  "call init with a "
                  "batch",
                  module));
}

void write_checkpoint(const std::filesystem::path& path, const CheckpointHeader& header,
                      const std::vector<CheckpointLeaf>& leaves, const io::NamedArrays& arrays) {
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
                     {"structure", structure}};
  io::save_safetensors(path, arrays,
                       {{metadata_key, json.dump(-1, ' ', false, Json::error_handler_t::replace)}});
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  io::SafeTensors file = io::load_safetensors(path);
  const auto fail = [&](const std::string& text) {
    throw IoError(fmt::format("load: '{}': is no checkpoint of a trainer: {}", path.string(), text));
  };
  const auto metadata = file.metadata.find(metadata_key);
  if (metadata == file.metadata.end()) fail("its metadata has no 'copse' (io::load reads arrays alone)");
  Checkpoint out;
  try {
    const Json json = Json::parse(metadata->second);
    if (json.at("format").get<int>() != format_version) {
      fail(fmt::format("format {}, this Copse reads {}", json.at("format").dump(), format_version));
    }
    // The parser would cut numbers to fit; the loops count on none below 0, and on epochs that are an int.
    constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max(),
                           epochs = std::numeric_limits<int>::max();
    const auto number = [&](const Json& from, const char* name, std::int64_t least, std::int64_t most) {
      const Json& value = from.at(name);
      const bool fits = value.is_number_integer() &&
                        (!value.is_number_unsigned() || value.get<std::uint64_t>() <= std::uint64_t(any)) &&
                        value.get<std::int64_t>() >= least && value.get<std::int64_t>() <= most;
      if (!fits)
        fail(fmt::format("{} is {}, wanted an integer from {} to {}", name, value.dump(), least, most));
      return value.get<std::int64_t>();
    };
    const Json& progress = json.at("progress");
    out.header = {json.at("type").get<std::string>(),
                  number(json, "seed", std::numeric_limits<std::int64_t>::min(), any),
                  {number(progress, "epoch", 0, epochs), number(progress, "batch", 0, any),
                   number(progress, "steps", 0, any)}};
  } catch (const Json::exception& error) {
    fail(error.what());
  }
  for (auto& entry : file.arrays) {
    (entry.first.starts_with(training_prefix) ? out.training : out.module).push_back(std::move(entry));
  }
  return out;
}

}  // namespace copse::train_detail
