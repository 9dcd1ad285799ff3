// Products of arrays.
#pragma once

#include "copse/core/array.hpp"

namespace copse {

/// Matrix product by NumPy's rules: the last two dimensions are multiplied, those before broadcast, and a
/// one-dimensional operand is a row on the left, a column on the right.
Array matmul(const Array& a, const Array& b);

}  // namespace copse
