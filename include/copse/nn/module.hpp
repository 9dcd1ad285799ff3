// Module: a frozen struct whose call operator is a layer or a whole network.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "copse/nn/call.hpp"
#include "copse/nn/init.hpp"
#include "copse/nn/mode.hpp"
#include "copse/nn/table.hpp"
#include "copse/tree.hpp"

namespace copse {

/// Base of handles that can be initialised and applied (CRTP, as Handle). `Extra` has the members of
/// ModuleExtra.
///
/// `key` is everywhere a Key, an integer seed or `std::nullopt`. Arguments go to the struct's call operator,
/// or to another method given as `<&T::method>`, with a `Scope&` in front of them if it takes one.
template <class Derived, class T, class Extra>
class ModuleBase : public Handle<Derived, T, Extra> {
  static_assert(nn_detail::ModuleFlags<Extra>,
                "copse: the extra part of a module needs bool training and initialized");

 public:
  using Handle<Derived, T, Extra>::Handle;

  /// Another handle's value, shared.
  template <tree_detail::AnyHandle Other>
    requires(std::same_as<typename Other::value_type, T> && !std::derived_from<Other, Derived>)
  ModuleBase(const Other& other) : Handle<Derived, T, Extra>(other.shared()) {}

  /// The module with all that it lacks created, from the shapes that its layers see when called with these
  /// arguments, in evaluation mode. What has a value keeps it, states too. A ShapeDtype in place of an array
  /// will do: then only what is created is computed.
  template <class... Args>
  [[nodiscard]] Derived init(const CallKey& key, const Args&... args) const {
    return nn_detail::init_module(nn_detail::CallOperator{}, this->self(), key, args...);
  }
  template <auto Method, class... Args>
  [[nodiscard]] Derived init(const CallKey& key, const Args&... args) const {
    return nn_detail::init_module(Method, this->self(), key, args...);
  }

  /// The output and the module with its changed state: `auto [y, next] = model.apply(key, x)`; the module
  /// alone if the method returns nothing.
  template <class... Args>
  [[nodiscard]] auto apply(const CallKey& key, Args&&... args) const {
    return apply_with(nn_detail::CallOperator{}, key, std::forward<Args>(args)...);
  }
  template <auto Method, class... Args>
  [[nodiscard]] auto apply(const CallKey& key, Args&&... args) const {
    return apply_with(Method, key, std::forward<Args>(args)...);
  }
  /// The same within a scope, whose `losses()` and `metrics()` then are what the call has added.
  template <class... Args>
  [[nodiscard]] auto apply(Scope& scope, Args&&... args) const {
    return apply_in(nn_detail::CallOperator{}, scope, std::forward<Args>(args)...);
  }
  template <auto Method, class... Args>
  [[nodiscard]] auto apply(Scope& scope, Args&&... args) const {
    return apply_in(Method, scope, std::forward<Args>(args)...);
  }

  /// `apply` where nothing may change: the output alone. MutabilityError names what would have changed.
  template <class... Args>
  [[nodiscard]] auto call(const CallKey& key, Args&&... args) const {
    return call_with(nn_detail::CallOperator{}, key, std::forward<Args>(args)...);
  }
  template <auto Method, class... Args>
  [[nodiscard]] auto call(const CallKey& key, Args&&... args) const {
    return call_with(Method, key, std::forward<Args>(args)...);
  }

  /// The output where nothing changes and no key is needed. A const call operator is checked by the compiler;
  /// any other runs on a copy, and throws MutabilityError or KeyError saying to use `apply`.
  template <class... Args>
    requires nn_detail::TakesArguments<nn_detail::CallOperator, T, Args...>
  [[nodiscard]] decltype(auto) operator()(Args&&... args) const {
    if constexpr (std::is_invocable_v<const T&, Args...>) {
      return (**this)(std::forward<Args>(args)...);
    } else {
      return call_with(nn_detail::CallOperator{}, CallKey(std::nullopt), std::forward<Args>(args)...);
    }
  }

  /// A module as part of a struct, called like any layer. Its changes are kept in place.
  template <class... Args>
    requires nn_detail::TakesArguments<nn_detail::CallOperator, T, Args...>
  auto operator()(Scope& scope, Args&&... args) {
    const Scope::Mode mode(scope, this->extra().training);
    T& value = this->edit();
    const Scope::Layer layer(scope, value);
    return nn_detail::invoke(nn_detail::CallOperator{}, value, scope, std::forward<Args>(args)...);
  }

  /// The module in training mode, or not, with all modules inside.
  [[nodiscard]] Derived train(bool training = true) const {
    Derived out = this->self();
    nn_detail::set_flags(out, [training](auto& extra) { extra.training = training; });
    return out;
  }
  /// The module in evaluation mode: nothing is dropped, running statistics are used and kept.
  [[nodiscard]] Derived eval() const { return train(false); }
  bool training() const { return this->extra().training; }
  /// Whether `init` has run.
  bool initialized() const { return this->extra().initialized; }

  /// The module with no trainable parameter, or with none below one member: `freeze<&Net::encoder>()`.
  /// Normalisation whose parameters are frozen uses and keeps its running statistics.
  [[nodiscard]] Derived freeze(bool frozen = true) const { return with_trainable(this->self(), !frozen); }
  template <auto First, auto... Rest>
  [[nodiscard]] Derived freeze(bool frozen = true) const {
    Derived out = this->self();
    nn_detail::edit_at<First, Rest...>(out.edit(), [frozen](auto& part) {
      tree_detail::TrainableSetter{!frozen}(part, tree_detail::Through{});
    });
    return out;
  }
  /// The opposite of freeze.
  [[nodiscard]] Derived unfreeze() const { return freeze(false); }
  template <auto First, auto... Rest>
  [[nodiscard]] Derived unfreeze() const {
    return freeze<First, Rest...>(false);
  }

  /// The module with Nothing in place of all leaves but those of a kind, and further of those that pass the
  /// predicates on their FieldInfo.
  template <LeafPredicate... Predicates>
  [[nodiscard]] Derived parameters(Predicates... predicates) const {
    return only<ParameterKind>(predicates...);
  }
  template <LeafPredicate... Predicates>
  [[nodiscard]] Derived trainable_parameters(Predicates... predicates) const {
    return only<Trainable>(predicates...);
  }
  template <LeafPredicate... Predicates>
  [[nodiscard]] Derived batch_stats(Predicates... predicates) const {
    return only<BatchStatKind>(predicates...);
  }
  template <LeafPredicate... Predicates>
  [[nodiscard]] Derived caches(Predicates... predicates) const {
    return only<CacheKind>(predicates...);
  }
  template <LeafPredicate... Predicates>
  [[nodiscard]] Derived states(Predicates... predicates) const {
    return only<StateKind>(predicates...);
  }
  /// Batch statistics and caches: what layers keep, without metrics' and optimizers' states.
  template <LeafPredicate... Predicates>
  [[nodiscard]] Derived model_states(Predicates... predicates) const {
    return only<AnyOf<BatchStatKind, CacheKind>>(predicates...);
  }
  template <LeafPredicate... Predicates>
  [[nodiscard]] Derived logs(Predicates... predicates) const {
    return only<LogKind>(predicates...);
  }
  template <LeafPredicate... Predicates>
  [[nodiscard]] Derived loss_logs(Predicates... predicates) const {
    return only<LossLogKind>(predicates...);
  }
  template <LeafPredicate... Predicates>
  [[nodiscard]] Derived metric_logs(Predicates... predicates) const {
    return only<MetricLogKind>(predicates...);
  }

  /// A table of the module's parts: paths, parameters, and inputs and outputs of a call with these arguments
  /// (arrays or ShapeDtype), of which only the shapes are worked out.
  template <class... Args>
  [[nodiscard]] std::string tabulate(const Args&... args) const {
    return tabulate(TableOptions{}, args...);
  }
  template <class... Args>
  [[nodiscard]] std::string tabulate(const TableOptions& options, const Args&... args) const {
    return nn_detail::tabulate_module(this->self(), options, args...);
  }

 private:
  template <class Kind, class... Predicates>
  Derived only(Predicates... predicates) const {
    if constexpr (sizeof...(Predicates) == 0) {
      return filter<Kind>(this->self());
    } else {
      return filter<Kind>(this->self(), predicates...);
    }
  }

  template <class Method, class... Args>
  auto apply_with(const Method& method, const CallKey& key, Args&&... args) const {
    Scope scope({.key = key.get(), .training = this->extra().training});
    return apply_in(method, scope, std::forward<Args>(args)...);
  }

  template <class Method, class... Args>
  auto apply_in(const Method& method, Scope& scope, Args&&... args) const {
    Derived next = this->self();
    T& value = next.edit();
    const Scope::Mode mode(scope, this->extra().training);
    const auto root = scope.root(value);
    using Out = nn_detail::Output<Method, T, Args...>;
    if constexpr (std::is_void_v<Out>) {
      nn_detail::invoke(method, value, scope, std::forward<Args>(args)...);
      return next;
    } else {
      Out output = nn_detail::invoke(method, value, scope, std::forward<Args>(args)...);
      return std::pair<Out, Derived>(std::move(output), std::move(next));
    }
  }

  template <class Method, class... Args>
  auto call_with(const Method& method, const CallKey& key, Args&&... args) const {
    using Out = nn_detail::Output<Method, T, Args...>;
    static_assert(!std::is_void_v<Out>,
                  "copse: a call that returns nothing and changes nothing does nothing: use apply");
    Scope scope({.key = key.get(), .training = this->extra().training});
    if constexpr (std::is_invocable_v<const Method&, const T&, Scope&, Args...>) {
      const auto root = scope.root(**this);
      return Out(std::invoke(method, **this, scope, std::forward<Args>(args)...));
    } else {
      T value = **this;
      const auto root = scope.root(value);
      Out output = nn_detail::invoke(method, value, scope, std::forward<Args>(args)...);
      nn_detail::require_unchanged(**this, value);
      return output;
    }
  }
};

/// An immutable module: a plain struct, frozen, with `init`, `apply` and direct calls.
template <class T>
class Module : public ModuleBase<Module<T>, T, ModuleExtra> {
 public:
  using ModuleBase<Module<T>, T, ModuleExtra>::ModuleBase;
};

template <class T>
  requires(!tree_detail::AnyHandle<T>)
Module(T) -> Module<T>;

template <tree_detail::AnyHandle H>
Module(H) -> Module<typename H::value_type>;

}  // namespace copse
