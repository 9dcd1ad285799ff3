// ElegyModule: a struct with steps, or one from which steps follow, as an immutable value.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "copse/nn/module.hpp"
#include "copse/train/options.hpp"
#include "copse/train/steps.hpp"

namespace copse {

/// A module that can be trained. Its steps come from what the struct has, on the lowest level that it has:
///
/// - core: `init_step(Key, batch)`, `Logs train_step(batch)`, `Logs test_step(batch)`, `pred_step(inputs)`.
/// Called as they
///   are; the members need not be arrays.
/// - managed: `managed_init_step(Scope&, batch)`, `Array managed_train_step(Scope&, batch)` (the loss),
/// `Array
///   managed_test_step(Scope&, batch)`, `managed_pred_step(Scope&, inputs)`. The loss is differentiated with
///   respect to the trainable parameters, and the optimizer updates them.
/// - high level: a call operator, from which predictions come; losses and metrics are given in the options.
///
/// A managed struct may leave out steps: `managed_test_step` is `managed_train_step` in evaluation mode, the
/// others follow from the call operator. Train, test and pred steps may take a `StepInfo` as a last argument.
/// Steps give back a new module and leave this one as it is. Random keys: `init_step` and each train, test
/// and pred step have their own, all from the key given to `init_step`.
///
/// What is kept of the changes of a managed step: in training everything (parameters are changed by the
/// optimizer alone); in evaluation and prediction caches and what metrics accumulate, which the next batch
/// sees, and nothing else. `managed_reset_step()`, or at the core level `reset_step()`, is called at the
/// start of epochs and evaluations; without it, members of type Metric are emptied. A core step keeps all
/// that it changes.
template <class T>
class ElegyModule : public ModuleBase<ElegyModule<T>, T, train_detail::ExtraOf<T>> {
  using Base = ModuleBase<ElegyModule<T>, T, train_detail::ExtraOf<T>>;

 public:
  static constexpr bool is_core = train_detail::is_core<T>;

  ElegyModule()
    requires std::default_initializable<T>
      : ElegyModule(T()) {}
  ElegyModule(T value) : Base(std::move(value)) { train_detail::check_names<T>(); }
  ElegyModule(T value, const TrainerOptions& options)
      : Base(std::move(value), train_detail::make_extra<T>(options)) {
    train_detail::check_names<T>();
  }
  /// Shares a value that is frozen already.
  explicit ElegyModule(Ref<T> ref) : Base(std::move(ref)) {}
  template <tree_detail::AnyHandle H>
    requires(std::same_as<typename H::value_type, T> && !std::derived_from<H, ElegyModule>)
  ElegyModule(const H& handle) : ElegyModule(handle.shared()) {}

  /// The module with what it lacks created by a call with these arguments, ready to be trained: the
  /// optimizer's and metrics' states included.
  template <class... Args>
  [[nodiscard]] ElegyModule init(const CallKey& key, const Args&... args) const {
    return started(Base::init(key, args...), key);
  }
  template <auto Method, class... Args>
  [[nodiscard]] ElegyModule init(const CallKey& key, const Args&... args) const {
    return started(Base::template init<Method>(key, args...), key);
  }
  /// The module with what it lacks created for batches like this one, its optimizer's and metrics' states
  /// included.
  template <class B>
  [[nodiscard]] ElegyModule init_step(const Key& key, const B& batch) const {
    return train_detail::init_step(*this, key, batch);
  }
  /// The module with nothing accumulated in its metrics.
  [[nodiscard]] ElegyModule reset_step() const { return train_detail::reset_step(*this); }

  /// A step of training: what it reports, and the module after it.
  template <class B>
  [[nodiscard]] std::pair<Logs, ElegyModule> train_step(const B& batch, const StepInfo& info = {}) const {
    return train_detail::with_metrics(train_detail::train_step(*this, batch, info));
  }
  /// A step of evaluation: what it reports, and the module with its metrics updated.
  template <class B>
  [[nodiscard]] std::pair<Logs, ElegyModule> test_step(const B& batch, const StepInfo& info = {}) const {
    return train_detail::with_metrics(train_detail::test_step(*this, batch, info));
  }
  /// A prediction, and the module for the next batch: with its caches, and another key.
  template <class Inputs>
  [[nodiscard]] auto pred_step(const Inputs& inputs, const StepInfo& info = {}) const {
    return train_detail::pred_step(*this, inputs, info);
  }

  /// The steps of the managed level, with a key of one's own for the step.
  template <class B>
  [[nodiscard]] ElegyModule managed_init_step(const Key& key, const B& batch) const
    requires(!is_core)
  {
    return train_detail::init_step(*this, key, batch);
  }
  [[nodiscard]] ElegyModule managed_reset_step() const
    requires(!is_core)
  {
    return reset_step();
  }
  template <class B>
  [[nodiscard]] std::pair<Logs, ElegyModule> managed_train_step(const Key& key, const B& batch,
                                                                const StepInfo& info = {}) const
    requires(!is_core)
  {
    return train_detail::with_metrics(train_detail::managed_train_step(*this, key, batch, info));
  }
  template <class B>
  [[nodiscard]] std::pair<Logs, ElegyModule> managed_test_step(const Key& key, const B& batch,
                                                               const StepInfo& info = {}) const
    requires(!is_core)
  {
    return train_detail::with_metrics(train_detail::managed_test_step(*this, key, batch, info));
  }
  template <class Inputs>
  [[nodiscard]] auto managed_pred_step(const Key& key, const Inputs& inputs, const StepInfo& info = {}) const
    requires(!is_core)
  {
    return train_detail::managed_pred_step(*this, key, inputs, info);
  }

 private:
  static ElegyModule started(ElegyModule module, [[maybe_unused]] const CallKey& key) {
    if constexpr (!is_core) {
      auto extra = module.extra();
      train_detail::start(
          extra, *module,
          train_detail::stream(key.get() ? *key.get() : random::key(0), train_detail::Stream::training));
      return module.with_extra(std::move(extra));
    } else {
      return module;
    }
  }
};

template <class T>
  requires(!tree_detail::AnyHandle<T>)
ElegyModule(T) -> ElegyModule<T>;
template <class T>
  requires(!tree_detail::AnyHandle<T>)
ElegyModule(T, TrainerOptions) -> ElegyModule<T>;
template <tree_detail::AnyHandle H>
ElegyModule(H) -> ElegyModule<typename H::value_type>;

}  // namespace copse
