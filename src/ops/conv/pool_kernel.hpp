// Loops over the windows of pooling, compiled once for each instruction set.
#pragma once

#include <cstdint>

#include "copse/core/dtype.hpp"
#include "core/isa.hpp"

namespace copse::pooling {

/// Three spatial dimensions; missing ones have extent 1.
struct PoolShape {
  std::int64_t batch, in[3], out[3], window[3], stride[3], low[3], channels;

  std::int64_t rows() const noexcept { return batch * out[0] * out[1]; }
};

enum class PoolKind : std::uint8_t {
  max,      ///< x -> y: the largest of each window
  scatter,  ///< (x, y) -> x: each y to where its window has its first largest, the sum of those that meet
            ///< there
  gather,   ///< (x, t) -> y: t where each window of x has its first largest
  sum,      ///< x -> y: the sum of each window
  spread,   ///< y -> x: each y to all of its window
};
inline constexpr int kinds = 5;

/// Does outputs [begin, end): rows of the last dimension, or images where the result is x-shaped.
using PoolFunction = void (*)(const PoolShape& shape, const void* a, const void* b, void* out,
                              std::int64_t begin, std::int64_t end);
struct PoolTable {
  PoolFunction at[kinds][dtype_count];
};

COPSE_ISA_DECLARE(const PoolTable& pool_table())

/// The loops for this processor.
inline const PoolTable& loops() { return COPSE_ISA_SELECT(pool_table)(); }

}  // namespace copse::pooling
