// What is refused as a static part of a tree, with the reason: leaves where trees cannot see them, and values
// that cannot be compared.
#pragma once

#include <concepts>
#include <type_traits>

#include "copse/tree/form.hpp"

namespace copse {

template <class T>
class Hashable;

namespace tree_detail {

// A class template that trees cannot look into, about a node: a std::deque of leaves, a std::unique_ptr to a
// struct of them.
template <class T>
inline constexpr bool is_about_leaf = false;
template <template <class...> class Template, class... Args>
inline constexpr bool is_about_leaf<Template<Args...>> =
    !std::is_empty_v<Template<Args...>> && ((std::is_class_v<Args> && is_node<Args>) || ...);
template <class T>
inline constexpr bool is_about_leaf<Hashable<T>> = false;

// Whether leaves are hidden somewhere in a static T.
struct HidesLeaf {
  template <class T>
  static constexpr bool of_opaque = is_about_leaf<T>;
  template <class T>
  static constexpr bool ends_at = false;
};

// Whether there is something in a static T that has no `==` where one is needed.
struct LacksEquality {
  template <class T>
  static constexpr bool of_opaque = std::is_class_v<T> && !std::is_empty_v<T> && !std::equality_comparable<T>;
  template <class T>
  static constexpr bool ends_at =
      form<T> == Form::shared || (form<T> == Form::record && std::equality_comparable<T>);
};

template <class Question, class T, class... Outer>
consteval bool is_anywhere();

template <class Question, class... Outer, class... Ts>
consteval bool is_in_any(reflect::Types<Ts...>) {
  return (is_anywhere<Question, std::remove_const_t<Ts>, Outer...>() || ...);
}

template <class Question, class T, class... Outer>
consteval bool is_anywhere() {
  if constexpr (form<T> == Form::wrapped || (std::same_as<T, Outer> || ...)) {
    return false;
  } else if constexpr (form<T> == Form::opaque) {
    return Question::template of_opaque<T>;
  } else if constexpr (Question::template ends_at<T>) {
    return false;
  } else {
    return is_in_any<Question, T, Outer...>(Parts<T>{});
  }
}

// Asked of every static part that a walk comes by.
template <class T>
consteval void check_static() {
  static_assert(
      !is_anywhere<HidesLeaf, T>(),
      "copse: there are leaves in a static member of a tree, which trees cannot look into: use "
      "std::vector, std::map or another container that they know, std::shared_ptr<const T> or a "
      "handle in place of other pointers, a static fields() in a class of one's own; or say that it "
      "is static with copse::Static");
  static_assert(!is_anywhere<LacksEquality, T>(),
                "copse: a static member of a tree has no operator==: hold a std::function or a lambda with "
                "captures in a copse::Hashable, which compares by identity; let a class with constructors or "
                "private members list its members in a static fields(); give any other type an operator==");
}

}  // namespace tree_detail
}  // namespace copse
