// Elements as unsigned integers in the same order, so that one way of sorting serves all dtypes.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "copse/core/dtype.hpp"

namespace copse::sorting {

template <class T>
using Key = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

/// nan is the largest, -0 equals 0 if `zeros_equal`.
template <class T>
Key<T> key_of(T x, bool zeros_equal) {
  using K = Key<T>;
  if constexpr (std::is_same_v<T, bfloat16>) {
    return key_of(static_cast<float>(x), zeros_equal);
  } else if constexpr (std::is_floating_point_v<T>) {
    if (x != x) return std::numeric_limits<K>::max();
    if (zeros_equal && x == 0) x = 0;
    const K bits = std::bit_cast<K>(x), sign = K{1} << (sizeof(K) * 8 - 1);
    return bits & sign ? ~bits : bits | sign;
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<K>(x) ^ (K{1} << (sizeof(K) * 8 - 1));
  } else {
    return static_cast<K>(x);
  }
}

/// The element back; a nan comes back as the one of the quiet kind.
template <class T>
T element_of(Key<T> key) {
  using K = Key<T>;
  constexpr K sign = K{1} << (sizeof(K) * 8 - 1);
  if constexpr (std::is_same_v<T, bfloat16>) {
    return bfloat16(element_of<float>(key));
  } else if constexpr (std::is_floating_point_v<T>) {
    if (key == std::numeric_limits<K>::max()) return std::numeric_limits<T>::quiet_NaN();
    return std::bit_cast<T>(key & sign ? static_cast<K>(key ^ sign) : static_cast<K>(~key));
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<T>(key ^ sign);
  } else {
    return static_cast<T>(key);
  }
}

}  // namespace copse::sorting
