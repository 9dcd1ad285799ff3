// The one primitive for reductions, and its loops.
#pragma once

#include <cstdint>
#include <vector>

#include "../isa/isa.hpp"
#include "copse/core/primitive.hpp"

namespace copse::reduction {

enum class ReduceOp : std::uint8_t { sum, prod, max, min, any, all };
inline constexpr int op_count = 6;

/// What the primitive keeps: axes are ascending, counted from the front, and vanish from the output.
struct ReduceParams {
  ReduceOp op;
  std::vector<int> axes;
  friend bool operator==(const ReduceParams&, const ReduceParams&) = default;
};

/// The parameters if this is a reduction, else null.
const ReduceParams* as_reduce(const Primitive& primitive);

/// Binds the primitive. The dtype is one that has loops: any number for sum, prod, max and min, bool for any
/// and all.
Array reduce(ReduceOp op, const Array& x, const std::vector<int>& axes);

/// Loops for one operation and dtype. `totals` are `total_size` bytes each: double for sums and products of
/// floats, so that adding up long rows loses nothing, else the dtype (float for bfloat16) itself.
struct Loops {
  std::int64_t total_size = 0;
  /// Sets totals to the neutral element.
  void (*start)(void* totals, std::int64_t n) = nullptr;
  /// Combines row i (n contiguous elements, `stride` elements after row i - 1) into totals[i].
  void (*rows)(const void* x, std::int64_t stride, std::int64_t rows, std::int64_t n, void* totals) = nullptr;
  /// The same with the squares of the elements, rounded as `square` rounds them; only for sums of float32.
  void (*rows_of_squares)(const void* x, std::int64_t stride, std::int64_t rows, std::int64_t n,
                          void* totals) = nullptr;
  /// Combines element j of each of the rows into totals[j]; n is at most `most_columns`.
  void (*columns)(const void* x, std::int64_t stride, std::int64_t rows, std::int64_t n,
                  void* totals) = nullptr;
  /// Combines totals[j] and more[j].
  void (*merge)(void* totals, const void* more, std::int64_t n) = nullptr;
  /// Converts totals to elements.
  void (*finish)(const void* totals, void* out, std::int64_t n) = nullptr;
};

inline constexpr std::int64_t most_columns = 1024;
/// Rows are added up in runs whose lengths divide this number of elements, and columns in blocks of this many
/// rows. Parts of a long reduction start at multiples of it, wherever threads divide it.
inline constexpr std::int64_t row_block = 4096;
inline constexpr std::int64_t column_block = 64;

struct LoopTable {
  Loops at[op_count][dtype_count];
};

COPSE_ISA_DECLARE(const LoopTable& loop_table())

inline const Loops& loops(ReduceOp op, DType dtype) {
  return COPSE_ISA_SELECT(loop_table)().at[static_cast<int>(op)][static_cast<int>(dtype)];
}

}  // namespace copse::reduction
