// Whole arrays compared.
#include "copse/ops/compare.hpp"

#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"

namespace copse {

bool array_equal(const Array& a, const Array& b) {
  return a.shape() == b.shape() && all(equal(a, b)).item<bool>();
}

Array isclose(const Array& a, const Array& b, double rtol, double atol) {
  const auto widened = [](const Array& x) {
    if (x.dtype() == DType::float32 || x.dtype() == DType::float64) return x;
    return astype(x, x.dtype() == DType::bfloat16 ? DType::float32 : DType::float64);
  };
  const Array x = widened(a), y = widened(b);
  const Array near = less_equal(abs(x - y), atol + rtol * abs(y));
  // Beside an infinity everything is within rtol of it.
  return logical_or(equal(x, y), logical_and(near, logical_and(isfinite(x), isfinite(y))));
}

bool all_close(const Array& a, const Array& b, double rtol, double atol) {
  return a.shape() == b.shape() && all(isclose(a, b, rtol, atol)).item<bool>();
}

}  // namespace copse
