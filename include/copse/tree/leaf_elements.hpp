// What LeafTraits of arrays of numbers have in common: comparing, hashing and naming their elements.
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>

#include "copse/tree/value.hpp"

namespace copse::tree_detail {

// As leaves, a nan is equal to itself, and zeros are equal whatever their sign.
template <class Scalar>
bool equal_elements(const Scalar* a, const Scalar* b, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (!(a[i] == b[i]) && !(a[i] != a[i] && b[i] != b[i])) return false;
  }
  return true;
}

template <class Scalar>
bool close_elements(const Scalar* a, const Scalar* b, std::size_t count, double rtol, double atol) {
  for (std::size_t i = 0; i < count; ++i) {
    if constexpr (std::is_floating_point_v<Scalar>) {
      if (!close_numbers(a[i], b[i], rtol, atol)) return false;
    } else if constexpr (std::is_arithmetic_v<Scalar>) {
      if (a[i] != b[i]) return false;
    } else {  // a complex number
      if (!close_numbers(a[i].real(), b[i].real(), rtol, atol)) return false;
      if (!close_numbers(a[i].imag(), b[i].imag(), rtol, atol)) return false;
    }
  }
  return true;
}

template <class Scalar>
std::size_t hash_elements(const Scalar* values, std::size_t count) {
  std::size_t hash = count;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& value = values[i];
    if constexpr (std::is_arithmetic_v<Scalar>) {
      hash = mix(hash, value_hash(value == Scalar(0) ? Scalar(0) : value));
    } else {
      hash = mix(hash, value.real() == 0 ? 0 : value_hash(value.real()));  // of a complex number half will do
    }
  }
  return hash;
}

template <class Scalar>
std::string element_name() {
  if constexpr (std::is_arithmetic_v<Scalar>) {
    return arithmetic_name<Scalar>();
  } else {
    return "complex" + std::to_string(8 * sizeof(Scalar));
  }
}

}  // namespace copse::tree_detail
