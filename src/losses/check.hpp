// What all losses check.
#pragma once

#include <fmt/format.h>

#include "copse/core/array.hpp"
#include "copse/core/error.hpp"

namespace copse::losses {

/// The smallest probability, and the smallest divisor.
inline constexpr double epsilon = 1e-7;

inline void require_floating(const Array& x, const char* argument, const char* function) {
  if (!is_floating(x.dtype()))
    throw DTypeError(
        fmt::format("{}: {} must be floating-point, got {}", function, argument, to_string(x.type())));
}

}  // namespace copse::losses
