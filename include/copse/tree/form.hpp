// What a type is to a tree: a leaf, one of the containers, a struct, or something static.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "copse/tree/field.hpp"
#include "copse/tree/handle.hpp"
#include "copse/tree/leaf.hpp"
#include "copse/tree/reflect.hpp"

namespace copse::tree_detail {

enum class Form {
  opaque,     // static, and its parts cannot be seen
  wrapped,    // Static<T>
  leaf,       // LeafTraits
  field,      // Field<Kind, T>
  handle,     // Tree<T> and its kin
  record,     // a struct
  sequence,   // vector, array
  map,        // map
  unordered,  // unordered_map, visited by sorted key
  tuple,      // pair, tuple
  optional,
  variant,
  shared,  // shared_ptr<const T>
  erased   // AnyTree
};

// The form of the standard containers, and the types of their parts.
template <class T>
struct Container {
  static constexpr Form form = Form::opaque;
};
template <class T, class Allocator>
struct Container<std::vector<T, Allocator>> {
  static constexpr Form form = Form::sequence;
  using Parts = reflect::Types<T>;
};
template <class Allocator>
struct Container<std::vector<bool, Allocator>> {
  static constexpr Form form = Form::opaque;
};
template <class T, std::size_t N>
struct Container<std::array<T, N>> {
  static constexpr Form form = Form::sequence;
  using Parts = reflect::Types<T>;
};
template <class Key, class T, class Less, class Allocator>
struct Container<std::map<Key, T, Less, Allocator>> {
  static constexpr Form form = Form::map;
  using Parts = reflect::Types<T>;
};
template <class Key, class T, class Hash, class Equal, class Allocator>
struct Container<std::unordered_map<Key, T, Hash, Equal, Allocator>> {
  static constexpr Form form = Form::unordered;
  using Parts = reflect::Types<T>;
};
template <class A, class B>
struct Container<std::pair<A, B>> {
  static constexpr Form form = Form::tuple;
  using Parts = reflect::Types<A, B>;
};
template <class... Ts>
struct Container<std::tuple<Ts...>> {
  static constexpr Form form = Form::tuple;
  using Parts = reflect::Types<Ts...>;
};
template <class T>
struct Container<std::optional<T>> {
  static constexpr Form form = Form::optional;
  using Parts = reflect::Types<T>;
};
template <class... Ts>
struct Container<std::variant<Ts...>> {
  static constexpr Form form = Form::variant;
  using Parts = reflect::Types<Ts...>;
};
template <class T>
struct Container<std::shared_ptr<const T>> {
  static constexpr Form form = Form::shared;
  using Parts = reflect::Types<T>;
};

// AnyTree, whose contents are known when the program runs.
template <class T>
concept Erased = requires { typename T::erased_leaf_type; };

template <class T>
consteval Form form_of() {
  static_assert(!std::is_reference_v<T>,
                "copse: a reference cannot be part of a tree: hold a value or a handle");
  static_assert(!std::is_array_v<T>, "copse: a C array cannot be part of a tree: use std::array");
  static_assert(
      requires { LeafTraits<T>::leaf; },
      "copse: LeafTraits is ambiguous for a type: two specialisations fit it equally well");
  if constexpr (Leaf<T>) {
    static_assert(
        !is_field<T> && !is_static_wrapper<T> && !AnyHandle<T>,
        "copse: LeafTraits is specialised for a field or a handle: specialise it for what they hold");
    return Form::leaf;
  } else if constexpr (is_static_wrapper<T>) {
    return Form::wrapped;
  } else if constexpr (is_field<T>) {
    return Form::field;
  } else if constexpr (AnyHandle<T>) {
    return Form::handle;
  } else if constexpr (Container<T>::form != Form::opaque) {
    return Container<T>::form;
  } else if constexpr (Erased<T>) {
    return Form::erased;
  } else if constexpr (reflect::Record<T>) {
    return Form::record;
  } else {
    return Form::opaque;
  }
}

template <class T>
inline constexpr Form form = form_of<T>();

// The types of the values a value of T consists of; nothing for leaves and what is opaque.
template <class T>
consteval auto parts_of() {
  constexpr Form f = form<T>;
  if constexpr (f == Form::record) {
    return reflect::Members<T>{};
  } else if constexpr (f == Form::handle) {
    return reflect::Types<typename T::value_type, typename T::extra_type>{};
  } else if constexpr (f == Form::field || f == Form::wrapped) {
    return reflect::Types<typename T::value_type>{};
  } else if constexpr (f == Form::erased) {
    return reflect::Types<typename T::erased_leaf_type>{};
  } else if constexpr (f == Form::opaque || f == Form::leaf) {
    return reflect::Types<>{};
  } else {
    return typename Container<T>::Parts{};
  }
}

template <class T>
using Parts = decltype(parts_of<T>());

// Whether there is a leaf somewhere in T. A type that contains itself (through a vector, say) adds nothing by
// that, so what is being looked at already counts as without leaves.
template <class T, class... Outer>
consteval bool contains_leaf();

template <class... Outer, class... Ts>
consteval bool any_contains_leaf(reflect::Types<Ts...>) {
  return (contains_leaf<Ts, Outer...>() || ...);
}

template <class T, class... Outer>
consteval bool contains_leaf() {
  constexpr Form f = form<std::remove_const_t<T>>;
  if constexpr (std::is_const_v<T>) {
    static_assert(
        !contains_leaf<std::remove_const_t<T>, Outer...>(),
        "copse: a node of a tree is declared const, so nothing could ever be changed in it: drop the "
        "const, a handle makes everything in it constant");
    return false;
  } else if constexpr (f == Form::leaf || f == Form::field || f == Form::erased) {
    return true;
  } else if constexpr (f == Form::opaque || f == Form::wrapped) {
    return false;
  } else if constexpr (f == Form::record) {
    if constexpr ((std::same_as<T, Outer> || ...)) {
      return false;
    } else {
      return any_contains_leaf<T, Outer...>(Parts<T>{});
    }
  } else {
    return any_contains_leaf<Outer...>(Parts<T>{});
  }
}

/// Whether transforms see anything in T.
template <class T>
inline constexpr bool is_node = contains_leaf<std::remove_const_t<T>>();

// A field is one leaf if its value is not a tree by itself: State<float>, State<std::vector<int>>.
template <class T>
consteval bool field_is_leaf() {
  if constexpr (form<T> == Form::field) {
    return Leaf<typename T::value_type> || !is_node<typename T::value_type>;
  } else {
    return false;
  }
}

template <class T>
inline constexpr bool is_leaf_field = field_is_leaf<T>();

// All types of leaves in T, each once, in the order in which they are met.
template <class Have, class New>
struct Append;
template <class... Have, class New>
struct Append<reflect::Types<Have...>, New> {
  using type = std::conditional_t<(std::same_as<Have, New> || ...), reflect::Types<Have...>,
                                  reflect::Types<Have..., New>>;
};

template <class Have, class Outer, class T>
consteval auto add_leaf_types();

template <class Have, class Outer>
consteval auto add_all(reflect::Types<>) {
  return Have{};
}
template <class Have, class Outer, class T, class... Rest>
consteval auto add_all(reflect::Types<T, Rest...>) {
  return add_all<decltype(add_leaf_types<Have, Outer, T>()), Outer>(reflect::Types<Rest...>{});
}

template <class T, class... Outer>
consteval bool is_among(reflect::Types<Outer...>) {
  return (std::same_as<T, Outer> || ...);
}

template <class Have, class Outer, class T>
consteval auto add_leaf_types() {
  if constexpr (!is_node<T>) {
    return Have{};
  } else if constexpr (form<T> == Form::leaf) {
    return typename Append<Have, T>::type{};
  } else if constexpr (form<T> == Form::erased) {
    return typename Append<Have, typename T::erased_leaf_type>::type{};
  } else if constexpr (is_leaf_field<T>) {
    return typename Append<Have, typename T::value_type>::type{};
  } else if constexpr (is_among<T>(Outer{})) {
    return Have{};
  } else if constexpr (form<T> == Form::record) {
    return add_all<Have, typename Append<Outer, T>::type>(Parts<T>{});
  } else {
    return add_all<Have, Outer>(Parts<T>{});
  }
}

template <class T>
using LeafTypes = decltype(add_leaf_types<reflect::Types<>, reflect::Types<>, T>());

}  // namespace copse::tree_detail
