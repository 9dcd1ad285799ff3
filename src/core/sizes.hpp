// Arithmetic on sizes that are computed: what 64 bits do not hold is refused and never wraps.
#pragma once

#include <cstdint>

namespace copse::detail {

/// The sum or product of two sizes. Throws ShapeError naming `function` where 64 bits do not hold it.
std::int64_t add_sizes(std::int64_t a, std::int64_t b, const char* function);
std::int64_t multiply_sizes(std::int64_t a, std::int64_t b, const char* function);

/// The number k of a diagonal of an n x m matrix, those beyond its corners being all alike.
std::int64_t diagonal_within(std::int64_t n, std::int64_t m, std::int64_t k) noexcept;

}  // namespace copse::detail
