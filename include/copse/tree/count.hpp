// How many fields an aggregate has, found by trying to initialise it, and what makes that impossible.
#pragma once

#include <cstddef>
#include <exception>
#include <type_traits>
#include <utility>

#include "copse/tree/arms.hpp"

namespace copse::reflect {

/// Base of everything that counting fields converts to anything. A wrapper with a converting constructor
/// refuses what derives from it.
struct ProbeBase {};

namespace detail {

// None of these conversions is ever called; they have bodies because compilers ask for them in classes
// without linkage.

/// Stands for the value of any field, but not of the whole class (a one-field class must not be copied).
template <class Owner>
struct Probe : ProbeBase {
  template <class Field>
    requires(!std::is_same_v<Field, Owner>)
  operator Field() const noexcept {
    std::terminate();
  }
};

/// Stands for a base class without data.
template <class Owner>
struct EmptyBaseProbe : ProbeBase {
  template <class Base>
    requires(std::is_base_of_v<Base, Owner> && !std::is_same_v<Base, Owner> && std::is_empty_v<Base>)
  operator Base() const noexcept {
    std::terminate();
  }
};

/// Stands for a base class with data.
template <class Owner>
struct FullBaseProbe : ProbeBase {
  template <class Base>
    requires(std::is_base_of_v<Base, Owner> && !std::is_same_v<Base, Owner> && !std::is_empty_v<Base>)
  operator Base() const noexcept {
    std::terminate();
  }
};

template <class T, std::size_t>
using probe_t = Probe<T>;

template <class T, std::size_t... I>
consteval bool takes(std::index_sequence<I...>) {
  return requires { T{probe_t<T, I>{}...}; };
}

template <class T, std::size_t N>
inline constexpr bool takes_n = takes<T>(std::make_index_sequence<N>{});

// T{probe x N, {}}: one more member exists, but the probe could not stand for it.
template <class T, std::size_t... I>
consteval bool takes_and_blank(std::index_sequence<I...>) {
  return requires { T{probe_t<T, I>{}..., {}}; };
}

template <class T, std::size_t... I, std::size_t... J>
consteval bool takes_pair_at(std::index_sequence<I...>, std::index_sequence<J...>) {
  return requires { T{probe_t<T, I>{}..., {Probe<T>{}, Probe<T>{}}, probe_t<T, J>{}...}; };
}

// Two probes in braces fit member I, but then not as many members follow as were counted: a C array, which
// takes several probes when they are not in braces of their own.
template <class T, std::size_t N, std::size_t I>
consteval bool array_at() {
  using Before = std::make_index_sequence<I>;
  return takes_pair_at<T>(Before{}, std::index_sequence<>{}) &&
         !takes_pair_at<T>(Before{}, std::make_index_sequence<N - I - 1>{});
}

// As many probes in braces of their own as were counted without: no C array. This one check is enough for
// most classes; it fails as well where a member can be made from a probe in two ways.
template <class T, std::size_t... I>
consteval bool takes_each_in_braces(std::index_sequence<I...>) {
  return requires { T{{probe_t<T, I>{}}...}; };
}

template <class T, std::size_t N, std::size_t... I>
consteval bool has_c_array(std::index_sequence<I...> all) {
  if constexpr (takes_each_in_braces<T>(all)) {
    return false;
  } else {
    return (array_at<T, N, I>() || ...);
  }
}

// The smallest count that is accepted: more than none only if some member has no default.
template <class T, std::size_t N = 0>
consteval std::size_t fewest() {
  if constexpr (takes_n<T, N>) {
    return N;
  } else if constexpr (N <= max_fields) {
    return fewest<T, N + 1>();
  } else {
    return N;
  }
}

// The largest count accepted in [Low, High); Low is accepted, High is not.
template <class T, std::size_t Low, std::size_t High>
consteval std::size_t most() {
  if constexpr (High - Low <= 1) {
    return Low;
  } else if constexpr (takes_n<T, (Low + High) / 2>) {
    return most<T, (Low + High) / 2, High>();
  } else {
    return most<T, Low, (Low + High) / 2>();
  }
}

// Grows the bound before halving, since most classes are small.
template <class T, std::size_t Low, std::size_t Step>
consteval std::size_t search() {
  if constexpr (Low + Step > max_fields + 1) {
    return most<T, Low, max_fields + 2>();
  } else if constexpr (takes_n<T, Low + Step>) {
    return search<T, Low + Step, Step * 2>();
  } else {
    return most<T, Low, Low + Step>();
  }
}

template <class T, std::size_t Bases>
consteval std::size_t empty_bases() {
  if constexpr (Bases == 0 && requires { T{EmptyBaseProbe<T>{}}; }) {
    if constexpr (requires { T{EmptyBaseProbe<T>{}, EmptyBaseProbe<T>{}}; }) {
      static_assert(
          !requires {
            T{EmptyBaseProbe<T>{}, EmptyBaseProbe<T>{}, EmptyBaseProbe<T>{}};
          },
          "copse: a struct in a tree has at most two (empty) bases; list its members in a static fields()");
      return 2;
    }
    return 1;
  } else {
    return 0;
  }
}

template <class T>
consteval std::size_t count_fields() {
  static_assert(
      !requires { T{FullBaseProbe<T>{}}; },
      "copse: a struct in a tree has a base class with data; make it a member, or list all members in a "
      "static fields()");
  constexpr std::size_t first = fewest<T>();
  static_assert(first <= max_fields,
                "copse: a struct in a tree cannot be opened: more than 64 fields, or a member that nothing "
                "initialises; "
                "group the fields in structs, or list them in a static fields()");
  constexpr std::size_t flat = search<T, first, 1>();
  static_assert(
      flat <= max_fields,
      "copse: a struct in a tree has more than 64 fields; group them in structs, or list them in a static "
      "fields()");
  static_assert(
      flat > max_fields || !takes_and_blank<T>(std::make_index_sequence<flat>{}),
      "copse: a member of a struct in a tree has a constructor that takes anything, so fields cannot be "
      "counted; constrain that constructor or make it explicit");
  static_assert(flat > max_fields || !has_c_array<T, flat>(std::make_index_sequence<flat>{}),
                "copse: a struct in a tree has a C array; use std::array");
  return flat - empty_bases<T, 0>();
}

}  // namespace detail
}  // namespace copse::reflect
