// Modules that have seen no batch are made ready for a checkpoint, with zeros of the types that it tells of.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/error.hpp"
#include "copse/train/checkpoint.hpp"
#include "copse/train/elegy_module.hpp"
#include "copse/train/kept.hpp"
#include "copse/train/snapshot.hpp"

namespace copse::train_detail {

/// How the modules of a program can be initialised: by batches of all types that its code gives to them. A
/// checkpoint knows the types of the arrays in a batch, but not the C++ type that has them.
template <class T>
class Initializers {
 public:
  using Init = std::optional<ElegyModule<T>> (*)(const ElegyModule<T>&, const Key&, const BatchTypes&);

  /// Makes batches of type B known, wherever code that calls this is in the program.
  template <class B>
  static void know() {
    (void)&Known<B, false>::known;
  }
  /// The same, and that train steps are called with them.
  template <class B>
  static void know_step() {
    (void)&Known<B, true>::known;
  }
  static const std::vector<Init>& all() { return list<false>(); }
  /// As `all`, with a train step on zeros, too: what a module has only after its first step is there then.
  static const std::vector<Init>& with_steps() { return list<true>(); }

  template <class B, bool step = false>
  static std::optional<ElegyModule<T>> with(const ElegyModule<T>& module, const Key& key,
                                            const BatchTypes& types) {
    if constexpr (data::is_arrays<B> && std::default_initializable<B>) {
      if (const std::optional<B> batch = zeros_of<B>(types)) {
        ElegyModule<T> out = module.init_step(key, *batch);
        if constexpr (step)
          return out.train_step(*batch).second;
        else
          return out;
      }
    }
    return std::nullopt;
  }

 private:
  template <bool step>
  static std::vector<Init>& list() {
    static auto& inits = *new std::vector<Init>;  // for good: destructors of globals may load
    return inits;
  }
  template <class B, bool step>
  struct Known {
    static inline const bool known =
        (Initializers::list<step>().push_back(&Initializers::with<B, step>), true);
  };
};

// What the only call operator of a struct takes beside a scope, if that is one argument.
template <class F>
struct OnlyInput {
  using type = void;
};
template <class R, class C, class A>
struct OnlyInput<R (C::*)(Scope&, A)> {
  using type = std::remove_cvref_t<A>;
};
template <class R, class C, class A>
struct OnlyInput<R (C::*)(Scope&, A) const> : OnlyInput<R (C::*)(Scope&, A)> {};
template <class R, class C, class A>
  requires(!std::same_as<A, Scope&>)
struct OnlyInput<R (C::*)(A)> {
  using type = std::remove_cvref_t<A>;
};
template <class R, class C, class A>
struct OnlyInput<R (C::*)(A) const> : OnlyInput<R (C::*)(A)> {};

// The type of batch that the struct's own code tells of, or void.
template <class T>
auto batch_told() {
  if constexpr (NamesInitStep<T> || NamesManagedInitStep<T>) {
    if constexpr ((
                      requires { &T::init_step; } || requires { &T::managed_init_step; }) &&
                  inits_with<T, Batch>) {
      return std::type_identity<Batch>();
    } else {
      return std::type_identity<void>();
    }
  } else if constexpr (requires { &T::operator(); }) {
    using Input = typename OnlyInput<decltype(&T::operator())>::type;
    if constexpr (std::is_void_v<Input>) {
      return std::type_identity<void>();
    } else {
      return std::type_identity<BatchOf<Input>>();
    }
  } else {
    return std::type_identity<void>();
  }
}

/// All ways to initialise a module that the program has.
template <class T>
std::vector<typename Initializers<T>::Init> initializers() {
  auto out = Initializers<T>::all();
  using B = typename decltype(batch_told<T>())::type;
  if constexpr (!std::is_void_v<B>) out.push_back(&Initializers<T>::template with<B>);
  return out;
}

/// A module that has what a batch of the checkpoint's types gives it, or nothing if none of the ways takes
/// such a batch. `note` tells of attempts that failed.
template <class T>
std::optional<ElegyModule<T>> initialized_for(const ElegyModule<T>& module, const Key& key,
                                              const BatchTypes& types,
                                              const std::vector<typename Initializers<T>::Init>& ways,
                                              std::string& note) {
  for (const auto init : ways) {
    try {
      if (auto out = init(module, key, types)) return out;
    } catch (const Error& error) {
      note = error.what();
    }
  }
  return std::nullopt;
}

/// Says at the end of a message what to do about a module that could not be made ready.
std::string not_ready(const std::string& note);

/// A module, and what of a checkpoint is loaded into it.
template <class T>
struct Loading {
  ElegyModule<T> module;
  LoadPlan plan;
};

template <class M>
bool has_optimizer(const M& module) {
  if constexpr (M::is_core) {
    return true;
  } else {
    return module.extra().optimizer.has_value();
  }
}

/// What of a checkpoint goes into a module that is ready. Its flags become those of the file, if all of it is
/// loaded, and its optimizer is for the parameters that are trainable then.
template <class T>
Loading<T> plan_for(const ElegyModule<T>& module, const Checkpoint& file, const CheckpointOptions& options) {
  T value = *module;
  auto extra = module.extra();
  // What metrics have gathered is of any size: none is there to be compared.
  if (is_whole(options)) reset_members(value);
  const std::vector<io::Place> places = io::places(value);
  if (is_whole(options)) {
    auto flags = flags_for(file, places);
    tree_detail::TrainableSetter setter(flags);
    setter(value, tree_detail::Through{});
  }
  std::vector<io::Place> training;
  if constexpr (!ElegyModule<T>::is_core) {
    if (is_whole(options)) {
      retrain(extra, value);
      extra.metrics.reset();
      extra.added.reset();
    }
    training = io::places(extra, training_prefix);
  }
  LoadPlan plan = plan_load(file, places, training, options);
  return {module.with_value(std::move(value)).with_extra(std::move(extra)), std::move(plan)};
}

/// A module that has what the file has, without the program knowing how to make it ready: all that has a
/// place in the struct as it is.
template <class T>
ElegyModule<T> filled(const ElegyModule<T>& module, const Checkpoint& file, std::int64_t seed) {
  const std::vector<io::Place> places = io::places(*module);
  T value = io::put(*module, io::compare(places, file.arrays).arrays);
  auto extra = module.extra();
  if constexpr (!ElegyModule<T>::is_core) {
    start(extra, value, stream(random::key(seed), Stream::training));
  }
  return module.with_value(std::move(value)).with_extra(std::move(extra));
}

/// What of a checkpoint goes into a module, which need not be ready. Throws TreeError if it does not fit.
template <class T>
Loading<T> plan_for_any(const ElegyModule<T>& module, const Checkpoint& file,
                        const CheckpointOptions& options, std::int64_t seed) {
  const bool optimizes = has_optimizer(module);
  if (module.initialized()) {
    Loading<T> out = plan_for(module, file, options);
    require_fit(file, out.plan, options, optimizes);
    return out;
  }
  std::string note;
  if (file.header.batch.known()) {
    const auto ready_by = [&](const auto& ways) {
      return initialized_for(module, random::key(seed), file.header.batch, ways, note);
    };
    if (auto ready = ready_by(initializers<T>())) {
      Loading<T> out = plan_for(*ready, file, options);
      if (!out.plan.report.unexpected.empty() && is_whole(options)) {
        if (auto stepped = ready_by(Initializers<T>::with_steps())) {
          Loading<T> more = plan_for(*stepped, file, options);
          if (more.plan.report.complete()) return more;
        }
      }
      require_fit(file, out.plan, options, optimizes);
      return out;
    }
  }
  Loading<T> out = plan_for(filled(module, file, seed), file, options);
  require_fit(file, out.plan, options, optimizes, not_ready(note));
  return out;
}

/// The module with what is loaded into it.
template <class T>
ElegyModule<T> loaded(const Loading<T>& loading) {
  T value = io::put(*loading.module, loading.plan.module);
  auto extra = loading.module.extra();
  if constexpr (!ElegyModule<T>::is_core) extra = io::put(std::move(extra), loading.plan.training);
  ElegyModule<T> out = loading.module.with_value(std::move(value)).with_extra(std::move(extra));
  nn_detail::set_flags(out, [](auto& flags) { flags.initialized = true; });
  return out;
}

/// All arrays of a module and its training, by name.
template <class T>
io::NamedArrays all_arrays(const ElegyModule<T>& module) {
  io::NamedArrays out = io::named_leaves(*module);
  if constexpr (!ElegyModule<T>::is_core) {
    for (auto& entry : io::named_leaves(module.extra(), training_prefix)) out.push_back(std::move(entry));
  }
  return out;
}

/// Throws ValueError, ShapeError or DTypeError unless the second may stand in the place of the first.
void check_parameters(const std::vector<Array>& before, const std::vector<Array>& now);

/// A value with other trainable parameters. Throws as check_parameters does.
template <class T>
T with_parameters(const T& value, const std::vector<Array>& parameters) {
  const auto chosen = optim::detail::chosen(value);
  check_parameters(optim::detail::collect(value, chosen), parameters);
  return optim::detail::replaced(value, chosen, parameters, false);
}

template <class T>
class ModuleSnapshot final : public Snapshot {
 public:
  explicit ModuleSnapshot(ElegyModule<T> module) : module_(std::move(module)) {}
  const ElegyModule<T>& module() const { return module_; }
  void save(io::Store& store) const override {
    for (const auto& [name, array] : all_arrays(module_)) store.set(name, array);
  }

 private:
  ElegyModule<T> module_;
};

/// The module of a snapshot; of one that was stored, with `now` for its form. Throws TreeError if that
/// differs.
template <class T>
ElegyModule<T> restored(const ElegyModule<T>& now, const Snapshot& snapshot) {
  if (const auto* own = dynamic_cast<const ModuleSnapshot<T>*>(&snapshot)) return own->module();
  io::Store store;
  snapshot.save(store);
  Checkpoint stored;
  stored.where = "restore";
  stored.arrays.assign(store.arrays().begin(), store.arrays().end());
  Loading<T> loading = plan_for(now, stored, {});
  require_fit(stored, loading.plan, {}, true);
  return loaded(loading);
}

}  // namespace copse::train_detail
