// Whole arrays compared: one answer.
#pragma once

#include "copse/core/array.hpp"

namespace copse {

/// Whether shapes and all elements are equal; a nan equals nothing.
bool array_equal(const Array& a, const Array& b);
/// |a - b| <= atol + rtol * |b|, element by element; an infinity is close to itself, a nan to nothing.
Array isclose(const Array& a, const Array& b, double rtol = 1e-5, double atol = 1e-8);
/// Whether shapes are equal and all elements are close.
bool all_close(const Array& a, const Array& b, double rtol = 1e-5, double atol = 1e-8);

}  // namespace copse
