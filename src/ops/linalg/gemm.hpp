// Matrix products on pointers: one thread, one matrix, any strides. Compiled once for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/isa.hpp"

namespace copse::gemm {

/// c(i, j) = sum over p of a(i, p) * b(p, j). Strides are in elements; the columns of c are contiguous.
template <class T>
struct Call {
  std::int64_t m, n, k;
  const T* a;
  std::int64_t a_row, a_col;
  const T* b;
  std::int64_t b_row, b_col;
  T* c;
  std::int64_t c_row;
  const T* bias = nullptr;  ///< n numbers added to every row, or null
  bool relu = false;        ///< whether negative results become 0, after the bias
  bool add = false;         ///< whether c is added to, not overwritten
  /// Rows and columns of the product that this is a part of; 0 if it is the whole. They decide in which order
  /// sums are made, so that a part has the bits that the whole would have.
  std::int64_t whole_m = 0, whole_n = 0;

  std::int64_t all_rows() const noexcept { return whole_m ? whole_m : m; }
  std::int64_t all_columns() const noexcept { return whole_n ? whole_n : n; }
};

/// Elements of scratch memory that a call may use, aligned to 64 bytes: enough for every call.
inline constexpr std::int64_t scratch_elements = 384 * 1024;

COPSE_ISA_DECLARE(void run_float(const Call<float>& call, float* scratch))
COPSE_ISA_DECLARE(void run_double(const Call<double>& call, double* scratch))

inline void run(const Call<float>& call, float* scratch) { COPSE_ISA_SELECT(run_float)(call, scratch); }
inline void run(const Call<double>& call, double* scratch) { COPSE_ISA_SELECT(run_double)(call, scratch); }

/// Where a stretch of a begins, in elements, and its partner in b, in rows.
struct Stretch {
  std::int64_t a, b;
};

/// A tile of c that fits the registers. Its sum runs over stretches of `k` terms: convolutions find one in a
/// for each row of their window.
template <class T>
struct Tile {
  std::int64_t k;
  const T* a;
  std::int64_t a_row, a_col;
  const T* b;
  std::int64_t b_row;
  T* c;
  std::int64_t c_row;
  std::int64_t last;        ///< lanes of the last vector of a row that are there
  const T* bias = nullptr;  ///< added to every row
  bool relu = false;
  bool add = false;
  std::int64_t count = 1;              ///< of stretches; without any the sum is 0
  const Stretch* stretches = nullptr;  ///< null: there is one, at the beginning of a and b
};

template <class T>
using TileFunction = void (*)(const Tile<T>&);

/// What the tiles of an instruction set can be. at[contiguous][rows][vectors]; `contiguous` is for a_row
/// == 1.
template <class T>
struct Tiles {
  static constexpr int most_rows = 16, most_vectors = 8;
  int rows;     ///< of the tile that is best where there is enough of everything
  int vectors;  ///< of that
  int lanes;    ///< of a vector
  /// Rows of a tile of `wide_vectors` that fills the registers, too, and reads a and writes c in longer
  /// pieces; 0 if such tiles are slower.
  int wide_rows;
  int narrow_rows;  ///< of the best tile of a single vector
  static constexpr int wide_vectors = 4;
  TileFunction<T> at[2][most_rows + 1][most_vectors + 1];
  /// Copies columns [0, columns) of b's k rows into rows of `width` numbers, whole vectors; missing columns
  /// are zero.
  void (*pack)(const T* b, std::int64_t b_row, std::int64_t b_col, std::int64_t k, std::int64_t columns,
               T* to, std::int64_t width);

  /// Whether wide tiles leave little of so many vectors to others.
  static constexpr bool divides(std::int64_t vector_count) noexcept {
    return vector_count % wide_vectors == 0 || vector_count >= 4 * wide_vectors;
  }
  /// Rows of the tallest of the tiles, as equal as can be, into which `row_count` rows of so many vectors are
  /// best divided. Wide tiles need enough rows.
  std::int64_t tallest(std::int64_t row_count, std::int64_t vector_count) const noexcept {
    const auto divided = [row_count](std::int64_t most) {
      const std::int64_t tiles = (row_count + most - 1) / most;
      return (row_count + tiles - 1) / tiles;
    };
    if (wide_rows > 0 && divides(vector_count) && 3 * divided(wide_rows) >= 2 * wide_rows)
      return divided(wide_rows);
    return divided(vector_count == 1 ? narrow_rows : rows);
  }
  /// How many of `left` vectors a tile of so many rows takes at once.
  int width(std::int64_t row_count, std::int64_t left) const noexcept {
    int v = left < most_vectors ? static_cast<int>(left) : most_vectors;
    while (v > 1 && !at[0][row_count][v]) --v;
    return v;
  }
};

COPSE_ISA_DECLARE(const Tiles<float>& float_tiles())
COPSE_ISA_DECLARE(const Tiles<double>& double_tiles())

/// The tiles for this processor.
template <class T>
const Tiles<T>& tiles() {
  if constexpr (sizeof(T) == sizeof(float))
    return COPSE_ISA_SELECT(float_tiles)();
  else
    return COPSE_ISA_SELECT(double_tiles)();
}

/// Memory of this thread, aligned to 64 bytes, that keeps nothing from one call to the next. Not for vector
/// kernels, which are given theirs.
void* scratch(std::size_t bytes);

}  // namespace copse::gemm
