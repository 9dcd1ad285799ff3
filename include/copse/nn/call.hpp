// Calling methods of structs, whether they take a Scope or not, and noticing what a call has changed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/nn/scope.hpp"
#include "copse/tree/difference.hpp"
#include "copse/tree/map.hpp"

namespace copse {

/// The random key of a call: a Key, the integer that is its seed, or none (`std::nullopt`).
class CallKey {
 public:
  CallKey(std::nullopt_t) {}
  CallKey(Key key) : key_(std::move(key)) {}
  CallKey(std::optional<Key> key) : key_(std::move(key)) {}
  template <std::integral Seed>
  CallKey(Seed seed) : key_(random::key(static_cast<std::int64_t>(seed))) {}

  const std::optional<Key>& get() const { return key_; }

 private:
  std::optional<Key> key_;
};

namespace nn_detail {

// The call operator as something that std::invoke takes like a pointer to a method.
struct CallOperator {
  template <class T, class... Args>
  auto operator()(T&& self, Args&&... args) const
      -> decltype(std::forward<T>(self)(std::forward<Args>(args)...)) {
    return std::forward<T>(self)(std::forward<Args>(args)...);
  }
};

template <class Method, class T, class... Args>
inline constexpr bool takes_scope = std::is_invocable_v<const Method&, T&, Scope&, Args...>;

// Whether a struct has a method for these arguments, with or without a Scope& in front of them.
template <class Method, class T, class... Args>
concept TakesArguments = takes_scope<Method, T, Args...> || std::is_invocable_v<const Method&, T&, Args...>;

// The method with the scope in front of its arguments, if it takes one.
template <class Method, class T, class... Args>
decltype(auto) invoke(const Method& method, T& self, [[maybe_unused]] Scope& scope, Args&&... args) {
  if constexpr (takes_scope<Method, T, Args...>) {
    return std::invoke(method, self, scope, std::forward<Args>(args)...);
  } else {
    static_assert(
        std::is_invocable_v<const Method&, T&, Args...>,
        "copse: a module cannot be called with these arguments: its struct needs a method that takes "
        "them, with or without a Scope& in front");
    return std::invoke(method, self, std::forward<Args>(args)...);
  }
}

template <class Method, class T, class... Args>
using Output = std::decay_t<decltype(nn_detail::invoke(std::declval<const Method&>(), std::declval<T&>(),
                                                       std::declval<Scope&>(), std::declval<Args>()...))>;

// Whether two leaves are the same: arrays by their place in memory first, which is all that is needed in a
// trace.
struct SameLeaves {
  template <class L>
  bool operator()(const Slot<L>& a, const Slot<L>& b) const {
    if constexpr (std::same_as<std::remove_const_t<L>, Array>) {
      if (a.value().impl() == b.value().impl()) return true;
    }
    return a.is_nothing() || leaf_ops<typename Slot<L>::value_type>::equal(a.value(), b.value());
  }
};

/// Whether a call has left everything as it was.
template <class T>
[[nodiscard]] bool unchanged(const T& before, const T& after) {
  SameLeaves same;
  return tree_detail::Comparison<SameLeaves>{.leaf_equal = same, .identity = true}.compare(before, after);
}

/// The paths of what a call has changed.
template <class T>
[[gnu::cold, gnu::noinline]] std::vector<std::string> changes(const T& before, const T& after) {
  if (auto at = tree_detail::find_difference(before, after, true, true)) return {at->path};
  const std::vector<const void*> old = tree_detail::leaf_addresses(before);
  std::vector<std::string> paths;
  std::size_t place = 0;
  auto visit = [&](auto slot, const tree_detail::PathLink* link) {
    using L = typename decltype(slot)::value_type;
    const Slot<const L> was(*static_cast<const L*>(old[place++]), nullptr, {});
    if (!slot.is_nothing() && !SameLeaves{}(was, slot)) paths.push_back(tree_detail::path_text(link));
  };
  tree_detail::visit_paths(after, visit);
  return paths;
}

[[noreturn]] void refuse_changes(std::string_view root, const std::vector<std::string>& paths);

template <class T>
void require_unchanged(const T& before, const T& after) {
  if (!unchanged(before, after)) refuse_changes(reflect::type_name<T>(), changes(before, after));
}

// Puts back what initialisation must not change: states and logs that had a value.
template <class T>
void restore_states(const T& before, T& after) {
  tree_detail::AnyLeaves any;
  if (!tree_detail::Comparison<tree_detail::AnyLeaves>{.leaf_equal = any, .statics = false, .nothing = false}
           .compare(before, after))
    return;
  std::vector<const void*> values;
  visit_slots(before, [&](auto slot) {
    const bool keep =
        !slot.is_nothing() && (slot.kind().template is<StateKind>() || slot.kind().template is<LogKind>());
    values.push_back(keep ? &slot.value() : nullptr);
  });
  std::size_t place = 0;
  visit_slots(after, [&](auto slot) {
    using L = typename decltype(slot)::value_type;
    if (const void* value = values[place++]) slot.set(*static_cast<const L*>(value));
  });
}

// A shape in place of an argument, as an array whose elements are never computed.
Array placeholder(const ShapeDtype& type);
template <class A>
decltype(auto) materialize(const A& argument) {
  if constexpr (std::same_as<A, ShapeDtype>)
    return placeholder(argument);
  else
    return (argument);
}

}  // namespace nn_detail
}  // namespace copse
