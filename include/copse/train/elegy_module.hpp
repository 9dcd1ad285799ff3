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
/// others follow from the call operator. Steps give back a new module and leave this one as it is. Random
/// keys: `init_step` and each train and test step have their own, all from the key given to `init_step`.
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
  [[nodiscard]] std::pair<Logs, ElegyModule> train_step(const B& batch) const {
    return train_detail::train_step(*this, batch);
  }
  /// A step of evaluation: what it reports, and the module with its metrics updated.
  template <class B>
  [[nodiscard]] std::pair<Logs, ElegyModule> test_step(const B& batch) const {
    return train_detail::test_step(*this, batch);
  }
  /// A prediction, and the module (which changes only if the struct's own step changes it).
  template <class Inputs>
  [[nodiscard]] auto pred_step(const Inputs& inputs) const {
    return train_detail::pred_step(*this, inputs);
  }

  /// The steps of the managed level, with a key of one's own for the step.
  template <class B>
  [[nodiscard]] ElegyModule managed_init_step(const Key& key, const B& batch) const
    requires(!is_core)
  {
    return train_detail::init_step(*this, key, batch);
  }
  template <class B>
  [[nodiscard]] std::pair<Logs, ElegyModule> managed_train_step(const Key& key, const B& batch) const
    requires(!is_core)
  {
    return train_detail::managed_train_step(*this, key, batch);
  }
  template <class B>
  [[nodiscard]] std::pair<Logs, ElegyModule> managed_test_step(const Key& key, const B& batch) const
    requires(!is_core)
  {
    return train_detail::managed_test_step(*this, key, batch);
  }
  template <class Inputs>
  [[nodiscard]] auto managed_pred_step(const Key& key, const Inputs& inputs) const
    requires(!is_core)
  {
    return train_detail::managed_pred_step(*this, key, inputs);
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
