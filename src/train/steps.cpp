#include "copse/train/steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "copse/core/name_scope.hpp"
#include "copse/ops/create.hpp"
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

double hyperparam_of(const std::optional<optim::Optimizer>& optimizer, std::string_view name) {
  if (!optimizer)
    throw ValueError(
        fmt::format("Trainer: '{}' is no hyper-parameter of this trainer, which has no optimizer "
                    "of its own (those of a struct are its members)",
                    name));
  return optimizer->hyperparam(name).item<double>();
}

optim::Optimizer with_hyperparam(const std::optional<optim::Optimizer>& optimizer, std::string_view name,
                                 double value) {
  (void)hyperparam_of(optimizer, name);
  return optimizer->with_hyperparam(name, full({}, value, DType::float64));
}

void not_initialized(const std::string& type) {
  throw ValueError(fmt::format("{}: the module is not initialised: call init_step(key, batch) first", type));
}

void missing_step(const std::string& type, const char* step) {
  throw ValueError(fmt::format("{}: the struct has no {}, which this needs", type, step));
}

void useless_options(const std::string& type) {
  throw ValueError(
      fmt::format("{}: the struct has its own steps: an optimizer, losses and metrics given to "
                  "the trainer would "
                  "do nothing; use them in its train_step, or write managed_train_step",
                  type));
}

void no_gradients(const std::string& type, const char* wanted) {
  throw ValueError(
      fmt::format("{}: {} needs gradients that the trainer has computed, and the struct has a train_step of "
                  "its own; write "
                  "managed_train_step, or do it in train_step",
                  type, wanted));
}

double checked_loss_scale(double scale) {
  if (!(scale > 0) || !std::isfinite(scale))
    throw ValueError(fmt::format("Trainer: loss_scale is {}, wanted a number above 0", scale));
  return scale;
}

bool has_managed_options(const TrainerOptions& options) {
  return options.optimizer || !options.losses.empty() || !options.metrics.empty();
}

void start(ManagedExtra& extra, const Key& key) {
  extra.key = key;
  extra.metrics.reset();
  extra.added.reset();
  extra.steps = zeros({}, DType::int32);
  extra.runs = zeros({}, DType::int32);
  extra.batches = zeros({}, DType::int32);
}

void next_run(ManagedExtra& extra) {
  if (!extra.initialized) return;
  extra.runs = extra.runs + 1;
  extra.batches = zeros({}, DType::int32);
}

void reset(ManagedExtra& extra) {
  extra.metrics.reset();
  extra.added.reset();
  next_run(extra);
}

std::optional<bool> direction(const ManagedExtra& extra, const std::string& name) {
  for (const std::string& loss : extra.losses.get().names())
    if (loss == name) return false;
  if (const auto said = extra.metrics.higher_is_better(name)) return said;
  return extra.added.higher_is_better(name);
}

bool all_finite(const std::vector<Array>& arrays) {
  return std::all_of(arrays.begin(), arrays.end(), [](const Array& array) {
    return !is_floating(array.dtype()) || all(isfinite(array)).item<bool>();
  });
}

void add_norms(Logs& logs, const ReportedNorms& norms, const optim::Arrays& gradients,
               const std::vector<std::string>& paths) {
  if (norms.all) logs.add("gradient_norm", optim::global_norm(gradients));
  if (!norms.each) return;
  for (std::size_t n = 0; n < gradients.size(); ++n)
    logs.add("gradient_norm/" + paths[n], optim::global_norm({gradients[n]}));
}

void update_added(metrics::Metrics& added, const std::vector<AddedMetric>& metrics) {
  for (const AddedMetric& metric : metrics) {
    metrics::AnyMetric* mine = added.find(metric.name);
    if (!mine) {
      mine = &added.insert(metric.metric->named(metric.name));
      mine->reset();
    }
    metric.update(*mine);
  }
}

Key train_key(const ManagedExtra& extra) {
  return random::fold_in(stream(extra.key, Stream::train_step), extra.steps.get());
}

Key look_key(const ManagedExtra& extra, Stream which) {
  Key key = stream(extra.key, which);
  for (const Array& part : {extra.steps.get(), extra.runs.get(), extra.batches.get()})
    key = random::fold_in(key, part);
  return key;
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

void provide(Arguments& arguments, const std::vector<Provided>& provided) {
  for (const Provided& given : provided) {
    const Argument value = std::visit([](const auto& v) { return Argument(v); }, given.value);
    if (value.is_map()) {
      for (const auto& [key, part] : value.map())
        if (!arguments.contains(key) && !is_reserved(key)) arguments.set(key, part);
    }
    arguments.set(given.name, value);
  }
}

void hint_at_provide(const std::string& message) {
  throw ValueError(fmt::format(
      "{}; managed_train_step names what it has computed: scope.provide(\"preds\", preds)", message));
}

Array report(bool needs_loss, std::optional<Array> loss,
             const std::vector<std::pair<std::string, Array>>& scope_losses,
             const std::vector<std::pair<std::string, Array>>& scope_metrics, const Arguments& arguments,
             const metrics::Losses& losses, metrics::Metrics& metrics, Logs& logs) {
  const auto loss_values = [&] {
    const auto scope = name_scope("losses");
    return losses.values(arguments);
  };
  const Report values = losses.empty() ? Report() : loss_values();
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
  if (total) logs.add_loss("loss", *total);
  for (const auto& [name, value] : parts) logs.add_loss(name, value);
  const auto scope = name_scope("metrics");
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

namespace {

class Later final : public LogSource {
 public:
  Later(Logs logs, metrics::Metrics metrics, metrics::Metrics added)
      : logs_(std::move(logs)), metrics_(std::move(metrics)), added_(std::move(added)) {}
  void read_steps(EpochLogs& logs) override { read(logs_, logs); }
  void read_metrics(EpochLogs& logs) override {
    Logs values;
    add_metrics(values, metrics_);
    add_metrics(values, added_);
    read(values, logs);
  }

 private:
  static void read(const Logs& from, EpochLogs& to) {
    for (const auto& [name, value] : from) to.add(name, value.item<double>());
  }
  Logs logs_;
  metrics::Metrics metrics_, added_;
};

}  // namespace

EpochLogs read_later(Logs logs, metrics::Metrics metrics, metrics::Metrics added) {
  return EpochLogs(std::make_shared<Later>(std::move(logs), std::move(metrics), std::move(added)));
}

}  // namespace copse::train_detail

template struct copse::tree_detail::TreeCode<copse::train_detail::ManagedExtra>;
template struct copse::tree_detail::TreeCode<copse::Logs>;
template struct copse::tree_detail::TreeCode<copse::BatchOf<copse::Array, copse::Array, copse::Array>>;
