// Flags of modules set in a whole tree, and parameters frozen below one member.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <type_traits>

#include "copse/tree/contains.hpp"
#include "copse/tree/filter.hpp"

namespace copse {

/// What a module keeps beside its struct: part of its structure, like any static member.
struct ModuleExtra {
  bool training = true;      ///< Whether layers behave as in training.
  bool initialized = false;  ///< Whether `init` has run.
};

namespace nn_detail {

template <class Extra>
concept ModuleFlags = requires(Extra& extra) {
  { extra.training } -> std::same_as<bool&>;
  { extra.initialized } -> std::same_as<bool&>;
};

template <class T>
struct IsModule : std::false_type {};
template <class T>
  requires(tree_detail::form<T> == tree_detail::Form::handle)
struct IsModule<T> : std::bool_constant<ModuleFlags<typename T::extra_type>> {};

// Whether there is a module somewhere in T; nothing else needs to be looked through for flags.
template <class T>
consteval bool contains_module() {
  return tree_detail::contains<IsModule, T>();
}

// Calls set(extra) for every module in a tree.
template <class T, class Set>
void set_flags(T& value, const Set& set) {
  if constexpr (contains_module<T>()) {
    if constexpr (tree_detail::form<T> == tree_detail::Form::handle) {
      if constexpr (ModuleFlags<typename T::extra_type>) set(tree_detail::HandleAccess::extra(value));
      if constexpr (contains_module<typename T::value_type>())
        set_flags(tree_detail::HandleAccess::edit(value), set);
    } else {
      tree_detail::each_part(value, [&](auto& part, auto) { set_flags(part, set); });
    }
  }
}

template <auto... Path, class T, class F>
void edit_at(T& target, const F& f);

template <auto First, auto... Rest, class T, class F>
void edit_below(T& target, const F& f) {
  using tree_detail::Form;
  constexpr Form kind = tree_detail::form<T>;
  if constexpr (requires { target.*First; }) {
    edit_at<Rest...>(target.*First, f);
  } else if constexpr (kind == Form::handle) {
    edit_at<First, Rest...>(tree_detail::HandleAccess::edit(target), f);
  } else if constexpr (kind == Form::field || kind == Form::wrapped) {
    edit_at<First, Rest...>(target.get(), f);
  } else if constexpr (kind == Form::optional) {
    if (target) edit_at<First, Rest...>(*target, f);
  } else if constexpr (std::integral<decltype(First)> && kind == Form::sequence) {
    edit_at<Rest...>(target.at(static_cast<std::size_t>(First)), f);
  } else if constexpr (std::integral<decltype(First)> && kind == Form::tuple) {
    edit_at<Rest...>(std::get<static_cast<std::size_t>(First)>(target), f);
  } else {
    static_assert(
        requires { target.*First; },
        "copse: freeze: a step of the path is no member of what the steps before it lead to");
  }
}

// Calls f(member) at the end of a path of members and indices, through handles and fields.
template <auto... Path, class T, class F>
void edit_at(T& target, const F& f) {
  if constexpr (sizeof...(Path) == 0) {
    f(target);
  } else {
    edit_below<Path...>(target, f);
  }
}

}  // namespace nn_detail
}  // namespace copse
