// Products of several kinds, made of the usual one.
#include <fmt/format.h>

#include <limits>

#include "../../core/sizes.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "decomposition.hpp"

namespace copse {

Array vecdot(const Array& a, const Array& b, int axis) {
  const Array x = moveaxis(a, normalize_axis(axis, a.ndim(), "vecdot"), -1);
  const Array y = moveaxis(b, normalize_axis(axis, b.ndim(), "vecdot"), -1);
  if (x.shape(-1) != y.shape(-1))
    throw ShapeError(fmt::format("vecdot: a {} and b {} have different extents along axis {}",
                                 to_string(a.shape()), to_string(b.shape()), axis));
  return squeeze(matmul(expand_dims(x, -2), expand_dims(y, -1)), {-2, -1});
}

Array trace(const Array& x, std::int64_t offset, int axis1, int axis2) {
  if (x.ndim() < 2)
    throw ShapeError(fmt::format("trace: got shape {}, wanted two dimensions or more", to_string(x.shape())));
  return sum(diagonal(x, offset, axis1, axis2), -1);
}

Array kron(const Array& a, const Array& b) {
  const int rank = std::max(a.ndim(), b.ndim());
  // Dimensions of a and b in turns; then each pair becomes one.
  Shape left, right, whole;
  for (int d = 0; d < rank; ++d) {
    const int of_a = d - rank + a.ndim(), of_b = d - rank + b.ndim();
    const std::int64_t n = of_a < 0 ? 1 : a.shape(of_a), m = of_b < 0 ? 1 : b.shape(of_b);
    left.push_back(n);
    left.push_back(1);
    right.push_back(1);
    right.push_back(m);
    whole.push_back(detail::multiply_sizes(n, m, "kron"));
  }
  return reshape(reshape(a, left) * reshape(b, right), whole);
}

Array cross(const Array& a, const Array& b, int axis) {
  const Array x = moveaxis(a, normalize_axis(axis, a.ndim(), "cross"), 0);
  const Array y = moveaxis(b, normalize_axis(axis, b.ndim(), "cross"), 0);
  const auto fits = [](std::int64_t n) { return n == 2 || n == 3; };
  if (!fits(x.shape(0)) || !fits(y.shape(0)))
    throw ShapeError(
        fmt::format("cross: got a {} and b {}, wanted vectors of two or three elements along axis {}",
                    to_string(a.shape()), to_string(b.shape()), axis));
  const Array third = x[0] * y[1] - x[1] * y[0];
  if (x.shape(0) == 2 && y.shape(0) == 2) return third;
  const Array x2 = x.shape(0) == 3 ? x[2] : zeros_like(x[0]), y2 = y.shape(0) == 3 ? y[2] : zeros_like(y[0]);
  return stack({x[1] * y2 - x2 * y[1], x2 * y[0] - x[0] * y2, third}, axis);
}

namespace linalg {

Array matrix_power(const Array& a, std::int64_t n) {
  if (a.ndim() < 2 || a.shape(-1) != a.shape(-2)) (void)matrices("linalg.matrix_power", a, true);  // throws
  Array base = n < 0 ? inv(a) : a;
  if (n == 0) return broadcast_to(eye(a.shape(-1), std::nullopt, 0, a.dtype()), a.shape());
  Array result;
  // Without a sign, as the smallest integer has no opposite.
  for (auto left = n < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);;
       base = matmul(base, base)) {
    if (left & 1) result = result.has_value() ? matmul(result, base) : base;
    if ((left >>= 1) == 0) return result;
  }
}

namespace {

// Multiplies arrays [from, to] as the table of best cuts says.
Array chain(std::span<const Array> arrays, const std::vector<std::vector<std::size_t>>& cuts,
            std::size_t from, std::size_t to) {
  if (from == to) return arrays[from];
  const std::size_t cut = cuts[from][to];
  return matmul(chain(arrays, cuts, from, cut), chain(arrays, cuts, cut + 1, to));
}

}  // namespace

Array multi_dot(std::span<const Array> arrays) try {
  const std::size_t n = arrays.size();
  if (n < 2) throw ValueError(fmt::format("linalg.multi_dot: got {} arrays, wanted two or more", n));
  for (std::size_t i = 0; i < n; ++i)
    if (arrays[i].ndim() != 2 && !(arrays[i].ndim() == 1 && (i == 0 || i + 1 == n)))
      throw ShapeError(
          fmt::format("linalg.multi_dot: array {} has shape {}, wanted a matrix (or, at the ends, a vector)",
                      i, to_string(arrays[i].shape())));
  // Extents between the matrices, a vector being a row in front and a column at the end.
  std::vector<double> extents{arrays[0].ndim() == 1 ? 1.0 : static_cast<double>(arrays[0].shape(0))};
  for (std::size_t i = 0; i < n; ++i)
    extents.push_back(i > 0 && arrays[i].ndim() == 1 ? 1.0 : static_cast<double>(arrays[i].shape(-1)));
  std::vector<std::vector<double>> cost(n, std::vector<double>(n, 0.0));
  std::vector<std::vector<std::size_t>> cuts(n, std::vector<std::size_t>(n, 0));
  for (std::size_t length = 1; length < n; ++length)
    for (std::size_t i = 0; i + length < n; ++i) {
      const std::size_t j = i + length;
      cost[i][j] = std::numeric_limits<double>::infinity();
      for (std::size_t k = i; k < j; ++k) {
        const double c = cost[i][k] + cost[k + 1][j] + extents[i] * extents[k + 1] * extents[j + 1];
        if (c < cost[i][j]) {
          cost[i][j] = c;
          cuts[i][j] = k;
        }
      }
    }
  return chain(arrays, cuts, 0, n - 1);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("multi_dot");
}
Array multi_dot(std::initializer_list<Array> arrays) {
  return multi_dot(std::span<const Array>(arrays.begin(), arrays.size()));
}

}  // namespace linalg
}  // namespace copse
