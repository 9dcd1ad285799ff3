// Initialisation of modules: eagerly, or by shapes alone.
#pragma once

#include <concepts>
#include <optional>
#include <utility>

#include "copse/nn/call.hpp"
#include "copse/nn/mode.hpp"
#include "copse/trace/flat.hpp"

namespace copse::nn_detail {

// Records a call for a key (an empty list if there is none) and computes only the arrays that it returns.
flat::Arrays compute_only(const flat::Function& record, const std::optional<Key>& key);
// Whether the surroundings record what they are given, so that no other recording is needed.
bool records_already();

template <class Method, class M, class... Args>
M run_init(const Method& method, const M& module, const std::optional<Key>& key, const Args&... args) {
  using tree_detail::HandleAccess;
  M next = module;
  auto& value = HandleAccess::edit(next);
  {
    Scope scope({.key = key, .training = false, .initializing = true});
    const auto root = scope.root(value);
    (void)nn_detail::invoke(method, value, scope, args...);
  }
  restore_states(*module, value);
  set_flags(next, [](auto& extra) { extra.initialized = true; });
  return next;
}

// Only what the call has created is computed: the rest of the recorded call is dead.
template <class Method, class M, class... Args>
M init_by_shapes(const Method& method, const M& module, const std::optional<Key>& key, const Args&... args) {
  std::optional<M> next;
  const flat::Arrays created = compute_only(
      [&](const flat::Arrays& keys) {
        std::optional<Key> traced;
        if (!keys.empty()) traced = Key{keys[0]};
        next.emplace(run_init(method, module, traced, materialize(args)...));
        flat::Arrays out;
        visit_slots(std::as_const(*next), [&](auto slot) {
          if constexpr (std::same_as<typename decltype(slot)::value_type, Array>) {
            if (!slot.is_nothing() && slot.value().tracer()) out.push_back(slot.value());
          }
        });
        return out;
      },
      key);
  std::size_t place = 0;
  visit_slots(*next, [&](auto slot) {
    if constexpr (std::same_as<typename decltype(slot)::value_type, Array>) {
      if (!slot.is_nothing() && slot.value().tracer()) slot.set(created[place++]);
    }
  });
  return *std::move(next);
}

template <class Method, class M, class... Args>
M init_module(const Method& method, const M& module, const CallKey& key, const Args&... args) try {
  if constexpr ((std::same_as<Args, ShapeDtype> || ...)) {
    if (!records_already()) return init_by_shapes(method, module, key.get(), args...);
  }
  return run_init(method, module, key.get(), materialize(args)...);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("init");
}

}  // namespace copse::nn_detail
