// Running totals: loops, and the recurrence that all their derivatives are.
#pragma once

#include "reduce.hpp"

namespace copse::reduction {

enum class ScanOp : std::uint8_t { sum, prod, max, min, logsumexp, linear };
inline constexpr int scan_count = 6;

/// A scan along the middle of [count rows or columns]: element i of a line is `step` elements after element i
/// - 1, where step is negative if it runs from the end. `lines` lines start `pitch` elements apart; those
/// with pitch 1 and another step are taken together. `linear` reads a second input: s_i = b_i + a_i *
/// s_{i-1}, in = {a, b}.
using ScanLoop = void (*)(const void* const* in, void* out, std::int64_t n, std::int64_t step,
                          std::int64_t lines, std::int64_t pitch);

struct ScanTable {
  ScanLoop at[scan_count][dtype_count] = {};
};

COPSE_ISA_DECLARE(const ScanTable& scan_table())

/// s_i = b_i + a_i * s_{i-1} along an axis, from the end if `reverse`; the first a is of no matter.
Array linear_scan(const Array& a, const Array& b, int axis, bool reverse);
/// Each element's predecessor along an axis (successor, if `reverse`), `fill` for the first.
Array previous(const Array& x, int axis, bool reverse, double fill);

}  // namespace copse::reduction
