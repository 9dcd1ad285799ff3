// Tiles of a product: so many rows and vectors of c held in registers while the sums run.
#include "../gemm.hpp"
#include "vector.hpp"

namespace copse::gemm {
namespace {

#if defined(__AVX512F__)
constexpr int best_rows = 14, registers = 28, wide_rows = 7, narrow_rows = 16;
#elif defined(__AVX2__)
constexpr int best_rows = 6, registers = 12, wide_rows = 3, narrow_rows = 8;
#else
constexpr int best_rows = 4, registers = 8, wide_rows = 0, narrow_rows = 4;
#endif
constexpr int best_vectors = 2;
// Wide tiles read b from the second-level cache, and ask for it so many rows ahead.
constexpr int prefetched_vectors = vector_bytes >= 64 ? 4 : 9, prefetched_rows = 6;

// Bias, activation and what is there already: rare enough to be kept out of the way of plain stores.
template <class T, int Rows, int Vectors>
[[gnu::always_inline]] inline void finish(const Tile<T>& t, Vector<T> (&acc)[Rows][Vectors]) {
  constexpr int L = lanes<T>;
  const Lanes<T> tail(t.last);
  T* c = t.c;
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < Vectors; ++j) {
      const bool whole = j + 1 < Vectors;
      Vector<T> v = acc[i][j];
      if (t.add) v += whole ? load(c + j * L) : tail.load(c + j * L);
      if (t.bias) v += whole ? load(t.bias + j * L) : tail.load(t.bias + j * L);
      if (t.relu) v = v < Vector<T>{} ? Vector<T>{} : v;
      if (whole)
        store(c + j * L, v);
      else
        tail.store(c + j * L, v);
    }
    c += t.c_row;
  }
}

template <class T, int Rows, int Vectors, bool Contiguous>
void tile(const Tile<T>& t) {
  using V = Vector<T>;
  constexpr int L = lanes<T>;
  // Three rows share a base: one register and scaled offsets reach them all.
  constexpr int bases = Contiguous ? 1 : (Rows + 2) / 3;
  const Lanes<T> tail(t.last);
  V acc[Rows][Vectors];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < Vectors; ++j) acc[i][j] = V{};
  // The stores at the end should find their lines.
  if (t.k * t.count >= 32) {
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 8
      for (int j = 0; j < Vectors; ++j) __builtin_prefetch(t.c + i * t.c_row + j * L, 1);
  }
  const std::int64_t row = t.a_row, col = t.a_col, b_row = t.b_row, k = t.k;
  for (std::int64_t s = 0; s < t.count; ++s) {
    const Stretch stretch = t.stretches ? t.stretches[s] : Stretch{0, 0};
    const T* b = t.b + stretch.b * b_row;
    const T* base[bases];
    base[0] = t.a + stretch.a;
#pragma GCC unroll 8
    for (int i = 1; i < bases; ++i) base[i] = base[0] + 3 * i * row;
    for (std::int64_t p = 0; p < k; ++p) {
      V bv[Vectors];
#pragma GCC unroll 8
      for (int j = 0; j + 1 < Vectors; ++j) bv[j] = load(b + j * L);
      bv[Vectors - 1] = tail.load(b + (Vectors - 1) * L);
      if constexpr (Vectors >= prefetched_vectors) {
#pragma GCC unroll 8
        for (int j = 0; j < Vectors; ++j) __builtin_prefetch(b + prefetched_rows * b_row + j * L);
      }
#pragma GCC unroll 16
      for (int i = 0; i < Rows; ++i) {
        const V av = splat(Contiguous ? base[0][i] : base[i / 3][i % 3 * row]);
#pragma GCC unroll 8
        for (int j = 0; j < Vectors; ++j) acc[i][j] += av * bv[j];
      }
#pragma GCC unroll 8
      for (int i = 0; i < bases; ++i) base[i] += col;
      b += b_row;
    }
  }
  if (t.add || t.bias || t.relu) return finish<T, Rows, Vectors>(t, acc);
  T* c = t.c;
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j + 1 < Vectors; ++j) store(c + j * L, acc[i][j]);
    tail.store(c + (Vectors - 1) * L, acc[i][Vectors - 1]);
    c += t.c_row;
  }
}

// Rows of `lanes` numbers out of columns: to(p, j) = b(p, j) where the rows of b are not contiguous but its
// columns are.
template <class T>
void pack_square(const T* b, std::int64_t b_col, std::int64_t k, std::int64_t columns, T* to,
                 std::int64_t to_row) {
  constexpr int L = lanes<T>;
  const Lanes<T> tail(k);
  Vector<T> v[L];
#pragma GCC unroll 16
  for (int j = 0; j < L; ++j)
    v[j] = j >= columns ? Vector<T>{} : k == L ? load(b + j * b_col) : tail.load(b + j * b_col);
  transpose_square<T>(v);
  if (k == L) {
#pragma GCC unroll 16
    for (int p = 0; p < L; ++p) store(to + p * to_row, v[p]);
  } else {
    for (int p = 0; p < L; ++p)
      if (p < k) store(to + p * to_row, v[p]);
  }
}

// Columns [0, columns) of b as rows of `width` numbers, a whole number of vectors; missing columns are zero.
template <class T>
void pack_panel(const T* b, std::int64_t b_row, std::int64_t b_col, std::int64_t k, std::int64_t columns,
                T* to, std::int64_t width) {
  constexpr int L = lanes<T>;
  for (std::int64_t j = 0; j < width; j += L) {
    const std::int64_t there = columns - j < L ? columns - j : L;
    if (b_col == 1) {
      const Lanes<T> tail(there);
      if (there == L)
        for (std::int64_t p = 0; p < k; ++p) store(to + p * width + j, load(b + p * b_row + j));
      else
        for (std::int64_t p = 0; p < k; ++p) store(to + p * width + j, tail.load(b + p * b_row + j));
    } else if (b_row == 1) {
      for (std::int64_t p = 0; p < k; p += L)
        pack_square(b + j * b_col + p, b_col, k - p < L ? k - p : L, there, to + p * width + j, width);
    } else {
      for (std::int64_t p = 0; p < k; ++p)
        for (std::int64_t l = 0; l < L; ++l)
          to[p * width + j + l] = l < there ? b[p * b_row + (j + l) * b_col] : T{};
    }
  }
}

// Wide tiles are for few rows only, and there the best use of the registers.
constexpr bool exists(int rows, int vectors) {
  return vectors == 1              ? rows <= narrow_rows
         : vectors <= best_vectors ? rows <= best_rows
         : vectors <= 4            ? rows * vectors <= registers && rows <= best_rows / 2
                                   : vectors == 8 && rows * vectors <= registers;
}

template <class T, int Rows, int Vectors>
constexpr void fill(Tiles<T>& tiles) {
  if constexpr (exists(Rows, Vectors)) {
    tiles.at[0][Rows][Vectors] = tile<T, Rows, Vectors, false>;
    tiles.at[1][Rows][Vectors] = tile<T, Rows, Vectors, true>;
  }
  if constexpr (Vectors < Tiles<T>::most_vectors)
    fill<T, Rows, Vectors + 1>(tiles);
  else if constexpr (Rows < narrow_rows)
    fill<T, Rows + 1, 1>(tiles);
}

template <class T>
constexpr Tiles<T> make_tiles() {
  Tiles<T> tiles{best_rows, best_vectors, lanes<T>, wide_rows, narrow_rows, {}, pack_panel<T>};
  fill<T, 1, 1>(tiles);
  return tiles;
}

constexpr Tiles<float> all_float = make_tiles<float>();
constexpr Tiles<double> all_double = make_tiles<double>();

}  // namespace

namespace COPSE_ISA {
const Tiles<float>& float_tiles() { return all_float; }
const Tiles<double>& double_tiles() { return all_double; }
}  // namespace COPSE_ISA

}  // namespace copse::gemm
