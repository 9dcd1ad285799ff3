// Decompositions against the same in float64, for matrices of all shapes and of special kinds.
#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random.hpp"

using namespace copse;

namespace {

Array wide(const Array& a) { return astype(a, DType::float64); }
double largest(const Array& a) { return max(abs(a)).item<double>(); }
double off_orthogonal(const Array& columns) {
  const Array q = wide(columns);
  return largest(matmul(transpose(q), q) - wide(eye(q.shape(1))));
}

// Random numbers, zeros, ones, the identity, tiny and huge numbers, one column times one row.
constexpr int kinds = 7;
Array matrix(int kind, std::int64_t m, std::int64_t n, DType dtype) {
  const Array a = astype(random::normal(random::key(100 * m + n), {m, n}), dtype);
  switch (kind) {
    case 1:
      return zeros({m, n}, dtype);
    case 2:
      return ones({m, n}, dtype);
    case 3:
      return eye(m, n, 0, dtype);
    case 4:
      return a * 1e-20;
    case 5:
      return a * 1e18;
    case 6:
      return matmul(slice_in_dim(a, 0, 1, 1, 1), slice_in_dim(a, 0, 1, 1, 0));
    default:
      return a;
  }
}

}  // namespace

TEST_CASE("svd is exact to rounding, whatever the matrix") {
  for (const DType dtype : {DType::float32, DType::float64})
    for (const std::int64_t m : {1, 5, 17, 60})
      for (const std::int64_t n : {1, 3, 17, 40})
        for (int kind = 0; kind < kinds; ++kind)
          for (const bool full : {false, true}) {
            const Array a = matrix(kind, m, n, dtype);
            const auto [u, s, vh] = linalg::svd(a, full);
            const std::int64_t k = std::min(m, n);
            const Array left = slice_in_dim(wide(u), 0, k, 1, 1), right = slice_in_dim(wide(vh), 0, k);
            const double tolerance = dtype == DType::float32 ? 2e-6 : 1e-13;
            const double scale = std::max(largest(wide(a)), 1e-300);
            INFO(m << " by " << n << ", kind " << kind << (full ? ", full" : "") << ", " << name_of(dtype));
            CHECK(largest(matmul(left * wide(s), right) - wide(a)) / scale < 10 * tolerance);
            CHECK(off_orthogonal(u) < tolerance);
            CHECK(off_orthogonal(transpose(vh)) < tolerance);
            if (k > 1)
              CHECK(all(greater_equal(slice_in_dim(s, 0, k - 1), slice_in_dim(s, 1, k))).item<bool>());
          }
}

TEST_CASE("singular values and eigenvalues in float32 have no bias") {
  for (const std::int64_t n : {64, 256}) {
    const Array a = random::normal(random::key(0), {n, n}), b = (a + transpose(a)) / 2.0f;
    const Array exact = linalg::svd(wide(a)).s, error = (wide(linalg::svd(a).s) - exact) / largest(exact);
    CHECK(largest(error) < 1e-6);
    CHECK(std::abs(mean(error).item<double>()) < 1e-7);
    const auto [w, q] = linalg::eigh(b);
    const Array values = linalg::eigh(wide(b)).eigenvalues;
    CHECK(largest(wide(w) - values) / largest(values) < 1e-6);
    CHECK(off_orthogonal(q) < 1e-6);
    CHECK(largest(matmul(wide(q) * wide(w), transpose(wide(q))) - wide(b)) < 1e-5);
  }
}
