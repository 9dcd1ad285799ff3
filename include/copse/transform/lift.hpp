// Between trees and the untyped engine: arguments become lists of arrays, lists become results.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/core/error.hpp"
#include "copse/core/moved.hpp"
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

/// All leaves of a tree; one that is Nothing is an array without a value.
template <class T>
flat::Arrays slots_of(const T& tree) {
  flat::Arrays arrays;
  visit_slots(tree, [&](auto slot) { arrays.push_back(slot.is_nothing() ? Array() : slot.value()); });
  return arrays;
}

/// What a tangent or cotangent must be like: the type of each leaf, none where that is Nothing.
using SlotTypes = std::vector<std::optional<ShapeDtype>>;

template <class T>
SlotTypes slot_types(const T& tree) {
  SlotTypes types;
  for (const Array& a : slots_of(tree))
    types.push_back(a.has_value() ? std::optional(a.type()) : std::nullopt);
  return types;
}

/// The leaves of a tangent or cotangent in the places of the arrays of a tree of these types; without a value
/// where it is Nothing or where no derivative passes. Bare numbers take the dtype that is wanted. Throws
/// TreeError, ShapeError or DTypeError: `what` is what the leaves are called, `where` gives the path of one.
flat::Arrays directions_like(const char* what, const SlotTypes& types, const flat::Arrays& leaves,
                             const std::function<std::string(std::size_t)>& where);

/// The path of a leaf by its number.
template <class T>
std::string path_at(const T& tree, std::size_t number) {
  const flat::Arrays slots = slots_of(tree);
  const auto before = std::count_if(slots.begin(), slots.begin() + static_cast<std::ptrdiff_t>(number),
                                    [](const Array& a) { return a.has_value(); });
  return leaves_with_path(tree)[static_cast<std::size_t>(before)].first.path;
}

/// Calls f with arguments in which the arrays are those of a list.
template <class F, class... Held>
decltype(auto) call(const F& f, const std::tuple<Held...>& held, const flat::Arrays& arrays) {
  const Array* next = arrays.data();
  std::tuple<Held...> arguments = fill(held, next);
  return std::apply(f, std::as_const(arguments));
}

/// A recorded call, and its result with places of the trace as arrays.
template <class Out>
struct RecordedCall {
  flat::Recorded recorded;
  Out result;
};

/// Records f for arguments like these, whose arrays are of the given types.
template <class F, class... H>
auto record_call(const char* name, const F& f, const std::tuple<H...>& held,
                 std::span<const ShapeDtype> types) {
  using Out = Result<std::invoke_result_t<const F&, const H&...>>;
  std::optional<Out> result;
  flat::Recorded recorded = flat::record(
      [&](const flat::Arrays& arrays) {
        result.emplace(call(f, held, arrays));
        flat::Arrays out;
        collect(*result, out);
        return out;
      },
      types, name);
  return RecordedCall<Out>{std::move(recorded), std::move(*result)};
}

/// A tree with a placeholder for each array, for what is kept: it holds nothing alive.
template <class T>
[[nodiscard]] T skeleton(T tree) {
  each_array(tree, [](auto slot) { slot.set(Array(0.0f)); });
  return tree;
}

/// The types of the arrays of a tree.
template <class T>
std::vector<ShapeDtype> types_of(const T& tree) {
  std::vector<ShapeDtype> types;
  each_array(tree, [&](auto slot) { types.push_back(slot.value().type()); });
  return types;
}

template <class F, class... Args>
using CallResult = Result<std::invoke_result_t<const F&, const Held<Args>&...>>;

template <class T>
inline constexpr bool is_pair = false;
template <class A, class B>
inline constexpr bool is_pair<std::pair<A, B>> = true;

/// Whether a result is a C++ number, or a pair or tuple that begins with one or has a floating-point one:
/// derivatives do not pass through such numbers, though they would be taken for arrays.
template <class T>
inline constexpr bool is_number_result = Scalar<std::remove_cvref_t<T>>;
template <class First, class... Rest>
inline constexpr bool is_number_result<std::tuple<First, Rest...>> =
    Scalar<std::remove_cvref_t<First>> || (std::is_floating_point_v<std::remove_cvref_t<Rest>> || ...);
template <class A, class B>
inline constexpr bool is_number_result<std::pair<A, B>> = is_number_result<std::tuple<A, B>>;

/// What a function given to a derivative returns for these arguments. Asks for it where the message is about
/// the function.
template <class F, class... Args>
using RawResult = std::remove_cvref_t<std::invoke_result_t<const F&, const Held<Args>&...>>;

}  // namespace copse::lift
