// Random keys: JAX's, bit for bit.
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>

#include "copse/core/array.hpp"

namespace copse {

/// The seed of random numbers: two 32-bit words. The same key always gives the same numbers, so use each
/// once; make new ones with `random::split` and `random::fold_in`. As `random::split` returns them, several
/// keys are one Key with leading dimensions, for `vmap` to map over.
struct Key {
  Array data;  ///< uint32[..., 2]

  /// One of several keys; negative indices count from the end.
  Key operator[](std::int64_t index) const;
};

/// `Key(0, 7)`; several keys as an array.
std::ostream& operator<<(std::ostream& out, const Key& key);

namespace random {

/// The key of a seed, of which the low 32 bits count.
Key key(std::int64_t seed);
/// The same for an integer array of one element, which may be unknown yet.
Key key(const Array& seed);

/// `n` new keys, independent of each other: data of shape (n, 2). Throws ValueError if n is negative.
Key split(const Key& key, std::int64_t n = 2);

/// The same to bind: `auto [a, b] = split<2>(key);`
template <std::size_t N>
std::array<Key, N> split(const Key& key) {
  const Key all = split(key, static_cast<std::int64_t>(N));
  std::array<Key, N> keys;
  for (std::size_t i = 0; i < N; ++i) keys[i] = all[static_cast<std::int64_t>(i)];
  return keys;
}

/// A new key from a key and an integer (of which the low 32 bits count), such as a step.
Key fold_in(const Key& key, std::int64_t data);
/// The same for an integer array of one element, which may be unknown yet.
Key fold_in(const Key& key, const Array& data);

}  // namespace random
}  // namespace copse
