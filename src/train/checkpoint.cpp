#include "copse/train/checkpoint.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "copse/core/error.hpp"

namespace copse::train_detail {
namespace {

using Json = nlohmann::ordered_json;

constexpr int format_version = 1;
constexpr const char* metadata_key = "copse";

}  // namespace

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
    const Json& progress = json.at("progress");
    out.header = {json.at("type").get<std::string>(),
                  json.at("seed").get<std::int64_t>(),
                  {progress.at("epoch").get<std::int64_t>(), progress.at("batch").get<std::int64_t>(),
                   progress.at("steps").get<std::int64_t>()}};
  } catch (const Json::exception& error) {
    fail(error.what());
  }
  for (auto& entry : file.arrays) {
    (entry.first.starts_with(training_prefix) ? out.training : out.module).push_back(std::move(entry));
  }
  return out;
}

}  // namespace copse::train_detail
