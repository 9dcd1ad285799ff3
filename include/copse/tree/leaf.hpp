// What a leaf of a tree is: a type for which LeafTraits is specialised.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>

#include "copse/tree/type_name.hpp"

namespace copse {

/// A leaf that has been filtered out, and the value that makes one so: `tree.replace<&Net::bias>(Nothing{})`.
struct Nothing {
  friend constexpr bool operator==(Nothing, Nothing) { return true; }
};

/// Makes a type a leaf. A specialisation needs `static constexpr bool leaf = true;` and has any of these
/// static members:
///
/// - `bool is_nothing(const T&)` and `void make_nothing(T&)`, together: the type can be Nothing by itself
/// - `bool equal(const T&, const T&)`, else `==`
/// - `bool close(const T&, const T&, double rtol, double atol)`, for all_close, else equal
/// - `std::size_t hash(const T&)`, else std::hash, else the same for all values
/// - `std::string dtype(const T&)`, else the type's name, `float32` for a float
/// - `std::string shape(const T&)`, like "(2, 3)", else "()"
/// - `std::size_t bytes(const T&)`, else sizeof
/// - `std::string text(const T&)`: what to_string prints, else made of the above
///
/// Being a leaf wins over being a container or a struct.
template <class T>
struct LeafTraits {
  static constexpr bool leaf = false;
};

/// A type that is a leaf wherever it stands.
template <class T>
concept Leaf = static_cast<bool>(LeafTraits<T>::leaf);

namespace tree_detail {

template <class T>
bool value_equal(const T& a, const T& b);
template <class T>
std::size_t value_hash(const T& value);
template <class T>
std::string value_text(const T& value);

// |a - b| <= atol + rtol * |b|; an infinity is close to itself, a nan to nothing.
template <std::floating_point T>
bool close_numbers(T a, T b, double rtol, double atol) {
  if (a == b) return true;
  const double x = static_cast<double>(a), y = static_cast<double>(b), infinity = HUGE_VAL;
  const double size = y < 0 ? -y : y, distance = x < y ? y - x : x - y;
  return distance < infinity && distance <= atol + rtol * size;
}

template <class T>
constexpr const char* arithmetic_name() {
  if constexpr (std::same_as<T, bool>) {
    return "bool";
  } else if constexpr (std::floating_point<T>) {
    return sizeof(T) == 4 ? "float32" : sizeof(T) == 8 ? "float64" : "float128";
  } else if constexpr (std::signed_integral<T>) {
    return sizeof(T) == 1 ? "int8" : sizeof(T) == 2 ? "int16" : sizeof(T) == 4 ? "int32" : "int64";
  } else {
    return sizeof(T) == 1 ? "uint8" : sizeof(T) == 2 ? "uint16" : sizeof(T) == 4 ? "uint32" : "uint64";
  }
}

}  // namespace tree_detail

/// The operations of LeafTraits, with defaults for what a specialisation leaves out.
template <class T>
struct leaf_ops {
  using Traits = LeafTraits<T>;

  /// Whether a value can be Nothing without a flag beside it.
  static constexpr bool has_nothing = requires(const T& value, T& target) {
    Traits::is_nothing(value);
    Traits::make_nothing(target);
  };

  /// Whether it is compared, hashed and printed like a static value: a number, or what only a field makes a
  /// leaf.
  static constexpr bool plain = !Leaf<T> || std::is_arithmetic_v<T>;

  static bool is_nothing([[maybe_unused]] const T& value) {
    if constexpr (has_nothing) {
      return Traits::is_nothing(value);
    } else {
      return false;
    }
  }

  static bool equal(const T& a, const T& b) {
    if constexpr (requires { Traits::equal(a, b); }) {
      return Traits::equal(a, b);
    } else if constexpr (std::floating_point<T>) {
      return a == b || (a != a && b != b);
    } else if constexpr (plain) {
      return tree_detail::value_equal(a, b);
    } else {
      static_assert(std::equality_comparable<T>, "copse: a leaf needs operator== or LeafTraits<T>::equal");
      return a == b;
    }
  }

  static std::size_t hash([[maybe_unused]] const T& value) {
    if constexpr (requires { Traits::hash(value); }) {
      return Traits::hash(value);
    } else if constexpr (std::floating_point<T>) {
      return tree_detail::value_hash(value == 0 ? T(0) : value);
    } else if constexpr (plain) {
      return tree_detail::value_hash(value);
    } else if constexpr (requires { std::hash<T>{}(value); }) {
      return std::hash<T>{}(value);
    } else {
      return 0;
    }
  }

  static std::string dtype([[maybe_unused]] const T& value) {
    if constexpr (requires { Traits::dtype(value); }) {
      return Traits::dtype(value);
    } else if constexpr (std::is_arithmetic_v<T>) {
      return tree_detail::arithmetic_name<T>();
    } else {
      return std::string(reflect::type_name<T>());
    }
  }

  static std::string shape([[maybe_unused]] const T& value) {
    if constexpr (requires { Traits::shape(value); }) {
      return Traits::shape(value);
    } else {
      return "()";
    }
  }

  static std::size_t bytes([[maybe_unused]] const T& value) {
    if constexpr (requires { Traits::bytes(value); }) {
      return Traits::bytes(value);
    } else {
      return sizeof(T);
    }
  }

  static std::string text(const T& value) {
    if constexpr (requires { Traits::text(value); }) {
      return Traits::text(value);
    } else if constexpr (plain) {
      return tree_detail::value_text(value);
    } else {
      return std::string(reflect::type_name<T>()) + "(" + shape(value) + ", " + dtype(value) + ")";
    }
  }
};

/// Whether a leaf is Nothing.
template <Leaf T>
bool is_nothing(const T& leaf) {
  return leaf_ops<T>::is_nothing(leaf);
}

}  // namespace copse
