// Checkpoints: one safetensors file with all arrays of a training, and a JSON text of its structure among the
// metadata.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "copse/io/safetensors.hpp"
#include "copse/io/tree.hpp"
#include "copse/train/callback.hpp"
#include "copse/tree/path.hpp"

namespace copse {

/// What of a checkpoint is loaded.
struct CheckpointOptions {
  /// Only the module's own arrays: the optimizer, the metrics, the key and the progress stay as they are.
  bool weights_only = false;
};

namespace train_detail {

/// Names of arrays that belong to the training, not to the module, begin so.
inline constexpr const char* training_prefix = "trainer/";

struct CheckpointHeader {
  std::string type;
  std::int64_t seed = 0;
  Progress progress;
};

struct CheckpointLeaf {
  std::string path, kind;
  bool trainable = false;
};

struct Checkpoint {
  CheckpointHeader header;
  io::NamedArrays module, training;
};

[[noreturn]] void nothing_to_save(const std::string& module);
void write_checkpoint(const std::filesystem::path& path, const CheckpointHeader& header,
                      const std::vector<CheckpointLeaf>& leaves, const io::NamedArrays& arrays);
/// Throws IoError for a file that is no checkpoint.
Checkpoint read_checkpoint(const std::filesystem::path& path);

/// What is known of the leaves of a module, for people and other programs.
template <class T>
std::vector<CheckpointLeaf> describe(const T& tree) {
  std::vector<CheckpointLeaf> out;
  visit_slots_with_path(tree, [&](const FieldInfo& info, auto slot) {
    if (!slot.is_nothing()) out.push_back({info.path, std::string(info.kind.name()), info.trainable});
  });
  return out;
}

/// The tree with its leaves from a checkpoint's arrays. Throws TreeError listing all differences.
template <class T>
T fill(T tree, const io::NamedArrays& arrays, const std::filesystem::path& path, const std::string& prefix,
       const io::LoadOptions& options = {}) {
  const std::vector<Array> found =
      io::match("load: '" + path.string() + "'", io::places(tree, prefix), arrays, options);
  return io::put(std::move(tree), found);
}

}  // namespace train_detail
}  // namespace copse
