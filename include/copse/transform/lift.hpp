// Between trees and the untyped engine: arguments become lists of arrays, lists become results.
#pragma once

#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/core/error.hpp"
#include "copse/trace/flat.hpp"
#include "copse/tree.hpp"

namespace copse::lift {

/// What a transform holds for an argument: bare numbers are arrays (wrap one in Static to keep it a number).
template <class T>
using Held = std::conditional_t<Scalar<std::remove_cvref_t<T>>, Array, std::remove_cvref_t<T>>;

/// The same for results.
template <class T>
using Result = Held<T>;

/// Calls `f(array&)` for each array of a tree that has a value; other leaves are refused at compile time.
template <class Tree, class F>
void each_array(Tree& tree, F&& f) {
  visit_slots(tree, [&](auto slot) {
    static_assert(std::is_same_v<typename decltype(slot)::value_type, Array>,
                  "copse: transforms work on arrays; keep other leaves out of their arguments and results, "
                  "or hold them in a "
                  "Static");
    if (!slot.is_nothing()) f(slot);
  });
}

/// Appends the arrays of a tree.
template <class T>
void collect(const T& tree, flat::Arrays& out) {
  each_array(tree, [&](auto slot) { out.push_back(slot.value()); });
}

/// A copy of a tree with the arrays that have a value replaced by the next ones of a list.
template <class T>
[[nodiscard]] T fill(T tree, const Array*& next) {
  each_array(tree, [&](auto slot) { slot.set(*next++); });
  return tree;
}

/// The same; an array without a value makes the leaf Nothing.
template <class T>
[[nodiscard]] T fill_or_clear(T tree, const Array*& next) {
  each_array(tree, [&](auto slot) {
    if (next->has_value())
      slot.set(*next);
    else
      slot.clear();
    ++next;
  });
  return tree;
}

/// Calls f with arguments in which the arrays are those of a list.
template <class F, class... Held>
decltype(auto) call(const F& f, const std::tuple<Held...>& held, const flat::Arrays& arrays) {
  const Array* next = arrays.data();
  std::tuple<Held...> arguments = fill(held, next);
  return std::apply(f, std::as_const(arguments));
}

template <class F, class... Args>
using CallResult = Result<std::invoke_result_t<const F&, const Held<Args>&...>>;

template <class T>
inline constexpr bool is_pair = false;
template <class A, class B>
inline constexpr bool is_pair<std::pair<A, B>> = true;

}  // namespace copse::lift
