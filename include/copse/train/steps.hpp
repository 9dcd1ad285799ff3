// The steps of an ElegyModule, as functions from modules to modules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/train/arguments.hpp"
#include "copse/train/kept.hpp"
#include "copse/train/levels.hpp"
#include "copse/train/options.hpp"
#include "copse/train/precision.hpp"
#include "copse/transform/grad.hpp"
#include "copse/tree.hpp"

namespace copse::train_detail {

/// What an ElegyModule keeps beside a struct that does everything itself.
struct CoreExtra {
  bool training = true;
  bool initialized = false;
};

/// What it keeps beside any other struct.
struct ManagedExtra {
  bool training = true;
  bool initialized = false;
  Precision precision = Precision::full;
  double loss_scale = 1;
  ReportedNorms norms{};
  std::optional<optim::Optimizer> optimizer{};
  Static<metrics::Losses> losses{};
  metrics::Metrics metrics{};
  metrics::Metrics added{};  ///< those that steps have added
  Key key{};                 ///< from which each step's key comes
  State<Array> steps{};      ///< of training, in all
  State<Array> runs{};       ///< of evaluation and prediction, since the last step of training
  State<Array> batches{};    ///< of the current run
  /// Which leaves of the struct the optimizer's state is for.
  std::vector<std::uint8_t> trained{};
};

template <class T>
using ExtraOf = std::conditional_t<is_core<T>, CoreExtra, ManagedExtra>;

[[noreturn]] void no_optimizer(const std::string& type);
/// A hyper-parameter in the state of a trainer's optimizer, and the optimizer with another one. Throw
/// ValueError if there is none.
double hyperparam_of(const std::optional<optim::Optimizer>& optimizer, std::string_view name);
optim::Optimizer with_hyperparam(const std::optional<optim::Optimizer>& optimizer, std::string_view name,
                                 double value);
[[noreturn]] void not_initialized(const std::string& type);
[[noreturn]] void missing_step(const std::string& type, const char* step);
[[noreturn]] void useless_options(const std::string& type);
[[noreturn]] void no_gradients(const std::string& type, const char* wanted);
/// The same number. Throws ValueError unless it is finite and above zero.
double checked_loss_scale(double scale);
/// Whether options have what a core struct cannot use.
bool has_managed_options(const TrainerOptions& options);

template <class T>
ExtraOf<T> make_extra(const TrainerOptions& options) {
  if constexpr (is_core<T>) {
    if (has_managed_options(options)) useless_options(std::string(reflect::type_name<T>()));
    if (options.loss_scale != 1) no_gradients(std::string(reflect::type_name<T>()), "loss_scale");
    return {};
  } else {
    ManagedExtra extra;
    extra.optimizer = options.optimizer;
    extra.losses = options.losses;
    extra.metrics = options.metrics;
    extra.precision = options.precision;
    extra.loss_scale = checked_loss_scale(options.loss_scale);
    return extra;
  }
}

/// The states that training needs, from a key.
void start(ManagedExtra& extra, const Key& key);
/// Nothing accumulated in metrics, and a new run for the keys of evaluation.
void reset(ManagedExtra& extra);
/// Begins a run of evaluation or prediction: its keys are its own.
void next_run(ManagedExtra& extra);
/// Which way a number of that name is better, as losses and metrics say.
std::optional<bool> direction(const ManagedExtra& extra, const std::string& name);
/// Adds norms of gradients to what a step reports; `paths` are those of the parameters.
void add_norms(Logs& logs, const ReportedNorms& norms, const optim::Arrays& gradients,
               const std::vector<std::string>& paths);
/// Adds a batch to the metrics that a step has added.
void update_added(metrics::Metrics& added, const std::vector<AddedMetric>& metrics);

/// The states that training needs, from the parameters and a key.
template <class T>
void start(ManagedExtra& extra, const T& value, const Key& key) {
  if (extra.optimizer) {
    extra.optimizer = extra.optimizer->init(value);
    extra.trained = optim::detail::chosen(value);
  }
  start(extra, key);
}

/// Makes the optimizer's state one for the parameters that are trainable now: those that were keep theirs,
/// the others begin anew.
template <class T>
void retrain(ManagedExtra& extra, const T& value) {
  if (!extra.optimizer) return;
  auto chosen = optim::detail::chosen(value);
  if (extra.trained == chosen) return;
  extra.optimizer = extra.optimizer->adapt(value);
  extra.trained = std::move(chosen);
}

// Different streams for what must not use the same random numbers.
enum class Stream { init, training, train_step, test_step, predict };
Key stream(const Key& key, Stream which);

template <class M>
using ValueOf = typename M::value_type;

template <class M>
std::string type_text() {
  return std::string(reflect::type_name<ValueOf<M>>());
}

// --- init ---

template <class M, class B>
M init_step(const M& module, const Key& key, const B& batch) {
  using T = ValueOf<M>;
  T value = *module;
  auto extra = module.extra();
  if constexpr (is_core<T>) {
    if constexpr (NamesInitStep<T>) {
      value.init_step(key, batch);
    }
  } else {
    Scope scope({.key = stream(key, Stream::init), .training = false, .initializing = true});
    const auto root = scope.root(value);
    if constexpr (NamesManagedInitStep<T>) {
      value.managed_init_step(scope, batch);
    } else {
      (void)call_module(value, scope, inputs_of(batch));
    }
    // A step of the struct's own may set what it likes; layers must not count their first call.
    if constexpr (!NamesManagedInitStep<T>) nn_detail::restore_states(*module, value);
    start(extra, value, stream(key, Stream::training));
  }
  M next = module.with_value(std::move(value)).with_extra(std::move(extra));
  nn_detail::set_flags(next, [](auto& flags) { flags.initialized = true; });
  return next;
}

// Empties what a struct accumulates itself: by its own method, or else the metrics that are its members.
template <class T>
void reset_value(T& value) {
  if constexpr (is_core<T>) {
    if constexpr (requires { value.reset_step(); })
      value.reset_step();
    else
      reset_members(value);
  } else {
    if constexpr (requires { value.managed_reset_step(); })
      value.managed_reset_step();
    else
      reset_members(value);
  }
}

template <class T>
inline constexpr bool resets_value =
    contains_metric<T>() || (is_core<T> && requires(T& value) { value.reset_step(); }) ||
    (!is_core<T> && requires(T& value) { value.managed_reset_step(); });

template <class M>
M reset_step(const M& module) {
  using T = ValueOf<M>;
  M next = module;
  if constexpr (resets_value<T>) {
    T value = *module;
    reset_value(value);
    next = next.with_value(std::move(value));
  }
  if constexpr (!is_core<T>) {
    ManagedExtra extra = module.extra();
    reset(extra);
    next = next.with_extra(std::move(extra));
  }
  return next;
}

// --- the managed level ---

/// What a step has computed before the update.
template <class T>
struct Forward {
  Logs logs{};
  T value{};
  metrics::Metrics metrics{};
  metrics::Metrics added{};
};

// The loss of a batch, all that is reported of it, and the metrics with the batch added.
template <class T, class B>
Array loss_of(T& value, Scope& scope, const B& batch, const StepInfo& info, const metrics::Losses& losses,
              metrics::Metrics& metrics, metrics::Metrics& added, Logs& logs,
              Precision precision = Precision::full) {
  std::optional<Array> total = std::nullopt;
  Arguments arguments;
  const bool needs_arguments = !losses.empty() || !metrics.empty();
  if (needs_arguments) arguments = batch_arguments(batch);
  if constexpr (NamesManagedTrainStep<T>) {
    if constexpr (NamesManagedTestStep<T>) {
      total = scope.training() ? call_managed_train_step(value, scope, batch, info)
                               : call_managed_test_step(value, scope, batch, info);
    } else {
      total = call_managed_train_step(value, scope, batch, info);
    }
  } else {
    const auto preds = raised(call_module(value, scope, inputs_of(batch)), precision);
    if (needs_arguments) arguments.set("preds", to_argument(preds));
  }
  if (needs_arguments) {
    provide(arguments, scope.provided());
    arguments.set("parameters", parameters_of(value));
  }
  update_added(added, scope.added_metrics());
  try {
    return report(scope.training(), std::move(total), scope.losses(), scope.metrics(), arguments, losses,
                  metrics, logs);
  } catch (const ValueError& error) {
    if (!NamesManagedTrainStep<T> || !needs_arguments || arguments.contains("preds")) throw;
    hint_at_provide(error.what());
  }
}

template <class M>
void require_ready(const M& module) {
  if (!module.extra().initialized) not_initialized(type_text<M>());
}

// The trainable parameters of a value: which they are, and their arrays.
template <class T>
struct Trained {
  explicit Trained(const T& value)
      : chosen(optim::detail::chosen(value)), arrays(optim::detail::collect(value, chosen)) {}
  std::vector<std::uint8_t> chosen;
  optim::Arrays arrays;
};

/// Forward and backward: what a step has computed, and the gradients of the trainable parameters.
template <class M, class B>
std::pair<Forward<ValueOf<M>>, optim::Arrays> differentiate(const M& module, const Key& key, const B& batch,
                                                            const StepInfo& info,
                                                            const metrics::Metrics& metrics,
                                                            const metrics::Metrics& added) {
  using T = ValueOf<M>;
  const T& before = *module;
  const Trained<T> trained(before);
  const Precision precision = module.extra().precision;
  const double scale = module.extra().loss_scale;
  const B lowered_batch = with_lowered_inputs(batch, precision);
  const auto f = [&](const optim::Arrays& parameters) {
    std::pair<Array, Forward<T>> out{
        Array(),
        {Logs(), optim::detail::replaced(before, trained.chosen, lowered(parameters, precision), false),
         metrics, added}};
    Forward<T>& forward = out.second;
    Scope scope({.key = key, .training = module.extra().training});
    const auto root = scope.root(forward.value);
    out.first = loss_of(forward.value, scope, lowered_batch, info, module.extra().losses.get(),
                        forward.metrics, forward.added, forward.logs, precision);
    if (scale != 1) out.first = out.first * scale;
    return out;
  };
  auto [out, gradients] = value_and_grad(f)(trained.arrays);
  if (scale != 1) {
    for (Array& gradient : gradients) gradient = gradient / scale;
  }
  if (precision != Precision::full)
    out.second.value =
        optim::detail::replaced(std::move(out.second.value), trained.chosen, trained.arrays, false);
  return {std::move(out.second), std::move(gradients)};
}

/// Adds norms of gradients to what a step reports, if it is to.
template <class T>
void report_norms(Logs& logs, const ManagedExtra& extra, const T& value, const optim::Arrays& gradients) {
  if (!extra.norms.all && !extra.norms.each) return;
  add_norms(logs, extra.norms, gradients,
            extra.norms.each ? optim::detail::paths(value, optim::detail::chosen(value))
                             : std::vector<std::string>());
}

/// The module after an update with these gradients.
template <class M>
M update(const M& module, Forward<ValueOf<M>> forward, const optim::Arrays& gradients) {
  using T = ValueOf<M>;
  const auto scope = name_scope("optimizer");
  ManagedExtra extra = module.extra();
  retrain(extra, forward.value);
  const Trained<T> trained(forward.value);
  auto [updates, optimizer] = extra.optimizer->update_leaves(gradients, trained.arrays);
  extra.optimizer = std::move(optimizer);
  extra.metrics = std::move(forward.metrics);
  extra.added = std::move(forward.added);
  extra.steps = extra.steps + 1;
  extra.runs = zeros({}, DType::int32);
  T value = optim::detail::replaced(std::move(forward.value), trained.chosen,
                                    optim::apply_updates(trained.arrays, updates), false);
  return module.with_value(std::move(value)).with_extra(std::move(extra));
}

// Steps give what they report without the values of metrics, which are computed when they are read.

template <class M, class B>
std::pair<Logs, M> managed_train_step(const M& module, const Key& key, const B& batch, const StepInfo& info) {
  require_ready(module);
  if (!module.extra().optimizer) no_optimizer(type_text<M>());
  auto [forward, gradients] =
      differentiate(module, key, batch, info, module.extra().metrics, module.extra().added);
  Logs logs = std::move(forward.logs);
  report_norms(logs, module.extra(), forward.value, gradients);
  return {std::move(logs), update(module, std::move(forward), gradients)};
}

template <class M, class B>
std::pair<Logs, M> managed_test_step(const M& module, const Key& key, const B& batch, const StepInfo& info) {
  require_ready(module);
  ValueOf<M> value = *module;
  ManagedExtra extra = module.extra();
  Logs logs;
  {
    Scope scope({.key = key, .training = false});
    const auto root = scope.root(value);
    (void)loss_of(value, scope, batch, info, extra.losses.get(), extra.metrics, extra.added, logs);
  }
  extra.batches = extra.batches + 1;
  return {std::move(logs), module.with_value(carried(*module, value)).with_extra(std::move(extra))};
}

template <class T, class Inputs>
auto call_managed_pred_step(T& value, Scope& scope, const Inputs& inputs,
                            [[maybe_unused]] const StepInfo& info) {
  if constexpr (ManagedPredStepWithInfo<T, Inputs>)
    return value.managed_pred_step(scope, inputs, info);
  else if constexpr (NamesManagedPredStep<T>)
    return value.managed_pred_step(scope, inputs);
  else
    return call_module(value, scope, inputs);
}

template <class M, class Inputs>
auto managed_pred_step(const M& module, const Key& key, const Inputs& inputs, const StepInfo& info) {
  using T = ValueOf<M>;
  require_ready(module);
  T value = *module;
  ManagedExtra extra = module.extra();
  Scope scope({.key = key, .training = false});
  const auto root = scope.root(value);
  auto outputs = call_managed_pred_step(value, scope, inputs, info);
  extra.batches = extra.batches + 1;
  return std::pair<std::decay_t<decltype(outputs)>, M>(
      std::move(outputs), module.with_value(carried(*module, value)).with_extra(std::move(extra)));
}

// --- the steps of any level ---

/// The key of a step of training, and of one of evaluation or prediction.
Key train_key(const ManagedExtra& extra);
Key look_key(const ManagedExtra& extra, Stream which);

template <class M, class B>
std::pair<Logs, M> train_step(const M& module, const B& batch, [[maybe_unused]] const StepInfo& info) {
  using T = ValueOf<M>;
  if constexpr (is_core<T>) {
    if constexpr (TakesTrainStep<T, B>) {
      T value = *module;
      const auto step = [&]() -> Logs {
        if constexpr (TrainStepWithInfo<T, B>)
          return value.train_step(batch, info);
        else
          return value.train_step(batch);
      };
      Logs logs = step();
      return {std::move(logs), module.with_value(std::move(value))};
    } else {
      static_assert(!NamesTrainStep<T>, "copse: train_step cannot be called with this type of batch");
      missing_step(type_text<M>(), "train_step");
    }
  } else {
    require_ready(module);
    return managed_train_step(module, train_key(module.extra()), batch, info);
  }
}

template <class M, class B>
std::pair<Logs, M> test_step(const M& module, const B& batch, [[maybe_unused]] const StepInfo& info) {
  using T = ValueOf<M>;
  if constexpr (is_core<T>) {
    if constexpr (TakesTestStep<T, B>) {
      T value = *module;
      const auto step = [&]() -> Logs {
        if constexpr (TestStepWithInfo<T, B>)
          return value.test_step(batch, info);
        else
          return value.test_step(batch);
      };
      Logs logs = step();
      return {std::move(logs), module.with_value(std::move(value))};
    } else {
      static_assert(!NamesTestStep<T>, "copse: test_step cannot be called with this type of batch");
      missing_step(type_text<M>(), "test_step");
    }
  } else {
    require_ready(module);
    return managed_test_step(module, look_key(module.extra(), Stream::test_step), batch, info);
  }
}

template <class M, class Inputs>
auto pred_step(const M& module, const Inputs& inputs, [[maybe_unused]] const StepInfo& info) {
  using T = ValueOf<M>;
  if constexpr (is_core<T>) {
    static_assert(NamesPredStep<T>, "copse: predict needs a pred_step");
    T value = *module;
    const auto step = [&] {
      if constexpr (PredStepWithInfo<T, Inputs>)
        return value.pred_step(inputs, info);
      else
        return value.pred_step(inputs);
    };
    auto outputs = step();
    return std::pair<std::decay_t<decltype(outputs)>, M>(std::move(outputs),
                                                         module.with_value(std::move(value)));
  } else {
    require_ready(module);
    return managed_pred_step(module, look_key(module.extra(), Stream::predict), inputs, info);
  }
}

/// A module at the beginning of a run whose keys are its own.
template <class M>
M in_next_run(const M& module) {
  ManagedExtra extra = module.extra();
  next_run(extra);
  return module.with_extra(std::move(extra));
}

/// A module, with the runs counted that another one has counted.
template <class M>
M with_runs_of(const M& module, const M& other) {
  ManagedExtra extra = module.extra();
  extra.runs = other.extra().runs;
  return module.with_extra(std::move(extra));
}

/// A module, with what another one has accumulated in its metrics, and its keys.
template <class M>
M with_metrics_of(const M& module, const M& other) {
  return module.with_value(carried(*module, *other, is_metric_state)).with_extra(other.extra());
}

/// What metrics have computed of what a module's have accumulated.
template <class M>
Logs metric_values(const M& module) {
  Logs logs;
  if constexpr (!is_core<ValueOf<M>>) {
    add_metrics(logs, module.extra().metrics);
    add_metrics(logs, module.extra().added);
  }
  return logs;
}

/// The same behind what a step has reported.
template <class M>
std::pair<Logs, M> with_metrics(std::pair<Logs, M> result) {
  for (const auto& [name, value] : metric_values(result.second)) result.first.add(name, value, true);
  return result;
}

}  // namespace copse::train_detail

extern template struct copse::tree_detail::TreeCode<copse::train_detail::ManagedExtra>;
extern template struct copse::tree_detail::TreeCode<copse::Logs>;
extern template struct copse::tree_detail::TreeCode<copse::BatchOf<copse::Array, copse::Array, copse::Array>>;
