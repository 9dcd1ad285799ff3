#include "copse/ops/compare.hpp"

#include "../core/concrete.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"

namespace copse {
namespace {

// A dtype in which differences are right. Integers and bool compare in float64.
Array widened(const Array& x) {
  if (x.dtype() == DType::float32 || x.dtype() == DType::float64) return x;
  return astype(x, x.dtype() == DType::bfloat16 ? DType::float32 : DType::float64);
}

Array both_nan(const Array& a, const Array& b) { return logical_and(not_equal(a, a), not_equal(b, b)); }

}  // namespace

Array isclose(const Array& a, const Array& b, double rtol, double atol, bool equal_nan) {
  const Array x = widened(a), y = widened(b);
  const Array near = less_equal(abs(x - y), atol + rtol * abs(y));
  // Beside an infinity everything is within rtol of it.
  const Array close = logical_or(equal(x, y), logical_and(near, logical_and(isfinite(x), isfinite(y))));
  return equal_nan ? logical_or(close, both_nan(x, y)) : close;
}

Array allclose(const Array& a, const Array& b, double rtol, double atol, bool equal_nan) {
  return all(isclose(a, b, rtol, atol, equal_nan));
}

bool all_close(const Array& a, const Array& b, double rtol, double atol, bool equal_nan) {
  if (a.shape() != b.shape()) return false;
  for (const Array* x : {&a, &b})
    (void)detail::concrete(*x, "all_close", "use `allclose`, which gives an array");
  return allclose(a, b, rtol, atol, equal_nan).item<bool>();
}

bool LeafTraits<Array>::close(const Array& a, const Array& b, double rtol, double atol) {
  return a.dtype() == b.dtype() && all_close(a, b, rtol, atol);
}

bool array_equal(const Array& a, const Array& b, bool equal_nan) {
  if (a.shape() != b.shape()) return false;
  for (const Array* x : {&a, &b})
    (void)detail::concrete(*x, "array_equal", "use `all(equal(a, b))`, which gives an array");
  const Array same = equal(a, b);
  return all(equal_nan ? logical_or(same, both_nan(a, b)) : same).item<bool>();
}

}  // namespace copse
