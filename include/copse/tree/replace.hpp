// Changing one place of a tree: by a path of members, checked by the compiler, or by name, checked when it
// runs.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "copse/core/error.hpp"
#include "copse/tree/path.hpp"

namespace copse {

namespace tree_detail {

// Whether a place takes a value; a pointer is not taken for a bool, nor an enumeration for a number.
template <class T, class V>
consteval bool takes_value() {
  using Value = std::remove_cvref_t<V>;
  if constexpr (std::same_as<Value, Nothing>) {
    return is_field<T> || (Leaf<T> && leaf_ops<T>::has_nothing) || std::is_assignable_v<T&, Nothing>;
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

template <class Member>
struct OwnerOf;
template <class Owner, class Member>
struct OwnerOf<Member Owner::*> {
  using type = Owner;
};

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

// The first step of a path, and the rest; false if the path is malformed.
inline bool split_path(std::string_view path, std::string& step, std::string_view& rest) {
  step.clear();
  if (path.starts_with("[\"")) {
    std::size_t i = 2;
    for (; i < path.size() && path[i] != '"'; ++i) {
      if (path[i] == '\\' && i + 1 < path.size()) ++i;
      step += path[i];
    }
    if (path.substr(i, 2) != "\"]") return false;
    rest = path.substr(i + 2);
    if (rest.starts_with('.')) rest.remove_prefix(1);
    return true;
  }
  auto end = path.find_first_of(".[");
  step = path.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : path.substr(path[end] == '.' ? end + 1 : end);
  return !step.empty() && !(end != std::string_view::npos && path[end] == '.' && rest.empty());
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
      return value >= -9.2e18 && value <= 9.2e18 && static_cast<V>(static_cast<T>(value)) == value;
    } else {
      return static_cast<V>(static_cast<T>(value)) == value && (static_cast<T>(value) < T{}) == (value < V{});
    }
  } else {
    return true;
  }
}

// Behind a type-erased tree only leaves can be assigned, and made Nothing.
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
      if constexpr (takes_value<T, V>()) {
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
    if constexpr (std::same_as<V, L> || std::same_as<V, Nothing>) {
      return target.assign(*this, rest, link);
    } else if constexpr (std::convertible_to<const V&, L>) {
      NamedAssignment<L> inner{path, wrap<L>(value)};
      bool done = target.assign(inner, rest, link);
      if (inner.reached > reached) {
        reached = inner.reached;
        known = inner.known;
        problem = inner.problem;
      }
      return done;
    } else {
      return false;
    }
  }
};

// The value that did not fit, if it is short.
template <class V>
std::string given_text(const V& value) {
  if constexpr (std::convertible_to<const V&, std::string_view>) {
    return " " + in_quotes(value);
  } else if constexpr (std::is_arithmetic_v<V>) {
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
