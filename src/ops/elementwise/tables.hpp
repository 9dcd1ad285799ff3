// Tables of elementwise loops, one an instruction set.
#pragma once

#include "copse/core/primitive.hpp"
#include "core/isa.hpp"
#include "list.hpp"

namespace copse::elementwise {

template <class Ops>
struct Table {
  TileFunction at[static_cast<std::size_t>(Ops::size)][dtype_count] = {};
};
/// Operations with two inputs also have loops in which the first or the second is one element.
struct BinaryTable : Table<BinaryOps> {
  Table<BinaryOps> with_scalar[2];
};
struct ConvertTable {
  TileFunction at[dtype_count][dtype_count] = {};
};

COPSE_ISA_DECLARE(const Table<UnaryOps>& unary_table())
COPSE_ISA_DECLARE(const BinaryTable& binary_table())
COPSE_ISA_DECLARE(const Table<TernaryOps>& ternary_table())
COPSE_ISA_DECLARE(const ConvertTable& convert_table())

/// The loop of an operation with two inputs, for this processor.
template <class Op>
TileFunction binary_loop_of(DType dtype) {
  return COPSE_ISA_SELECT(binary_table)()
      .at[static_cast<std::size_t>(BinaryOps::index<Op>)][static_cast<std::size_t>(dtype)];
}

}  // namespace copse::elementwise
