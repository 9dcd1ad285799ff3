// The steps of an ElegyModule, as functions from modules to modules.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/error.hpp"
#include "copse/train/arguments.hpp"
#include "copse/train/levels.hpp"
#include "copse/train/options.hpp"
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
  std::optional<optim::Optimizer> optimizer{};
  Static<metrics::Losses> losses{};
  metrics::Metrics metrics{};
  Key key{};                  ///< from which each step's key comes
  State<Array> steps{};       ///< of training, in all
  State<Array> test_steps{};  ///< since metrics were reset
};

template <class T>
using ExtraOf = std::conditional_t<is_core<T>, CoreExtra, ManagedExtra>;

[[noreturn]] void no_optimizer(const std::string& type);
[[noreturn]] void not_initialized(const std::string& type);
[[noreturn]] void missing_step(const std::string& type, const char* step);
[[noreturn]] void useless_options(const std::string& type);
/// Whether options have what a core struct cannot use.
bool has_managed_options(const TrainerOptions& options);

template <class T>
ExtraOf<T> make_extra(const TrainerOptions& options) {
  if constexpr (is_core<T>) {
    if (has_managed_options(options)) useless_options(std::string(reflect::type_name<T>()));
    return {};
  } else {
    ManagedExtra extra;
    extra.optimizer = options.optimizer;
    extra.losses = options.losses;
    extra.metrics = options.metrics;
    return extra;
  }
}

/// The states that training needs, from the parameters and a key.
void start(ManagedExtra& extra, const Key& key);

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
    nn_detail::restore_states(*module, value);
    if (extra.optimizer) extra.optimizer = extra.optimizer->init(value);
    start(extra, stream(key, Stream::training));
  }
  M next = module.with_value(std::move(value)).with_extra(std::move(extra));
  nn_detail::set_flags(next, [](auto& flags) { flags.initialized = true; });
  return next;
}

template <class M>
M reset_step(const M& module) {
  if constexpr (is_core<ValueOf<M>>) {
    if constexpr (requires(ValueOf<M>& value) { value.reset_step(); }) {
      ValueOf<M> value = *module;
      value.reset_step();
      return module.with_value(std::move(value));
    } else {
      return module;
    }
  } else {
    ManagedExtra extra = module.extra();
    extra.metrics.reset();
    extra.test_steps = zeros({}, DType::int32);
    return module.with_extra(std::move(extra));
  }
}

// --- the managed level ---

/// What a step has computed before the update: everything that replicas combine.
template <class T>
struct Forward {
  Logs logs{};
  T value{};
  metrics::Metrics metrics{};
};

// The loss of a batch, all that is reported of it, and the metrics with the batch added.
template <class T, class B>
Array loss_of(T& value, Scope& scope, const B& batch, const metrics::Losses& losses,
              metrics::Metrics& metrics, Logs& logs) {
  std::optional<Array> total = std::nullopt;
  Arguments arguments;
  const bool needs_arguments = !losses.empty() || !metrics.empty();
  if constexpr (NamesManagedTrainStep<T>) {
    if constexpr (NamesManagedTestStep<T>) {
      total =
          scope.training() ? value.managed_train_step(scope, batch) : value.managed_test_step(scope, batch);
    } else {
      total = value.managed_train_step(scope, batch);
    }
    if (needs_arguments) arguments = batch_arguments(batch);
  } else {
    const auto preds = call_module(value, scope, inputs_of(batch));
    if (needs_arguments) {
      arguments = batch_arguments(batch);
      arguments.set("preds", to_argument(preds));
    }
  }
  if (needs_arguments) arguments.set("parameters", parameters_of(value));
  return report(scope.training(), std::move(total), scope.losses(), scope.metrics(), arguments, losses,
                metrics, logs);
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
                                                            const metrics::Metrics& metrics) {
  using T = ValueOf<M>;
  const T& before = *module;
  const Trained<T> trained(before);
  const auto f = [&](const optim::Arrays& parameters) {
    std::pair<Array, Forward<T>> out{
        Array(), {Logs(), optim::detail::replaced(before, trained.chosen, parameters, false), metrics}};
    Forward<T>& forward = out.second;
    Scope scope({.key = key, .training = module.extra().training});
    const auto root = scope.root(forward.value);
    out.first =
        loss_of(forward.value, scope, batch, module.extra().losses.get(), forward.metrics, forward.logs);
    return out;
  };
  auto [out, gradients] = value_and_grad(f)(trained.arrays);
  return {std::move(out.second), std::move(gradients)};
}

/// The module after an update with these gradients.
template <class M>
M update(const M& module, Forward<ValueOf<M>> forward, const optim::Arrays& gradients) {
  using T = ValueOf<M>;
  ManagedExtra extra = module.extra();
  const Trained<T> trained(forward.value);
  auto [updates, optimizer] = extra.optimizer->update_leaves(gradients, trained.arrays);
  extra.optimizer = std::move(optimizer);
  extra.metrics = std::move(forward.metrics);
  extra.steps = extra.steps + 1;
  T value = optim::detail::replaced(std::move(forward.value), trained.chosen,
                                    optim::apply_updates(trained.arrays, updates), false);
  return module.with_value(std::move(value)).with_extra(std::move(extra));
}

template <class M, class B>
std::pair<Logs, M> managed_train_step(const M& module, const Key& key, const B& batch) {
  require_ready(module);
  if (!module.extra().optimizer) no_optimizer(type_text<M>());
  auto [forward, gradients] = differentiate(module, key, batch, module.extra().metrics);
  Logs logs = std::move(forward.logs);
  add_metrics(logs, forward.metrics);
  return {std::move(logs), update(module, std::move(forward), gradients)};
}

template <class M, class B>
std::pair<Logs, M> managed_test_step(const M& module, const Key& key, const B& batch) {
  require_ready(module);
  ValueOf<M> value = *module;
  ManagedExtra extra = module.extra();
  Logs logs;
  Scope scope({.key = key, .training = false});
  const auto root = scope.root(value);
  (void)loss_of(value, scope, batch, extra.losses.get(), extra.metrics, logs);
  add_metrics(logs, extra.metrics);
  extra.test_steps = extra.test_steps + 1;
  // What layers remember of a batch that was only looked at is not kept.
  return {std::move(logs), module.with_extra(std::move(extra))};
}

template <class M, class Inputs>
auto managed_pred_step(const M& module, const Key& key, const Inputs& inputs) {
  using T = ValueOf<M>;
  require_ready(module);
  T value = *module;
  Scope scope({.key = key, .training = false});
  const auto root = scope.root(value);
  const auto predict = [&]() {
    if constexpr (NamesManagedPredStep<T>) {
      return value.managed_pred_step(scope, inputs);
    } else {
      return call_module(value, scope, inputs);
    }
  };
  auto outputs = predict();
  return std::pair<std::decay_t<decltype(outputs)>, M>(std::move(outputs), module);
}

// --- the steps of any level ---

template <class M, class B>
std::pair<Logs, M> train_step(const M& module, const B& batch) {
  using T = ValueOf<M>;
  if constexpr (is_core<T>) {
    if constexpr (requires(T& value) { value.train_step(batch); }) {
      T value = *module;
      Logs logs = value.train_step(batch);
      return {std::move(logs), module.with_value(std::move(value))};
    } else {
      static_assert(!NamesTrainStep<T>, "copse: train_step cannot be called with this type of batch");
      missing_step(type_text<M>(), "train_step");
    }
  } else {
    require_ready(module);
    const ManagedExtra& extra = module.extra();
    const Key key = random::fold_in(stream(extra.key, Stream::train_step), extra.steps.get());
    return managed_train_step(module, key, batch);
  }
}

template <class M, class B>
std::pair<Logs, M> test_step(const M& module, const B& batch) {
  using T = ValueOf<M>;
  if constexpr (is_core<T>) {
    if constexpr (requires(T& value) { value.test_step(batch); }) {
      T value = *module;
      Logs logs = value.test_step(batch);
      return {std::move(logs), module.with_value(std::move(value))};
    } else {
      static_assert(!NamesTestStep<T>, "copse: test_step cannot be called with this type of batch");
      missing_step(type_text<M>(), "test_step");
    }
  } else {
    require_ready(module);
    const ManagedExtra& extra = module.extra();
    const Key key = random::fold_in(stream(extra.key, Stream::test_step), extra.test_steps.get());
    return managed_test_step(module, key, batch);
  }
}

template <class M, class Inputs>
auto pred_step(const M& module, const Inputs& inputs) {
  using T = ValueOf<M>;
  if constexpr (is_core<T>) {
    static_assert(NamesPredStep<T>, "copse: predict needs a pred_step");
    T value = *module;
    auto outputs = value.pred_step(inputs);
    return std::pair<std::decay_t<decltype(outputs)>, M>(std::move(outputs),
                                                         module.with_value(std::move(value)));
  } else {
    require_ready(module);
    return managed_pred_step(
        module, random::fold_in(stream(module.extra().key, Stream::predict), module.extra().steps.get()),
        inputs);
  }
}

}  // namespace copse::train_detail

extern template struct copse::tree_detail::TreeCode<copse::train_detail::ManagedExtra>;
extern template struct copse::tree_detail::TreeCode<copse::Logs>;
extern template struct copse::tree_detail::TreeCode<copse::BatchOf<copse::Array, copse::Array, copse::Array>>;
