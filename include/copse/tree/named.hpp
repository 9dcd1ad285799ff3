// Changing one place of a tree by name, checked when it runs: the search for the place, and the message if
// there is none.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "copse/core/error.hpp"
#include "copse/tree/path.hpp"

namespace copse::tree_detail {

// Whether a place takes a value; a pointer is not taken for a bool, nor an enumeration for a number.
template <class T, class V>
consteval bool takes_value() {
  using Value = std::remove_cvref_t<V>;
  if constexpr (std::same_as<Value, Nothing>) {
    return is_field<T> || (Leaf<T> && leaf_ops<T>::has_nothing) || std::is_assignable_v<T&, Nothing>;
  } else if constexpr (StandsForBool<T>) {
    return std::same_as<Value, bool> || std::same_as<Value, T>;
  } else if constexpr (std::is_arithmetic_v<T>) {
    return std::is_arithmetic_v<Value> || (std::is_class_v<Value> && std::is_convertible_v<V, T>);
  } else if constexpr (std::is_arithmetic_v<Value>) {
    return std::is_convertible_v<V, T> &&
           std::is_assignable_v<T&, V>;  // a std::string is assignable from a float
  } else {
    return std::is_assignable_v<T&, V>;
  }
}

template <class T, class V>
void assign_value(T& target, V&& value) {
  using Value = std::remove_cvref_t<V>;
  if constexpr (std::same_as<Value, Nothing> && Leaf<T> && leaf_ops<T>::has_nothing) {
    LeafTraits<T>::make_nothing(target);
  } else if constexpr (std::is_arithmetic_v<T> && std::is_arithmetic_v<Value>) {
    target = static_cast<T>(value);
  } else {
    target = std::forward<V>(value);
  }
}

// What a place is, for the message that there is no such path.
template <class T>
[[gnu::cold, gnu::noinline]] std::string describe(const T& value) {
  constexpr Form kind = form<T>;
  if constexpr (kind == Form::handle) {
    return describe(HandleAccess::read(value));
  } else if constexpr (kind == Form::record) {
    std::string out = with_article(reflect::type_name<T>()), separator = " with the members ";
    for (auto name : reflect::names<T>()) out += std::exchange(separator, ", ") + std::string(name);
    return out;
  } else if constexpr (kind == Form::sequence) {
    return "a sequence of " + std::to_string(value.size());
  } else if constexpr (kind == Form::map || kind == Form::unordered) {
    std::string out = "a map", separator = " with the keys ";
    each_part(value,
              [&](const auto&, auto step) { out += std::exchange(separator, ", ") + value_text(*step.key); });
    return out;
  } else if constexpr (kind == Form::tuple) {
    return "a tuple of " + std::to_string(std::tuple_size_v<T>);
  } else if constexpr (kind == Form::optional || kind == Form::shared) {
    std::string out = "none";
    each_part(value, [&](const auto& part, auto) { out = describe(part); });
    return out;
  } else if constexpr (kind == Form::erased) {
    return value.empty() ? "none" : value.describe();
  } else if constexpr (kind == Form::field || kind == Form::wrapped) {
    return with_article(plain_name<typename T::value_type>());
  } else {
    return with_article(plain_name<T>());
  }
}

// An integer keeps its value, whatever type it comes in.
template <class T, class V>
bool keeps_value([[maybe_unused]] const V& value) {
  if constexpr (std::is_arithmetic_v<T> && std::is_arithmetic_v<V> && std::integral<T>) {
    if constexpr (std::floating_point<V>) {
      return value >= V{-9.2e18} && value <= V{9.2e18} && static_cast<V>(static_cast<T>(value)) == value;
    } else {
      return static_cast<V>(static_cast<T>(value)) == value && (static_cast<T>(value) < T{}) == (value < V{});
    }
  } else {
    return true;
  }
}

// What can be assigned to a static place in an AnyTree, where the type of neither is known to the other.
using Scalar = std::variant<bool, std::int64_t, double, std::string>;

template <class V>
inline constexpr bool is_scalar_like =
    std::is_arithmetic_v<V> || std::is_convertible_v<const V&, std::string_view>;

template <class V>
Scalar as_scalar(const V& value) {
  if constexpr (std::same_as<V, bool>) {
    return value;
  } else if constexpr (std::integral<V>) {
    if (std::in_range<std::int64_t>(value)) return static_cast<std::int64_t>(value);
    return static_cast<double>(value);
  } else if constexpr (std::floating_point<V>) {
    return static_cast<double>(value);
  } else {
    return std::string(std::string_view(value));
  }
}

// Puts a scalar in a static place, if it fits.
template <class T>
bool assign_scalar([[maybe_unused]] T& target, const Scalar& scalar) {
  if constexpr (is_node<T>) {
    return false;
  } else {
    return std::visit(
        [&]<class S>(const S& value) {
          if constexpr (takes_value<T, S>()) {
            if (keeps_value<T>(value)) {
              assign_value(target, value);
              return true;
            }
          }
          return false;
        },
        scalar);
  }
}

// Behind a type-erased tree leaves can be assigned and made Nothing, and numbers and texts.
template <class V>
struct NamedAssignment {
  std::string_view path;
  V value;
  std::size_t reached = 0;  // how much of the path exists; the message is about its end
  std::string known = {};
  std::string problem = {};

  template <class T>
  [[gnu::noinline]] void note(const T& at, const PathLink* link, std::string_view rest) {
    std::size_t consumed = path.size() - rest.size();
    if (!problem.empty() && consumed <= reached) return;
    reached = consumed;
    known = path_text(link);
    problem = describe(at);
  }

  template <class T>
  [[gnu::noinline]] bool assign(T& target, std::string_view rest, const PathLink* link) {
    if constexpr (form<T> == Form::erased) {
      if (assign_erased(target, rest, link)) return true;
    }
    if (rest.empty()) {
      if constexpr (std::same_as<V, Scalar>) {
        if (assign_scalar(target, value)) return true;
      } else if constexpr (takes_value<T, V>()) {
        if (keeps_value<T>(value)) {
          assign_value(target, std::move(value));
          return true;
        }
      }
    }
    note(target, link, rest);
    std::string step;
    std::string_view after;
    bool well_formed = rest.empty() || split_path(rest, step, after);
    bool done = false;
    if (!well_formed) return false;
    each_part(target, [&](auto& part, auto place) {
      if (done) return;
      if constexpr (std::same_as<decltype(place), Through>) {
        done = assign(part, rest, link);
      } else if (!rest.empty()) {
        done = with_link(place, link, member_names<T>(), [&](const PathLink* at) {
          bool here =
              at->sort == PathLink::Sort::index ? std::to_string(at->index) == step : at->name == step;
          return here && assign(part, after, at);
        });
      }
    });
    return done;
  }

  template <class T>
  bool assign_erased(T& target, std::string_view rest, const PathLink* link) {
    using L = typename T::erased_leaf_type;
    if constexpr (std::same_as<V, L> || std::same_as<V, Nothing> || std::same_as<V, Scalar>) {
      return target.assign(*this, rest, link);
    } else {
      if constexpr (std::convertible_to<const V&, L>) {
        if (assign_as<L>(target, wrap<L>(value), rest, link)) return true;
      }
      if constexpr (is_scalar_like<V>) {
        if (assign_as<Scalar>(target, as_scalar(value), rest, link)) return true;
      } else if constexpr (!std::convertible_to<const V&, L>) {
        note(target, link, rest);
        problem += ", an AnyTree, in which only leaves, numbers and strings are replaced by name";
      }
      return false;
    }
  }

  template <class W, class T>
  bool assign_as(T& target, W other, std::string_view rest, const PathLink* link) {
    NamedAssignment<W> inner{path, std::move(other)};
    bool done = target.assign(inner, rest, link);
    if (inner.reached > reached) {
      reached = inner.reached;
      known = inner.known;
      problem = inner.problem;
    }
    return done;
  }
};

// The value that did not fit, if it is short.
template <class V>
std::string given_text(const V& value) {
  if constexpr (std::convertible_to<const V&, std::string_view> || std::is_arithmetic_v<V>) {
    return " " + value_text(value);
  } else {
    return {};
  }
}

template <class T, class V>
void assign_named(T& target, std::string_view path, V value) {
  NamedAssignment<V> assignment{path, std::move(value)};
  if (!path.empty() && assignment.assign(target, path, nullptr)) return;
  std::string name = assignment.known.empty() ? "the root" : in_quotes(assignment.known);
  if (!path.empty() && assignment.reached == path.size()) {
    throw TreeError("replace: " + name + " is " + assignment.problem + ", which does not take the " +
                    std::string(plain_name<V>()) + given_text(assignment.value));
  }
  if (path.empty()) throw TreeError("replace: the path is empty");
  throw TreeError("replace: there is no " + in_quotes(path) + ": " + name + " is " + assignment.problem);
}

}  // namespace copse::tree_detail
