// fmt prints arrays, shapes and dtypes: `fmt::print("{}\n", x)`. Needs fmt, which core/array.hpp does not
// include.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "copse/core/array.hpp"

/// An array is printed as by `to_string`, as NumPy does.
template <>
struct fmt::formatter<copse::Array> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const copse::Array& x, Context& context) const {
    return fmt::formatter<std::string_view>::format(copse::to_string(x), context);
  }
};
/// `(2, 3)`.
template <>
struct fmt::formatter<copse::Shape> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const copse::Shape& shape, Context& context) const {
    return fmt::formatter<std::string_view>::format(copse::to_string(shape), context);
  }
};
/// `float32`.
template <>
struct fmt::formatter<copse::DType> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(copse::DType dtype, Context& context) const {
    return fmt::formatter<std::string_view>::format(copse::name_of(dtype), context);
  }
};
/// `float32(2, 3)`.
template <>
struct fmt::formatter<copse::ShapeDtype> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const copse::ShapeDtype& type, Context& context) const {
    return fmt::formatter<std::string_view>::format(copse::to_string(type), context);
  }
};
