// What follows from singular values.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "copse/core/error.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "decomposition.hpp"

namespace copse::linalg {
namespace {

double default_tolerance(const Array& a) {
  const double epsilon = a.dtype() == DType::float64 ? std::numeric_limits<double>::epsilon()
                                                     : std::numeric_limits<float>::epsilon();
  return epsilon * static_cast<double>(std::max(a.shape(-1), a.shape(-2)));
}

// Whether a singular value counts, the largest standing first.
Array large(const Array& s, double tolerance) {
  if (s.shape(-1) == 0) return greater(s, 0);
  return greater(s, tolerance * slice_in_dim(s, 0, 1, 1, -1));
}

// 1 / s where it counts, else 0; also the derivative stays finite.
Array inverse(const Array& s, const Array& counts) { return where(counts, 1 / where(counts, s, 1), 0); }

}  // namespace

Array eigvalsh(const Array& a) { return eigh(a).eigenvalues; }
Array svdvals(const Array& a) { return svd(a).s; }

Array pinv(const Array& a, std::optional<double> rtol) {
  const Array x = matrices("linalg.pinv", a, false);
  const Svd parts = svd(x);
  const Array counts = large(parts.s, rtol.value_or(10 * default_tolerance(x)));
  return matmul(turned(parts.vh) * expand_dims(inverse(parts.s, counts), -2), turned(parts.u));
}

Array matrix_rank(const Array& a, std::optional<double> rtol) {
  const Array x = matrices("linalg.matrix_rank", a, false);
  return sum(astype(large(svdvals(x), rtol.value_or(default_tolerance(x))), DType::int32), -1);
}

Array cond(const Array& a) {
  const Array s = svdvals(matrices("linalg.cond", a, false));
  if (s.shape(-1) == 0)
    throw ShapeError(
        fmt::format("linalg.cond: a matrix of shape {} has no singular values", to_string(a.shape())));
  return squeeze(slice_in_dim(s, 0, 1, 1, -1) / slice_in_dim(s, s.shape(-1) - 1, s.shape(-1), 1, -1), -1);
}

LeastSquares lstsq(const Array& a, const Array& b, std::optional<double> rcond) {
  if (a.ndim() != 2 || (b.ndim() != 1 && b.ndim() != 2) || a.shape(0) != b.shape(0))
    throw ShapeError(fmt::format("linalg.lstsq: got a {} and b {}, wanted (m, n), and (m,) or (m, k)",
                                 to_string(a.shape()), to_string(b.shape())));
  const DType dtype = promote_types(promote_types(a.dtype(), b.dtype()), DType::float32);
  const Array matrix = astype(a, dtype);
  const Array columns = b.ndim() == 1 ? expand_dims(astype(b, dtype), 1) : astype(b, dtype);
  const Svd parts = svd(matrix);
  const Array counts = large(parts.s, rcond.value_or(default_tolerance(matrix)));
  const Array x =
      matmul(turned(parts.vh), expand_dims(inverse(parts.s, counts), -1) * matmul(turned(parts.u), columns));
  const Array residuals = sum(square(columns - matmul(matrix, x)), 0);
  return {b.ndim() == 1 ? squeeze(x, 1) : x, residuals, sum(astype(counts, DType::int32)), parts.s};
}

}  // namespace copse::linalg
