// What all losses check.
#pragma once

#include <fmt/format.h>

#include "copse/core/array.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/elementwise.hpp"

namespace copse::losses {

/// The smallest probability, and the smallest divisor.
inline constexpr double epsilon = 1e-7;

/// Predictions in at least float32: bfloat16 has too few digits to add up. Throws DTypeError unless
/// floating-point.
inline Array require_floating(const Array& x, const char* argument, const char* function) {
  if (!is_floating(x.dtype()))
    throw DTypeError(
        fmt::format("{}: {} must be floating-point, got {}", function, argument, to_string(x.type())));
  return x.dtype() == DType::bfloat16 ? astype(x, DType::float32) : x;
}

}  // namespace copse::losses
