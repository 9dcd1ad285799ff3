// Comparisons within a tolerance, and of whole arrays.
#pragma once

#include "copse/core/array.hpp"

namespace copse {

/// |a - b| <= atol + rtol * |b|, element by element; an infinity is close to itself, a nan to nothing, or
/// with `equal_nan` to a nan.
Array isclose(const Array& a, const Array& b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false);
/// Whether all elements are close, as a bool array of one element; a and b broadcast.
Array allclose(const Array& a, const Array& b, double rtol = 1e-5, double atol = 1e-8,
               bool equal_nan = false);
/// Whether shapes are equal and all elements are close. Needs known values.
bool all_close(const Array& a, const Array& b, double rtol = 1e-5, double atol = 1e-8,
               bool equal_nan = false);
/// Whether shapes and all elements are equal; a nan equals nothing, or with `equal_nan` a nan. Needs known
/// values.
bool array_equal(const Array& a, const Array& b, bool equal_nan = false);

}  // namespace copse
