// The one primitive for reductions, and its loops.
#pragma once

#include <cstdint>
#include <vector>

#include "copse/core/primitive.hpp"
#include "core/isa.hpp"
#include "operations.hpp"

namespace copse::reduction {

/// Binds the primitive; axes are ascending, counted from the front, and vanish. The dtype is one that has
/// loops: any number for sum, prod, max and min, bool for any and all.
Array reduce(ReduceOp op, const Array& x, const std::vector<int>& axes);

using Loops = traits::ReductionLoops;
inline constexpr std::int64_t most_columns = Loops::most_columns, row_block = Loops::row_block,
                              column_block = Loops::column_block;

/// The loops of all operations. Totals are double for sums and products of floats, so that adding up long
/// rows loses nothing, else the dtype (float for bfloat16) itself.
struct LoopTable {
  Loops at[op_count][dtype_count];
};

COPSE_ISA_DECLARE(const LoopTable& loop_table())

inline const Loops& loops(ReduceOp op, DType dtype) {
  return COPSE_ISA_SELECT(loop_table)().at[static_cast<int>(op)][static_cast<int>(dtype)];
}

}  // namespace copse::reduction
