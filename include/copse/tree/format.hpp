// fmt prints trees, fields and statics: `fmt::print("{}\n", tree)`. The only header of trees that needs fmt.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "copse/tree/print.hpp"

/// A handle is printed as by `to_string`.
template <copse::tree_detail::AnyHandle H>
struct fmt::formatter<H> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const H& tree, Context& context) const {
    return fmt::formatter<std::string_view>::format(copse::to_string(tree), context);
  }
};

/// So is an AnyTree.
template <copse::tree_detail::Erased T>
struct fmt::formatter<T> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const T& tree, Context& context) const {
    return fmt::formatter<std::string_view>::format(copse::to_string(tree), context);
  }
};

/// A field is printed as its value is, and takes the same format specification.
template <class Kind, class T>
  requires fmt::is_formattable<T>::value
struct fmt::formatter<copse::Field<Kind, T>> : fmt::formatter<T> {
  template <class Context>
  auto format(const copse::Field<Kind, T>& field, Context& context) const {
    return fmt::formatter<T>::format(field.get(), context);
  }
};

/// A static is printed as its value is, and takes the same format specification.
template <class T>
  requires fmt::is_formattable<T>::value
struct fmt::formatter<copse::Static<T>> : fmt::formatter<T> {
  template <class Context>
  auto format(const copse::Static<T>& value, Context& context) const {
    return fmt::formatter<T>::format(value.get(), context);
  }
};
