// Checkpoints: one safetensors file with all arrays of a training, and a JSON text of its structure among the
// metadata.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "copse/io/safetensors.hpp"
#include "copse/io/store.hpp"
#include "copse/io/tree.hpp"
#include "copse/train/batch_types.hpp"
#include "copse/train/callback.hpp"
#include "copse/tree/filter.hpp"
#include "copse/tree/path.hpp"

namespace copse {

/// What of a checkpoint is loaded. By default all of it, which must fit; only metrics may be others, which
/// then begin anew.
struct CheckpointOptions {
  /// Only the module's own arrays: the optimizer, the metrics, the key, the progress and which parameters are
  /// trainable stay as they are.
  bool weights_only = false;
  /// Only arrays of these names (`head`, with all below it), or of names like these (`encoder.*`, where `*`
  /// stands for any text and `?` for one character). Key, progress and trainable flags stay as they are.
  std::vector<std::string> only{};
  /// What does not fit stays as it is: arrays of another shape or dtype, those that are not in the file, and
  /// those that are only there.
  bool skip_mismatched = false;
};

namespace train_detail {

/// Names of arrays that belong to the training, not to the module, begin so.
inline constexpr const char* training_prefix = "trainer/";
/// And those of what a run remembers.
inline constexpr const char* run_prefix = "trainer/run/";

struct CheckpointHeader {
  std::string type;
  std::int64_t seed = 0;
  Progress progress;
  BatchTypes batch;  ///< what the module was initialised with
};

struct CheckpointLeaf {
  std::string path, kind;
  bool trainable = false;
};

struct Checkpoint {
  std::string where;  ///< begins messages: "load: 'model'"
  CheckpointHeader header;
  std::vector<CheckpointLeaf> leaves;  ///< of the module
  io::NamedArrays arrays;
  io::Store run;  ///< what the run remembers beside them: its callbacks and its data, above all
};

[[noreturn]] void nothing_to_save(const std::string& module);
void write_checkpoint(const std::filesystem::path& path, const CheckpointHeader& header,
                      const std::vector<CheckpointLeaf>& leaves, io::NamedArrays arrays,
                      const io::Store& run);
/// Throws IoError for a file that is no checkpoint, or one of a format of which the options ask for more than
/// can be read.
Checkpoint read_checkpoint(const std::filesystem::path& path, const CheckpointOptions& options = {});

/// What is loaded into which place.
struct LoadPlan {
  std::vector<Array> module, training;  ///< one for each place, without a value where nothing is loaded
  LoadReport report;
};
/// Throws ValueError for names in the options that nothing has.
LoadPlan plan_load(const Checkpoint& file, const std::vector<io::Place>& module,
                   const std::vector<io::Place>& training, const CheckpointOptions& options);
/// Whether what does not fit may be left as it is.
bool fits(const LoadPlan& plan, const CheckpointOptions& options, bool has_optimizer);
/// Throws TreeError listing all that does not fit, unless it may be left; `hint` stands at the end.
void require_fit(const Checkpoint& file, const LoadPlan& plan, const CheckpointOptions& options,
                 bool has_optimizer, const std::string& hint = {});

/// Whether all of a checkpoint is loaded, and not only some arrays.
inline bool is_whole(const CheckpointOptions& options) {
  return !options.weights_only && options.only.empty();
}

/// What is known of the leaves of a module, for people and other programs.
template <class T>
std::vector<CheckpointLeaf> describe(const T& tree) {
  std::vector<CheckpointLeaf> out;
  visit_slots_with_path(tree, [&](const FieldInfo& info, auto slot) {
    if (!slot.is_nothing()) out.push_back({info.path, std::string(info.kind.name()), info.trainable});
  });
  return out;
}

/// The flags of a checkpoint for the places of a module.
tree_detail::TrainableFlags flags_for(const Checkpoint& file, const std::vector<io::Place>& places);

}  // namespace train_detail
}  // namespace copse
