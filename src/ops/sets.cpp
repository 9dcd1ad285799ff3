#include "copse/ops/sets.hpp"

#include <limits>

#include "../core/concrete.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/cumulative.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/sorting.hpp"

namespace copse {
namespace {

// In a sorted vector, whether an element differs from the one before it.
Array starts(const Array& sorted) {
  const std::int64_t n = sorted.size();
  const Array here = slice_in_dim(sorted, 1, n), before = slice_in_dim(sorted, 0, n - 1);
  Array differs = not_equal(here, before);
  if (is_floating(sorted.dtype()))
    differs = logical_and(differs, logical_not(logical_and(isnan(here), isnan(before))));
  return concatenate({ones({1}, DType::bool_), differs});
}

// How many elements there are of a set is known by their values only.
void require_values(const Array& x, const char* function) {
  (void)detail::concrete(x, function, detail::without_masks);
}
void require_values(const Array& a, const Array& b, const char* function) {
  require_values(a, function);
  require_values(b, function);
}

}  // namespace

Unique unique_all(const Array& x) {
  require_values(x, "unique_all");
  const Array flat = ravel(x);
  if (flat.size() == 0) {
    const Array none = zeros({0}, DType::int32);
    return {flat, none, reshape(none, x.shape()), none};
  }
  const Array order = argsort(flat), sorted = take(flat, order), first = starts(sorted);
  const Array at = nonzero(first)[0];
  const Array group = cumsum(astype(first, DType::int32)) - 1;
  const Array inverse = scatter_set(zeros_like(order), order, group);
  const Array ends = append(at, full({1}, flat.size(), DType::int32));
  return {take(sorted, at), take(order, at), reshape(inverse, x.shape()), diff(ends)};
}

Array unique(const Array& x) {
  require_values(x, "unique");
  const Array sorted = sort(x, std::nullopt);
  return sorted.size() == 0 ? sorted : sorted[starts(sorted)];
}

Array isin(const Array& x, const Array& test_elements, bool invert) {
  const DType dtype = promote_types(x.dtype(), test_elements.dtype());
  if (test_elements.size() == 0) return full(x.shape(), invert, DType::bool_);
  const Array sorted = sort(astype(test_elements, dtype), std::nullopt), wanted = astype(x, dtype);
  const Array at = minimum(searchsorted(sorted, wanted), static_cast<int>(sorted.size() - 1));
  const Array found = equal(take(sorted, at), wanted);
  return invert ? logical_not(found) : found;
}

Array union1d(const Array& a, const Array& b) {
  require_values(a, b, "union1d");
  return unique(append(a, b));
}

Array intersect1d(const Array& a, const Array& b) {
  require_values(a, b, "intersect1d");
  const DType dtype = promote_types(a.dtype(), b.dtype());
  const Array all = unique(astype(a, dtype));
  return all[isin(all, b)];
}

Array setdiff1d(const Array& a, const Array& b) {
  require_values(a, b, "setdiff1d");
  const Array all = unique(a);
  return all[isin(all, b, true)];
}

Array setxor1d(const Array& a, const Array& b) {
  require_values(a, b, "setxor1d");
  return sort(concatenate({setdiff1d(a, b), setdiff1d(b, a)}));
}

}  // namespace copse
