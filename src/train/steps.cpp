#include "copse/train/steps.hpp"

#include <fmt/format.h>

#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random/key.hpp"
#include "copse/tree/code.hpp"

namespace copse::train_detail {

void no_optimizer(const std::string& type) {
  throw ValueError(fmt::format(
      "{}: training needs an optimizer: Trainer{{{}{{}}, {{.optimizer = optim::adam(1e-3)}}}}", type, type));
}

void not_initialized(const std::string& type) {
  throw ValueError(fmt::format("{}: the module is not initialised: call init_step(key, batch) first", type));
}

void missing_step(const std::string& type, const char* step) {
  throw ValueError(fmt::format("{}: the struct has no {}, which this needs", type, step));
}

void useless_options(const std::string& type) {
  throw ValueError(fmt::format(
      "{}: the struct has its own steps: an optimizer, losses and metrics given to the trainer would "
      "do nothing; use them in its train_step, or write managed_train_step",
      type));
}

bool has_managed_options(const TrainerOptions& options) {
  return options.optimizer || !options.losses.empty() || !options.metrics.empty();
}

void start(ManagedExtra& extra, const Key& key) {
  extra.key = key;
  extra.metrics.reset();
  extra.steps = zeros({}, DType::int32);
  extra.test_steps = zeros({}, DType::int32);
}

Key stream(const Key& key, Stream which) { return random::fold_in(key, static_cast<std::int64_t>(which)); }

namespace {

// What batches and steps are known by to losses and metrics, whatever parts they have.
bool is_reserved(const std::string& name) {
  for (const char* own : {"inputs", "target", "sample_weight", "preds", "parameters"})
    if (name == own) return true;
  return false;
}

}  // namespace

void spread(Arguments& arguments, const char* name, const Argument& value) {
  if (value.is_array() && !value.array().has_value()) return;
  if (value.is_map()) {
    for (const auto& [key, part] : value.map()) {
      if (arguments.contains(key) || is_reserved(key)) {
        throw ValueError(fmt::format(
            "the {} of a batch have a part '{}', but that is already the name of another argument", name,
            key));
      }
      arguments.set(key, part);
    }
  }
  arguments.set(name, value);
}

Array report(bool needs_loss, std::optional<Array> loss,
             const std::vector<std::pair<std::string, Array>>& scope_losses,
             const std::vector<std::pair<std::string, Array>>& scope_metrics, const Arguments& arguments,
             const metrics::Losses& losses, metrics::Metrics& metrics, Logs& logs) {
  const Report values = losses.empty() ? Report() : losses.values(arguments);
  std::optional<Array> total = std::move(loss);
  const auto add = [&](const Array& value) {
    const Array number = value.ndim() == 0 ? value : mean(value);
    total = total ? *total + number : number;
    return number;
  };
  std::vector<std::pair<std::string, Array>> parts;
  for (const auto& [name, value] : values) parts.emplace_back(name, add(value));
  for (const auto& [name, value] : scope_losses) parts.emplace_back(name, add(value));
  if (!total && needs_loss) {
    throw ValueError(
        "training needs a loss: give the trainer losses ({.losses = {losses::CrossEntropy{}}}), call "
        "scope.add_loss, or write managed_train_step");
  }
  if (total) logs.add("loss", *total);
  for (const auto& [name, value] : parts) logs.add(name, value);
  if (!metrics.empty()) metrics.update(arguments);
  for (const auto& [name, value] : scope_metrics) logs.add(name, value.size() == 1 ? value : mean(value));
  return total.value_or(Array());
}

void add_metrics(Logs& logs, const metrics::Metrics& metrics) {
  if (metrics.empty()) return;
  const Report computed = metrics.compute();
  for (const auto& [name, value] : computed) {
    if (value.size() == 1) {
      logs.add(name, value, true);
      continue;
    }
    const Array flat = ravel(value);
    for (int i = 0; i < static_cast<int>(flat.size()); ++i)
      logs.add(fmt::format("{}/{}", name, i), take(flat, i, 0), true);
  }
}

}  // namespace copse::train_detail

template struct copse::tree_detail::TreeCode<copse::train_detail::ManagedExtra>;
template struct copse::tree_detail::TreeCode<copse::Logs>;
template struct copse::tree_detail::TreeCode<copse::BatchOf<copse::Array, copse::Array, copse::Array>>;
