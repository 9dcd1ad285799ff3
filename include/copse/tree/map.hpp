// Functions over the leaves of one or several trees, and over the objects in a tree.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "copse/tree/difference.hpp"
#include "copse/tree/path.hpp"

namespace copse {

namespace tree_detail {

// Where the leaves of a tree are, in order, those that are Nothing included.
template <class T>
std::vector<const void*> leaf_addresses(const T& tree) {
  std::vector<const void*> out;
  visit_slots(tree, [&](auto slot) { out.push_back(&slot.value()); });
  return out;
}

// Calls f(leaf, leaves of the others at the same place...).
template <class L, class F, class Others, std::size_t... I, class... First>
decltype(auto) call_with_others(F& f, [[maybe_unused]] const Others& others,
                                [[maybe_unused]] std::size_t place, std::index_sequence<I...>,
                                const First&... first) {
  static_assert(std::is_invocable_v<F&, const First&..., decltype((void(I), std::declval<const L&>()))...>,
                "copse: map: the function does not take one of the types of leaves in the tree");
  return std::invoke(f, first..., *static_cast<const L*>(others[I][place])...);
}

// The tree with f called on all leaves in place; `put(slot, index)` computes a new leaf.
template <class T, class Put>
[[nodiscard]] T with_leaves(T tree, Put put) {
  std::size_t place = 0;
  visit_slots(tree, [&](auto slot) {
    if (!slot.is_nothing()) put(slot, place);
    ++place;
  });
  return tree;
}

// Sets a leaf to what a function returned.
template <class SlotType, class Result>
void set_leaf(const SlotType& slot, Result&& result) {
  using L = typename SlotType::value_type;
  if constexpr (std::same_as<std::remove_cvref_t<Result>, Nothing>) {
    slot.clear();
  } else {
    static_assert(
        std::is_convertible_v<Result, L>,
        "copse: map: the function must return what the leaf is (or Nothing): a map keeps the tree's type");
    slot.set(wrap<L>(std::forward<Result>(result)));
  }
}

}  // namespace tree_detail

/// A tree of the same type with `f(leaf, leaves of the rest...)` in place of each leaf; those that are
/// Nothing stay so. The rest must have the same structure, which one is Nothing included, else TreeError
/// names the first difference.
template <class F, class T, std::same_as<std::remove_cvref_t<T>>... Rest>
[[nodiscard]] auto map(F&& f, T&& tree, const Rest&... rest) {
  using V = std::remove_cvref_t<T>;
  (tree_detail::require_same_structure("map", tree, rest), ...);
  const std::array<std::vector<const void*>, sizeof...(Rest)> others{tree_detail::leaf_addresses(rest)...};
  return tree_detail::with_leaves<V>(
      std::forward<T>(tree), [&](auto slot, [[maybe_unused]] std::size_t place) {
        using L = typename decltype(slot)::value_type;
        tree_detail::set_leaf(slot, tree_detail::call_with_others<L>(
                                        f, others, place, std::index_sequence_for<Rest...>{}, slot.value()));
      });
}

/// As map, with `f(info, leaf, leaves of the rest...)`.
template <class F, class T, std::same_as<std::remove_cvref_t<T>>... Rest>
[[nodiscard]] auto map_with_path(F&& f, T&& tree, const Rest&... rest) {
  using V = std::remove_cvref_t<T>;
  (tree_detail::require_same_structure("map_with_path", tree, rest), ...);
  const std::array<std::vector<const void*>, sizeof...(Rest)> others{tree_detail::leaf_addresses(rest)...};
  V out = std::forward<T>(tree);
  std::size_t place = 0;
  auto visit = [&](auto slot, const tree_detail::PathLink* at) {
    using L = typename decltype(slot)::value_type;
    if (!slot.is_nothing()) {
      tree_detail::set_leaf(
          slot, tree_detail::call_with_others<L>(f, others, place, std::index_sequence_for<Rest...>{},
                                                 tree_detail::make_info(slot, at), slot.value()));
    }
    ++place;
  };
  tree_detail::visit_paths(out, visit);
  return out;
}

namespace tree_detail {

// Calls f(object) for every struct in a tree, the inner ones first; f.erased(address, type) for those in an
// AnyTree.
template <class T, class F>
void walk_objects(T& value, F& f) {
  using V = std::remove_const_t<T>;
  if constexpr (form<V> == Form::erased) {
    value.walk_objects(f);
  } else if constexpr (is_node<V> && form<V> != Form::leaf && !is_leaf_field<V>) {
    each_part(value, [&f](auto& part, auto) { walk_objects(part, f); });
    if constexpr (form<V> == Form::record) f(value);
  }
}

// The type of a function's first argument; void if it takes several types.
template <class F>
struct FirstArgument {
  using type = void;
};
template <class R, class First, class... Rest>
struct FirstArgument<R(First, Rest...)> {
  using type = std::remove_cvref_t<First>;
};
template <class R, class First, class... Rest>
struct FirstArgument<R (*)(First, Rest...)> : FirstArgument<R(First)> {};
template <class R, class C, class First, class... Rest>
struct FirstArgument<R (C::*)(First, Rest...)> : FirstArgument<R(First)> {};
template <class R, class C, class First, class... Rest>
struct FirstArgument<R (C::*)(First, Rest...) const> : FirstArgument<R(First)> {};
template <class F>
  requires requires { &F::operator(); }
struct FirstArgument<F> : FirstArgument<decltype(&F::operator())> {};

struct ListObjects {
  std::vector<const void*>& addresses;

  template <class V>
  void operator()(const V& object) const {
    addresses.push_back(&object);
  }
  void erased(const void* object, const std::type_info&) const { addresses.push_back(object); }
};

// Calls f on the objects that it takes, with those of the other trees.
template <class F, std::size_t Count>
struct ApplyToObjects {
  F& f;
  const std::array<std::vector<const void*>, Count>& others;
  std::size_t place = 0;

  template <class V>
  void operator()(V& object) {
    call(object, std::make_index_sequence<Count>{});
    ++place;
  }
  void erased(void* object, const std::type_info& type) {
    using V = typename FirstArgument<std::remove_cvref_t<F>>::type;
    if constexpr (!std::is_void_v<V>) {
      if (type == typeid(V)) call(*static_cast<V*>(object), std::make_index_sequence<Count>{});
    }
    ++place;
  }

  template <class V, std::size_t... I>
  void call(V& object, std::index_sequence<I...>) {
    if constexpr (std::is_invocable_v<F&, V&, decltype((void(I), std::declval<const V&>()))...>) {
      std::invoke(f, object, *static_cast<const V*>(others[I][place])...);
    }
  }
};

// Whether `f` takes the elements of a tuple as its arguments, as std::apply gives them.
template <class F, class T>
constexpr bool takes_elements() {
  if constexpr (requires { std::tuple_size<std::remove_cvref_t<T>>::value; }) {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return std::is_invocable_v<F, decltype(std::get<I>(std::declval<T>()))...>;
    }(std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<T>>>());
  } else {
    return false;
  }
}

template <class F, class T, class... Rest>
[[nodiscard]] auto apply_to_objects(F& f, T&& tree, const Rest&... rest) {
  using V = std::remove_cvref_t<T>;
  (require_same_structure("apply", tree, rest), ...);
  std::array<std::vector<const void*>, sizeof...(Rest)> others{};
  [[maybe_unused]] std::size_t which = 0;
  (
      [&] {
        ListObjects list{others[which++]};
        walk_objects(rest, list);
      }(),
      ...);
  V out = std::forward<T>(tree);
  ApplyToObjects<F, sizeof...(Rest)> visit{f, others};
  walk_objects(out, visit);
  return out;
}

}  // namespace tree_detail

/// A copy of a tree on which `f(object&, objects of the rest...)` has been called for every struct in it, the
/// tree's own value last. Objects that `f` does not take are passed over, so `[](Dropout& d) { d.rate = 0; }`
/// changes all Dropouts. In an AnyTree, whose types only the running program knows, that is all: functions
/// with one type of argument find their objects there, generic ones do not.
template <class F, class T, std::same_as<std::remove_cvref_t<T>>... Rest>
[[nodiscard]] auto apply(F&& f, T&& tree, const Rest&... rest) {
  return tree_detail::apply_to_objects(f, std::forward<T>(tree), rest...);
}
// Argument-dependent lookup finds std::apply for trees that are containers of the standard library: this
// overload, which is like it but for the constraint, is chosen wherever std::apply has no meaning.
template <class F, class T>
  requires(!tree_detail::takes_elements<F, T>())
[[nodiscard]] auto apply(F&& f, T&& tree) {
  return tree_detail::apply_to_objects(f, std::forward<T>(tree));
}

}  // namespace copse
