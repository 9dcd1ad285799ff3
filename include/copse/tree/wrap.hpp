// What wrappers that read like their value have in common.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "copse/tree/count.hpp"
#include "copse/tree/leaf.hpp"

namespace copse {

template <class Kind, class T>
class Field;
template <class T>
class Static;

namespace tree_detail {

template <class T>
inline constexpr bool is_field = false;
template <class Kind, class T>
inline constexpr bool is_field<Field<Kind, T>> = true;

template <class T>
inline constexpr bool is_static_wrapper = false;
template <class T>
inline constexpr bool is_static_wrapper<Static<T>> = true;

// What a wrapper of T is implicitly made from. What counts fields is refused: it would fit in two ways.
template <class U, class Wrapper, class T>
concept WrapsAs =
    !std::same_as<std::remove_cvref_t<U>, Wrapper> && !std::same_as<std::remove_cvref_t<U>, Nothing> &&
    !std::derived_from<std::remove_cvref_t<U>, reflect::ProbeBase> && std::convertible_to<U, T>;

// Only the implicit conversion is wanted, and among numbers no warning about it.
template <class T, class U>
constexpr T wrap(U&& value) {
  if constexpr (std::is_arithmetic_v<T> && std::is_arithmetic_v<std::remove_cvref_t<U>>) {
    return static_cast<T>(value);
  } else {
    return std::forward<U>(value);
  }
}

}  // namespace tree_detail
}  // namespace copse
