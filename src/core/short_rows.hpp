// Rows of a few bytes, of which a call for each costs more than moving it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace copse::detail {

/// Copies rows of `bytes` bytes; from one row to the next are `to_row` and `from_row` bytes. Rows do not
/// overlap.
void move_rows(void* to, std::int64_t to_row, const void* from, std::int64_t from_row, std::int64_t rows,
               std::int64_t bytes);

/// Fills rows of n elements of `item` bytes (1, 2, 4, 8 or 16) that lie next to each other, each with the
/// element that is `from_row` bytes behind the row's before.
void spread_rows(void* to, const void* from, std::int64_t from_row, std::int64_t rows, std::int64_t n,
                 std::size_t item);

}  // namespace copse::detail
