// The loops of argmax and argmin.
#pragma once

#include "reduce.hpp"

namespace copse::reduction {

/// With stride 1: `count` rows of n contiguous elements. Else `count` (at most most_columns) neighbouring
/// columns of n elements, `stride` apart. Writes the place of the first extreme element; the first nan wins.
using ArgLoop = void (*)(const void* x, std::int64_t n, std::int64_t count, std::int64_t stride,
                         std::int32_t* out);

struct ArgTable {
  ArgLoop at[2][dtype_count] = {};  // smallest, largest
};

COPSE_ISA_DECLARE(const ArgTable& arg_table())

}  // namespace copse::reduction
