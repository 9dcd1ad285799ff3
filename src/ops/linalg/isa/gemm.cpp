// The product of two matrices: blocks that fit the caches, packed where their strides would waste them.
#include "../gemm.hpp"

#include "vector.hpp"

namespace copse::gemm {
namespace {

// Blocks of a and of packed b, in elements: both stay in the second-level cache.
constexpr std::int64_t a_block = 64 * 1024, b_block = 256 * 1024;
// How deep blocks are at most. Panels of b stay near the first-level cache; with the longest vectors wide
// tiles do so many multiplications for each number of b that they may read it from the second level, and a
// deep block picks up the sums in c less often.
constexpr bool deep_wide = vector_bytes >= 64;
constexpr std::int64_t wide_depth = 1024, depth = 256;
// In bytes: how far apart rows of b may be to be read where they lie, for those further apart fall on few
// sets of the caches; and how much of b a deep block then spans, for the processor has only so many pages in
// mind.
constexpr std::int64_t direct_row = 2048, direct_span = 1024 * 1024;

std::int64_t least(std::int64_t a, std::int64_t b) { return a < b ? a : b; }
std::int64_t greatest(std::int64_t a, std::int64_t b) { return a > b ? a : b; }
std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

const Tiles<float>& tiles_of(float) { return COPSE_ISA::float_tiles(); }
const Tiles<double>& tiles_of(double) { return COPSE_ISA::double_tiles(); }

// Rows of a as columns of `rows` contiguous numbers.
template <class T>
void pack_rows(const T* a, std::int64_t a_row, std::int64_t a_col, std::int64_t rows, std::int64_t k, T* to) {
  constexpr int L = lanes<T>;
  if (a_row == 1) {
    for (std::int64_t i = 0; i < rows; i += L) {
      const Lanes<T> there(least(L, rows - i));
      for (std::int64_t p = 0; p < k; ++p) there.store(to + p * rows + i, there.load(a + p * a_col + i));
    }
  } else if (a_col == 1 && rows <= L) {
    const Lanes<T> there(rows);
    for (std::int64_t p = 0; p < k; p += L) {
      const std::int64_t count = least(L, k - p);
      const Lanes<T> tail(count);
      Vector<T> v[L];
#pragma GCC unroll 16
      for (int i = 0; i < L; ++i) v[i] = i < rows ? tail.load(a + i * a_row + p) : Vector<T>{};
      transpose_square<T>(v);
      for (int q = 0; q < L; ++q)
        if (q < count) there.store(to + (p + q) * rows, v[q]);
    }
  } else {
    for (std::int64_t p = 0; p < k; ++p)
      for (std::int64_t i = 0; i < rows; ++i) to[p * rows + i] = a[i * a_row + p * a_col];
  }
}

// A block of b as panels, one behind the other. Where its rows are contiguous they are read a few at a time
// from end to end, which is how memory likes to be read.
template <class T>
void pack_block(const Tiles<T>& tiles, const Call<T>& call, std::int64_t p0, std::int64_t kb, std::int64_t j0,
                std::int64_t nb, std::int64_t rows, T* to) {
  constexpr int L = lanes<T>;
  const std::int64_t step = call.b_col == 1 ? 8 : kb;
  for (std::int64_t p = 0; p < kb; p += step) {
    const std::int64_t count = least(step, kb - p);
    for (std::int64_t j = 0; j < nb;) {
      const std::int64_t width = tiles.width(rows, divide_up(nb - j, L)) * L, columns = least(width, nb - j);
      tiles.pack(call.b + (p0 + p) * call.b_row + (j0 + j) * call.b_col, call.b_row, call.b_col, count,
                 columns, to + j * kb + p * width, width);
      j += columns;
    }
  }
}

// How a product of m rows and n columns is divided.
struct Manner {
  std::int64_t tallest;  // rows of a tile
  bool deep;             // whether blocks are as deep as wide tiles allow
  bool direct_b;         // whether b is read where it lies
  std::int64_t depths;   // blocks of k
};

template <class T>
Manner manner(const Tiles<T>& tiles, const Call<T>& call, std::int64_t m, std::int64_t n) {
  constexpr int L = lanes<T>;
  Manner found;
  found.tallest = tiles.tallest(m, divide_up(n, L));
  const bool wide = deep_wide && found.tallest <= tiles.wide_rows && tiles.divides(divide_up(n, L));
  found.deep = wide && call.a_row != 1;
  // A few tiles of rows read b faster where it lies than after it has been copied, and so do wide ones if all
  // of it stays in the cache or its rows are short.
  const std::int64_t b_bytes = call.b_row * static_cast<std::int64_t>(sizeof(T));
  found.direct_b = call.b_col == 1 && (m <= 5 * tiles.rows || n <= L * tiles.vectors ||
                                       (wide && (b_bytes <= direct_row || call.k * n <= b_block / 2)));
  std::int64_t most = found.deep ? wide_depth : depth;
  if (found.direct_b && most * b_bytes > direct_span) most = greatest(depth, direct_span / b_bytes);
  found.depths = divide_up(call.k, most);
  return found;
}

// Tiles of nearly equal height: a last one of a single row would waste most of its time on loads.
template <class T>
struct RowTile {
  RowTile(const Call<T>& call, std::int64_t r, std::int64_t row_tiles)
      : begin(call.m * r / row_tiles), rows(call.m * (r + 1) / row_tiles - begin) {}
  std::int64_t begin, rows;
};

// The rows of tiles r0 to r1, k from p0 on, one tile behind the other.
template <class T>
COPSE_INLINE void pack_tiles(const Call<T>& call, std::int64_t r0, std::int64_t r1, std::int64_t row_tiles,
                             std::int64_t p0, std::int64_t kb, T* to) {
  for (std::int64_t r = r0; r < r1; ++r) {
    const RowTile<T> tile(call, r, row_tiles);
    pack_rows(call.a + tile.begin * call.a_row + p0 * call.a_col, call.a_row, call.a_col, tile.rows, kb, to);
    to += tile.rows * kb;
  }
}

// Tiles r0 to r1 by the columns from j on that `t` describes. `packed_a` is null where a is read where it
// lies.
template <class T>
COPSE_INLINE void multiply_tiles(const Tiles<T>& tiles, const Call<T>& call, std::int64_t r0, std::int64_t r1,
                                 std::int64_t row_tiles, std::int64_t p0, std::int64_t j, int vectors,
                                 const T* packed_a, Tile<T>& t) {
  const T* a = packed_a;
  for (std::int64_t r = r0; r < r1; ++r) {
    const RowTile<T> tile(call, r, row_tiles);
    if (packed_a) {
      t.a = a;
      t.a_row = 1;
      t.a_col = tile.rows;
      a += tile.rows * t.k;
    } else {
      t.a = call.a + tile.begin * call.a_row + p0 * call.a_col;
      t.a_row = call.a_row;
      t.a_col = call.a_col;
    }
    t.c = call.c + tile.begin * call.c_row + j;
    tiles.at[t.a_row == 1][tile.rows][vectors](t);
  }
}

template <class T>
void blocked(const Call<T>& call, T* scratch) {
  const Tiles<T>& tiles = tiles_of(T{});
  constexpr int L = lanes<T>;
  const auto [tallest, deep, direct_b, own_depths] = manner(tiles, call, call.m, call.n);
  const std::int64_t row_tiles = divide_up(call.m, tallest);
  // Many rows whose distance is a multiple of a page's size would push each other out of the first-level
  // cache.
  const std::int64_t apart =
      (call.a_row == 1 ? call.a_col : call.a_row) * static_cast<std::int64_t>(sizeof(T));
  const bool pack_a =
      !deep && call.m > 8 && call.n > 4 * L * tiles.vectors && call.k > 2 * L && apart % 2048 == 0;
  const std::int64_t depths =
      call.whole_m ? manner(tiles, call, call.whole_m, call.whole_n).depths : own_depths;
  const std::int64_t deepest = divide_up(call.k, depths);
  const std::int64_t tiles_a_block = a_block / (deepest * tallest);
  constexpr std::int64_t breadth_unit = Tiles<T>::most_vectors * L;
  const std::int64_t breadth = b_block / (deepest * breadth_unit) * breadth_unit;
  T *packed_b = scratch, *packed_a = scratch + b_block;
  for (std::int64_t j0 = 0; j0 < call.n; j0 += breadth) {
    const std::int64_t nb = least(breadth, call.n - j0);
    for (std::int64_t p = 0; p < depths; ++p) {
      const std::int64_t p0 = call.k * p / depths, kb = call.k * (p + 1) / depths - p0;
      const bool final = p0 + kb == call.k;
      Tile<T> t;
      t.k = kb;
      t.c_row = call.c_row;
      t.add = call.add || p0 > 0;
      t.relu = final && call.relu;
      if (!direct_b) pack_block(tiles, call, p0, kb, j0, nb, tallest, packed_b);
      for (std::int64_t r0 = 0; r0 < row_tiles; r0 += tiles_a_block) {
        const std::int64_t r1 = least(row_tiles, r0 + tiles_a_block);
        if (pack_a) pack_tiles(call, r0, r1, row_tiles, p0, kb, packed_a);
        for (std::int64_t j = 0; j < nb;) {
          const std::int64_t left = divide_up(nb - j, L);
          const int vectors = tiles.width(tallest, left);
          const std::int64_t columns = least(vectors * L, nb - j), width = vectors * L;
          const T* b = call.b + p0 * call.b_row + (j0 + j) * call.b_col;
          t.b = direct_b ? b : packed_b + j * kb;
          t.b_row = direct_b ? call.b_row : width;
          t.last = columns - (vectors - 1) * L;
          t.bias = final && call.bias ? call.bias + j0 + j : nullptr;
          multiply_tiles(tiles, call, r0, r1, row_tiles, p0, j0 + j, vectors, pack_a ? packed_a : nullptr, t);
          j += columns;
        }
      }
    }
  }
}

template <class T>
void finish(const Call<T>& call) {
  for (std::int64_t i = 0; i < call.m; ++i) {
    for (std::int64_t j = 0; j < call.n; ++j) {
      T& c = call.c[i * call.c_row + j];
      const T x = (call.add ? c : T{}) + (call.bias ? call.bias[j] : T{});
      c = call.relu && x < T{} ? T{} : x;
    }
  }
}

// One row times columns that are contiguous: sums along the vectors.
template <class T>
void dots(const Call<T>& call) {
  constexpr int L = lanes<T>;
  constexpr int at_once = 4;
  for (std::int64_t j = 0; j < call.n; j += at_once) {
    const std::int64_t count = least(at_once, call.n - j);
    Vector<T> acc[at_once]{};
    const T* b[at_once];
    for (int i = 0; i < at_once; ++i) b[i] = call.b + (j + (i < count ? i : 0)) * call.b_col;
    std::int64_t p = 0;
    for (; p + L <= call.k; p += L) {
      const Vector<T> a = load(call.a + p);
#pragma GCC unroll 4
      for (int i = 0; i < at_once; ++i) acc[i] += a * load(b[i] + p);
    }
    if (p < call.k) {
      const Lanes<T> tail(call.k - p);
      const Vector<T> a = tail.load(call.a + p);
#pragma GCC unroll 4
      for (int i = 0; i < at_once; ++i) acc[i] += a * tail.load(b[i] + p);
    }
    for (int i = 0; i < count; ++i) {
      T x = add_lanes<T>(acc[i]) + (call.bias ? call.bias[j + i] : T{}) + (call.add ? call.c[j + i] : T{});
      call.c[j + i] = call.relu && x < T{} ? T{} : x;
    }
  }
}

template <class T>
void product(const Call<T>& call, T* scratch) {
  if (call.k == 0) return finish(call);
  if (call.all_rows() == 1 && call.b_row == 1 && call.b_col != 1 && call.a_col == 1 && call.k >= lanes<T> / 2)
    return dots(call);
  blocked(call, scratch);
}

// A single column is computed as a row, of the transposed product.
template <class T>
void oriented(const Call<T>& call, T* scratch) {
  if (call.all_columns() != 1 || call.c_row != 1 || call.all_rows() == 1 || call.bias)
    return product(call, scratch);
  Call<T> turned = call;
  turned.m = 1;
  turned.n = call.m;
  turned.a = call.b;
  turned.a_row = 1;
  turned.a_col = call.b_row;
  turned.b = call.a;
  turned.b_row = call.a_col;
  turned.b_col = call.a_row;
  turned.c_row = call.m;
  turned.whole_m = 1;
  turned.whole_n = call.all_rows();
  product(turned, scratch);
}

}  // namespace

namespace COPSE_ISA {
void run_float(const Call<float>& call, float* scratch) { oriented(call, scratch); }
void run_double(const Call<double>& call, double* scratch) { oriented(call, scratch); }
}  // namespace COPSE_ISA

}  // namespace copse::gemm
