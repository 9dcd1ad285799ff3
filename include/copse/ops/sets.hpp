// Arrays as sets of elements. What depends on values in its shape needs known values: it throws
// ConcretizationError inside `jit` and `vmap`.
#pragma once

#include "copse/core/array.hpp"

namespace copse {

/// What `unique_all` gives.
struct Unique {
  Array values;   ///< ascending
  Array indices;  ///< where each occurs first in the flattened array, int32
  Array inverse;  ///< for each element of the array its place in `values`, int32, of the array's shape
  Array counts;   ///< how often each occurs, int32
};
/// The different elements in ascending order. All nan count as one. Needs known values.
Array unique(const Array& x);
/// The same with where they come from. Needs known values.
Unique unique_all(const Array& x);

/// Whether each element is one of `test_elements`.
Array isin(const Array& x, const Array& test_elements, bool invert = false);
/// The different elements of both, ascending. Needs known values.
Array union1d(const Array& a, const Array& b);
/// Those that are in both, ascending. Needs known values.
Array intersect1d(const Array& a, const Array& b);
/// Those of a that are not in b, ascending. Needs known values.
Array setdiff1d(const Array& a, const Array& b);
/// Those in just one of both, ascending; a nan of a and one of b are two elements. Needs known values.
Array setxor1d(const Array& a, const Array& b);

}  // namespace copse
