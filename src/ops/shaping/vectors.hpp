// Rows filled and reversed and small blocks transposed, by instructions that all processors with vectors
// have.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace copse::shaping {

/// So many bytes that move together, at any address.
template <std::size_t Bytes>
struct Unit {
  std::byte bytes[Bytes];
};

/// As many units as 16 bytes hold.
template <std::size_t Bytes>
struct Lanes {
  static constexpr int count = static_cast<int>(16 / Bytes);
  using Lane =
      std::conditional_t<Bytes == 1, std::uint8_t,
                         std::conditional_t<Bytes == 2, std::uint16_t,
                                            std::conditional_t<Bytes == 4, std::uint32_t, std::uint64_t>>>;
  typedef Lane Vector __attribute__((vector_size(16)));

  static Vector load(const Unit<Bytes>* from) {
    Vector v;
    std::memcpy(&v, from, sizeof v);
    return v;
  }
  static void store(Unit<Bytes>* to, Vector v) { std::memcpy(to, &v, sizeof v); }

  static Vector reverse(Vector v) { return reverse(v, std::make_index_sequence<count>()); }
  /// The first (or last) halves of both, alternating.
  template <bool Last>
  static Vector interleave(Vector a, Vector b) {
    return interleave<Last>(a, b, std::make_index_sequence<count>());
  }

 private:
  template <std::size_t... I>
  static Vector reverse(Vector v, std::index_sequence<I...>) {
    return __builtin_shufflevector(v, v, (count - 1 - static_cast<int>(I))...);
  }
  template <bool Last, std::size_t... I>
  static Vector interleave(Vector a, Vector b, std::index_sequence<I...>) {
    return __builtin_shufflevector(
        a, b, (static_cast<int>(I / 2) + (Last ? count / 2 : 0) + (I % 2 ? count : 0))...);
  }
};

/// to[i] = *from.
template <std::size_t Bytes>
void fill_row(Unit<Bytes>* to, const Unit<Bytes>* from, std::int64_t n) {
  constexpr std::int64_t lanes = Lanes<Bytes>::count;
  Unit<Bytes> pattern[static_cast<std::size_t>(lanes)];
  std::fill_n(pattern, lanes, *from);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) std::memcpy(to + i, pattern, sizeof pattern);
  for (; i < n; ++i) to[i] = *pattern;
}

/// to[i] = from[n - 1 - i].
template <std::size_t Bytes>
void reverse_row(Unit<Bytes>* to, const Unit<Bytes>* from, std::int64_t n) {
  constexpr std::int64_t lanes = Lanes<Bytes>::count;
  std::int64_t i = 0;
  if constexpr (lanes > 1)
    for (; i + lanes <= n; i += lanes)
      Lanes<Bytes>::store(to + i, Lanes<Bytes>::reverse(Lanes<Bytes>::load(from + (n - lanes - i))));
  for (; i < n; ++i) to[i] = from[n - 1 - i];
}

template <class T>
struct TransposeBlock;

template <std::size_t Bytes>
struct TransposeBlock<Unit<Bytes>> {
  using T = Unit<Bytes>;
  /// Blocks have at most this many rows and columns: rows of a cache line or two.
  static constexpr std::int64_t size = Bytes == 1 ? 64 : Bytes <= 4 ? 32 : 16;

  /// to[i * out_stride + j] = from[i + j * in_stride] for i < rows, j < columns.
  static void run(const T* from, std::int64_t in_stride, T* to, std::int64_t out_stride, std::int64_t rows,
                  std::int64_t columns) {
    // Lines that lie a power of two apart push each other out of the cache, so each is read only once, into
    // here.
    T copy[size * size];
    if (rows > lanes || lanes == 1) {
      for (std::int64_t j = 0; j < columns; ++j)
        std::memcpy(copy + j * size, from + j * in_stride, static_cast<std::size_t>(rows) * Bytes);
      from = copy;
      in_stride = size;
    }
    std::int64_t i = 0;
    if constexpr (lanes > 1) {
      for (; i + lanes <= rows; i += lanes) {
        std::int64_t j = 0;
        for (; j + lanes <= columns; j += lanes)
          tile(from + i + j * in_stride, in_stride, to + i * out_stride + j, out_stride);
        plain(from + i + j * in_stride, in_stride, to + i * out_stride + j, out_stride, lanes, columns - j);
      }
    }
    plain(from + i, in_stride, to + i * out_stride, out_stride, rows - i, columns);
  }

 private:
  static constexpr int lanes = Lanes<Bytes>::count;

  static void plain(const T* from, std::int64_t in_stride, T* to, std::int64_t out_stride, std::int64_t rows,
                    std::int64_t columns) {
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; ++j) to[i * out_stride + j] = from[i + j * in_stride];
  }

  // As many rows as a vector has lanes: after log2(lanes) rounds of interleaving row q with row q + lanes /
  // 2, rows are columns.
  static void tile(const T* from, std::int64_t in_stride, T* to, std::int64_t out_stride) {
    using V = Lanes<Bytes>;
    typename V::Vector rows[lanes], next[lanes];
    for (int q = 0; q < lanes; ++q) rows[q] = V::load(from + q * in_stride);
    for (int round = 1; round < lanes; round *= 2) {
      for (int q = 0; q < lanes / 2; ++q) {
        next[2 * q] = V::template interleave<false>(rows[q], rows[q + lanes / 2]);
        next[2 * q + 1] = V::template interleave<true>(rows[q], rows[q + lanes / 2]);
      }
      std::copy_n(next, lanes, rows);
    }
    for (int q = 0; q < lanes; ++q) V::store(to + q * out_stride, rows[q]);
  }
};

}  // namespace copse::shaping
