// What losses and metrics are called with, from batches and predictions of any type; and what becomes of
// their values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/data/batch.hpp"
#include "copse/losses/arguments.hpp"
#include "copse/metrics/collections.hpp"
#include "copse/nn/scope.hpp"
#include "copse/train/epoch_logs.hpp"
#include "copse/tree/path.hpp"

namespace copse::train_detail {

/// A tree of arrays as an argument: an array, a list of arrays, or a map with their paths as keys.
template <class T>
Argument to_argument(const T& tree) {
  if constexpr (std::is_convertible_v<const T&, Argument>) {
    return Argument(tree);
  } else {
    Argument::Map map;
    visit_slots_with_path(tree, [&](const FieldInfo& info, auto slot) {
      static_assert(
          std::is_same_v<typename decltype(slot)::value_type, Array>,
          "copse: losses and metrics work on arrays: predictions and batches must be trees of arrays");
      if (!slot.is_nothing()) map[info.path] = slot.value();
    });
    return map;
  }
}

/// Adds an argument, and the entries of a map under their own names.
void spread(Arguments& arguments, const char* name, const Argument& value);

/// `inputs`, `target` and `sample_weight` of a batch. What is a map or struct is there by its parts' names,
/// too.
template <class B>
Arguments batch_arguments(const B& batch) {
  Arguments arguments;
  if constexpr (is_batch<B>) {
    spread(arguments, "inputs", to_argument(batch.inputs));
    spread(arguments, "target", to_argument(batch.labels));
    spread(arguments, "sample_weight", to_argument(batch.sample_weight));
  } else {
    spread(arguments, "inputs", to_argument(batch));
  }
  return arguments;
}

/// Adds what a step has named.
void provide(Arguments& arguments, const std::vector<Provided>& provided);

/// The trainable parameters of a struct; all arrays if nothing in it has a kind.
template <class T>
std::vector<Array> parameters_of(const T& value) {
  std::vector<Array> parameters, all;
  bool kinds = false;
  visit_slots(value, [&](auto slot) {
    kinds = kinds || slot.kind() != KindId();
    if constexpr (std::is_same_v<typename decltype(slot)::value_type, Array>) {
      if (slot.is_nothing()) return;
      all.push_back(slot.value());
      if (slot.kind().template is<ParameterKind>()) parameters.push_back(slot.value());
    }
  });
  return kinds ? parameters : all;
}

/// What a training must not lose: parameters and statistics of batches.
template <class T>
std::vector<Array> kept_arrays(const T& value) {
  std::vector<Array> out;
  visit_slots(value, [&](auto slot) {
    if constexpr (std::is_same_v<typename decltype(slot)::value_type, Array>) {
      if (!slot.is_nothing() &&
          (slot.kind().template is<ParameterKind>() || slot.kind().template is<BatchStatKind>()))
        out.push_back(slot.value());
    }
  });
  return out;
}
/// Whether all floating-point numbers in arrays are finite.
bool all_finite(const std::vector<Array>& arrays);

/// Throws ValueError with a message about a missing argument, and how a managed step gives it.
[[noreturn]] void hint_at_provide(const std::string& message);

/// Adds up the losses (one that is there already, those of the scope, and those of the collection), updates
/// the metrics, and fills the logs: the total as `loss`, each part, and what the scope has collected. Gives
/// the total; without one, where `needs_loss`, throws ValueError.
Array report(bool needs_loss, std::optional<Array> loss,
             const std::vector<std::pair<std::string, Array>>& scope_losses,
             const std::vector<std::pair<std::string, Array>>& scope_metrics, const Arguments& arguments,
             const metrics::Losses& losses, metrics::Metrics& metrics, Logs& logs);

/// What a step has reported, and what metrics have computed, read when it is asked for.
EpochLogs read_later(Logs logs, metrics::Metrics metrics, metrics::Metrics added);

/// Adds the values of metrics to logs. One with several values is there as `name/0`, `name/1`, ...
void add_metrics(Logs& logs, const metrics::Metrics& metrics);

}  // namespace copse::train_detail
