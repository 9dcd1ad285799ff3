// Changing one place of a tree: by a path of members, checked by the compiler, or by name (see named.hpp).
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "copse/core/error.hpp"
#include "copse/tree/named.hpp"

namespace copse {

namespace tree_detail {

template <class Member>
struct OwnerOf;
template <class Owner, class Member>
struct OwnerOf<Member Owner::*> {
  using type = Owner;
};

// Whether a step of a path can be taken from a T, if it holds what it may hold.
template <auto First, class T>
consteval bool leads_from() {
  constexpr Form kind = form<T>;
  if constexpr (requires(T& target) { target.*First; }) {
    return true;
  } else if constexpr (kind == Form::erased) {
    return std::is_member_pointer_v<decltype(First)>;
  } else if constexpr (kind == Form::sequence || kind == Form::tuple) {
    return std::integral<decltype(First)>;
  } else if constexpr (kind == Form::handle || kind == Form::field || kind == Form::wrapped) {
    return leads_from<First, typename T::value_type>();
  } else if constexpr (kind == Form::optional || kind == Form::variant || kind == Form::shared) {
    return []<class... Ts>(reflect::Types<Ts...>) {
      return (leads_from<First, std::remove_const_t<Ts>>() || ...);
    }(Parts<T>{});
  } else {
    return false;
  }
}

template <auto First, auto... Rest, class T, class V>
void assign_below(T& target, V&& value) {
  constexpr Form kind = form<T>;
  if constexpr (requires { target.*First; }) {
    assign_member<Rest...>(target.*First, std::forward<V>(value));
  } else if constexpr (kind == Form::handle) {
    assign_member<First, Rest...>(HandleAccess::edit(target), std::forward<V>(value));
  } else if constexpr (kind == Form::erased) {
    using Owner = typename OwnerOf<decltype(First)>::type;
    assign_member<First, Rest...>(target.template get<Owner>(), std::forward<V>(value));
  } else if constexpr (kind == Form::field || kind == Form::wrapped) {
    assign_member<First, Rest...>(target.get(), std::forward<V>(value));
  } else if constexpr (kind == Form::optional) {
    if (!target) throw TreeError("replace: the path leads through an optional without a value");
    assign_member<First, Rest...>(*target, std::forward<V>(value));
  } else if constexpr (kind == Form::variant && leads_from<First, T>()) {
    std::visit(
        [&]<class Held>(Held& held) {
          if constexpr (leads_from<First, Held>()) {
            assign_member<First, Rest...>(held, std::forward<V>(value));
          } else {
            throw TreeError("replace: the path leads through a variant that holds " +
                            with_article(plain_name<Held>()) + ", which does not have the member");
          }
        },
        target);
  } else if constexpr (kind == Form::shared) {
    if (!target) throw TreeError("replace: the path leads through a null std::shared_ptr");
    auto copy = std::make_shared<std::remove_const_t<typename T::element_type>>(*target);
    assign_member<First, Rest...>(*copy, std::forward<V>(value));
    target = std::move(copy);
  } else if constexpr (std::integral<decltype(First)> && kind == Form::sequence) {
    if (static_cast<std::size_t>(First) >= target.size()) {
      throw TreeError("replace: index " + std::to_string(First) + " of a sequence with " +
                      std::to_string(target.size()) + " elements");
    }
    assign_member<Rest...>(target[static_cast<std::size_t>(First)], std::forward<V>(value));
  } else if constexpr (std::integral<decltype(First)> && kind == Form::tuple) {
    assign_member<Rest...>(std::get<static_cast<std::size_t>(First)>(target), std::forward<V>(value));
  } else {
    static_assert(
        requires { target.*First; },
        "copse: replace: a step of the path is no member of what the steps before it lead to");
  }
}

template <auto... Path, class T, class V>
void assign_member(T& target, V&& value) {
  if constexpr (sizeof...(Path) == 0) {
    static_assert(takes_value<T, V>(),
                  "copse: replace: a value of this type cannot be assigned to that member");
    assign_value(target, std::forward<V>(value));
  } else {
    assign_below<Path...>(target, std::forward<V>(value));
  }
}

}  // namespace tree_detail

/// A new tree with one member changed: `replace<&Net::encoder, &Linear::bias>(tree, b)`.
template <auto First, auto... Rest, class T, class V>
[[nodiscard("a tree is immutable: replace returns a new one")]] auto replace(T&& tree, V&& value) {
  std::remove_cvref_t<T> out = std::forward<T>(tree);
  tree_detail::assign_member<First, Rest...>(out, std::forward<V>(value));
  return out;
}

/// The same by name, checked at run time: `replace(tree, "encoder.bias", b)`.
template <class T, class V>
[[nodiscard("a tree is immutable: replace returns a new one")]] auto replace(T&& tree, std::string_view path,
                                                                             V&& value) {
  std::remove_cvref_t<T> out = std::forward<T>(tree);
  tree_detail::assign_named(out, path, std::forward<V>(value));
  return out;
}

}  // namespace copse
