// The product of two matrices: tiles of c in registers, panels of b packed where its rows are not used as
// they lie.
#include "../gemm.hpp"

#include <type_traits>

#include "vector.hpp"

namespace copse::gemm {
namespace {

// A tile of c has `tile_rows` rows and `tile_vectors` vectors: as much as the registers hold besides one
// vector of b for each column and one of a.
#if defined(__AVX512F__)
constexpr int tile_rows = 14, tile_vectors = 2;
#elif defined(__AVX2__)
constexpr int tile_rows = 6, tile_vectors = 2;
#else
constexpr int tile_rows = 4, tile_vectors = 2;
#endif

constexpr std::int64_t depth = 256;     // of a block: a panel of b stays in the first-level cache
constexpr std::int64_t breadth = 1024;  // of a block: packed b stays in the second-level cache

template <class T>
inline constexpr int panel = tile_vectors * lanes<T>;

enum class Start { zero, add };

template <class T>
struct Tile {
  std::int64_t k;
  const T* a;
  std::int64_t a_row, a_col;
  const T* b;
  std::int64_t b_row;
  T* c;
  std::int64_t c_row;
  std::int64_t last;  // lanes of the last vector that are there
  bool add;           // to what c holds
  const T* bias;
  bool relu;
};

template <class T, int Rows, int Vectors, bool PackedA>
void tile(const Tile<T>& t) {
  using V = Vector<T>;
  constexpr int L = lanes<T>;
  const Lanes<T> tail(t.last);
  V acc[Rows][Vectors];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < Vectors; ++j) acc[i][j] = V{};
  const T *a = t.a, *b = t.b;
  const std::int64_t row = t.a_row, col = PackedA ? Rows : t.a_col;
  // Three rows share a base: one register and scaled offsets reach them all.
  const T* base[(Rows + 2) / 3];
#pragma GCC unroll 8
  for (int i = 0; i < (Rows + 2) / 3; ++i) base[i] = a + 3 * i * row;
  for (std::int64_t p = 0; p < t.k; ++p) {
    V bv[Vectors];
#pragma GCC unroll 8
    for (int j = 0; j + 1 < Vectors; ++j) bv[j] = load(b + j * L);
    bv[Vectors - 1] = tail.load(b + (Vectors - 1) * L);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      const V av = splat(PackedA ? a[i] : base[i / 3][i % 3 * row]);
#pragma GCC unroll 8
      for (int j = 0; j < Vectors; ++j) acc[i][j] += av * bv[j];
    }
    if constexpr (PackedA) {
      a += col;
    } else {
#pragma GCC unroll 8
      for (int i = 0; i < (Rows + 2) / 3; ++i) base[i] += col;
    }
    b += t.b_row;
  }
  T* c = t.c;
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < Vectors; ++j) {
      const bool whole = j + 1 < Vectors;
      V v = acc[i][j];
      if (t.add) v += whole ? load(c + j * L) : tail.load(c + j * L);
      if (t.bias) v += whole ? load(t.bias + j * L) : tail.load(t.bias + j * L);
      if (t.relu) v = v < V{} ? V{} : v;
      if (whole)
        store(c + j * L, v);
      else
        tail.store(c + j * L, v);
    }
    c += t.c_row;
  }
}

template <class T>
using TileFunction = void (*)(const Tile<T>&);

template <class T, bool PackedA>
struct Tiles {
  TileFunction<T> at[tile_rows + 1][tile_vectors + 1] = {};
  constexpr Tiles() { fill<1>(); }
  template <int Rows>
  constexpr void fill() {
    fill_vectors<Rows, 1>();
    if constexpr (Rows < tile_rows) fill<Rows + 1>();
  }
  template <int Rows, int Vectors>
  constexpr void fill_vectors() {
    at[Rows][Vectors] = tile<T, Rows, Vectors, PackedA>;
    if constexpr (Vectors < tile_vectors) fill_vectors<Rows, Vectors + 1>();
  }
};
template <class T, bool PackedA>
constexpr Tiles<T, PackedA> tiles;

std::int64_t least(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

// Columns [0, columns) of b as rows of `panel` numbers; missing columns are zero.
template <class T>
void pack_panel(const T* b, std::int64_t b_row, std::int64_t b_col, std::int64_t k, std::int64_t columns,
                T* to) {
  if (b_col == 1) {
    const std::int64_t vectors = (columns + lanes<T> - 1) / lanes<T>;
    const Lanes<T> tail(columns - (vectors - 1) * lanes<T>);
    for (std::int64_t p = 0; p < k; ++p) {
      for (int j = 0; j < tile_vectors; ++j) {
        Vector<T> v{};
        if (j + 1 < vectors)
          v = load(b + p * b_row + j * lanes<T>);
        else if (j + 1 == vectors)
          v = tail.load(b + p * b_row + j * lanes<T>);
        store(to + p * panel<T> + j * lanes<T>, v);
      }
    }
    return;
  }
  for (std::int64_t p = 0; p < k; ++p) {
    std::int64_t j = 0;
    for (; j < columns; ++j) to[p * panel<T> + j] = b[p * b_row + j * b_col];
    for (; j < panel<T>; ++j) to[p * panel<T> + j] = T{};
  }
}

template <class T>
void blocked(const Call<T>& call, T* scratch) {
  const bool direct = call.b_col == 1 && call.m <= 2 * tile_rows;
  const std::int64_t row_tiles = (call.m + tile_rows - 1) / tile_rows;
  for (std::int64_t j0 = 0; j0 < call.n; j0 += breadth) {
    const std::int64_t nb = least(breadth, call.n - j0);
    for (std::int64_t p0 = 0; p0 < call.k; p0 += depth) {
      const std::int64_t kb = least(depth, call.k - p0);
      const bool final = p0 + kb == call.k;
      for (std::int64_t j = 0; j < nb; j += panel<T>) {
        const std::int64_t columns = least(panel<T>, nb - j);
        const int vectors = static_cast<int>((columns + lanes<T> - 1) / lanes<T>);
        Tile<T> t;
        t.k = kb;
        t.a_row = call.a_row;
        t.a_col = call.a_col;
        const T* b = call.b + p0 * call.b_row + (j0 + j) * call.b_col;
        if (direct) {
          t.b = b;
          t.b_row = call.b_row;
        } else {
          pack_panel(b, call.b_row, call.b_col, kb, columns, scratch);
          t.b = scratch;
          t.b_row = panel<T>;
        }
        t.c_row = call.c_row;
        t.last = columns - (vectors - 1) * lanes<T>;
        t.add = p0 > 0;
        t.bias = final && call.bias ? call.bias + j0 + j : nullptr;
        t.relu = final && call.relu;
        for (std::int64_t r = 0; r < row_tiles; ++r) {
          // Tiles of nearly equal height: a last one of a single row would waste most of its time on loads.
          const std::int64_t i = call.m * r / row_tiles, rows = call.m * (r + 1) / row_tiles - i;
          t.a = call.a + i * call.a_row + p0 * call.a_col;
          t.c = call.c + i * call.c_row + j0 + j;
          tiles<T, false>.at[rows][vectors](t);
        }
      }
    }
  }
}

template <class T>
void finish(const Call<T>& call) {
  for (std::int64_t i = 0; i < call.m; ++i) {
    for (std::int64_t j = 0; j < call.n; ++j) {
      T x = call.c[i * call.c_row + j] + (call.bias ? call.bias[j] : T{});
      call.c[i * call.c_row + j] = call.relu && x < T{} ? T{} : x;
    }
  }
}

template <class T>
void product(const Call<T>& call, T* scratch) {
  if (call.k == 0) {
    for (std::int64_t i = 0; i < call.m; ++i)
      for (std::int64_t j = 0; j < call.n; ++j) call.c[i * call.c_row + j] = T{};
    finish(call);
    return;
  }
  blocked(call, scratch);
}

}  // namespace

namespace COPSE_ISA {
void run_float(const Call<float>& call, float* scratch) { product(call, scratch); }
void run_double(const Call<double>& call, double* scratch) { product(call, scratch); }
}  // namespace COPSE_ISA

}  // namespace copse::gemm
