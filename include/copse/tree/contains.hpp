// Whether a type has a part of a sort somewhere inside, so that walks leave out what has none.
#pragma once

#include <concepts>

#include "copse/tree/form.hpp"

namespace copse::tree_detail {

/// Whether `Is<U>::value` holds for T or for a type that trees of type T can have inside: members, elements,
/// what handles hold. Leaves and static data are not looked into.
template <template <class> class Is, class T, class... Outer>
consteval bool contains();

template <template <class> class Is, class... Outer, class... Ts>
consteval bool any_contains(reflect::Types<Ts...>) {
  return (contains<Is, Ts, Outer...>() || ...);
}

template <template <class> class Is, class T, class... Outer>
consteval bool contains() {
  constexpr auto kind = form<T>;
  if constexpr (kind == Form::leaf || kind == Form::opaque || kind == Form::wrapped) {
    return false;
  } else if constexpr (Is<T>::value) {
    return true;
  } else if constexpr ((std::same_as<T, Outer> || ...)) {
    return false;
  } else {
    return any_contains<Is, T, Outer...>(Parts<T>{});
  }
}

}  // namespace copse::tree_detail
