// Means, and sums of exponentials.
#include <cmath>
#include <limits>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "deviations.hpp"

namespace copse {
namespace {

// Integers become float32.
Array as_float(const Array& x) { return is_floating(x.dtype()) ? x : astype(x, DType::float32); }

// bfloat16 has too few digits to add up squares and quotients: these work in float32 and round once, at the
// end.
Array widened(const Array& x) {
  return x.dtype() == DType::bfloat16 ? astype(x, DType::float32) : as_float(x);
}
Array narrowed(const Array& y, const Array& x) {
  return x.dtype() == DType::bfloat16 ? astype(y, DType::bfloat16) : y;
}

std::int64_t count_along(const Shape& shape, const std::vector<int>& axes) {
  std::int64_t n = 1;
  for (const int axis : axes) n *= shape[axis];
  return n;
}

// A reduced array, with the axes as ones where they are to be kept.
Array kept(const Array& reduced, Shape whole, const std::vector<int>& axes, bool keepdims) {
  if (!keepdims) return reduced;
  for (const int axis : axes) whole[axis] = 1;
  return reshape(reduced, whole);
}

// The largest element, as a constant for derivatives: subtracting it changes no result. Infinite ones would.
Array pivot(const Array& x, const Axes& axes) {
  const Array largest = stop_gradient(max(x, axes, true));
  return where(isfinite(largest), largest, zeros_like(largest));
}

}  // namespace

Array mean(const Array& x, const Axes& axes, bool keepdims) try {
  const std::vector<int> reduced = axes.normalize(x.ndim(), "mean");
  return narrowed(kept(reduction::mean_along(widened(x), reduced), x.shape(), reduced, keepdims), x);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("mean");
}

Array var(const Array& x, const Axes& axes, int ddof, bool keepdims) try {
  const std::vector<int> reduced = axes.normalize(x.ndim(), "var");
  const std::int64_t n = count_along(x.shape(), reduced) - ddof;
  const Array variance =
      kept(reduction::deviations(widened(x), reduced) / static_cast<double>(n), x.shape(), reduced, keepdims);
  if (n > 0) return narrowed(variance, x);
  // With no degree of freedom left there is no variance, and nothing that it changes with.
  return narrowed(where(false, variance, std::nan("")), x);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("var");
}

Array std(const Array& x, const Axes& axes, int ddof, bool keepdims) {
  return narrowed(sqrt(var(widened(x), axes, ddof, keepdims)), x);
}

Array logsumexp(const Array& x, const Axes& axes, bool keepdims) try {
  const Axes reduced(axes.normalize(x.ndim(), "logsumexp"));
  const Array wide = widened(x);
  if (count_along(x.shape(), reduced.normalize(x.ndim(), "logsumexp")) == 0)
    return narrowed(log(sum(wide, reduced, keepdims)), x);  // the logarithm of zero
  const Array largest = pivot(wide, reduced);
  const Array total = log(sum(exp(wide - largest), reduced, true)) + largest;
  return narrowed(sum(total, keepdims ? Axes(std::vector<int>{}) : reduced), x);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("logsumexp");
}

Array softmax(const Array& x, const Axes& axes) try {
  const Axes reduced(axes.normalize(x.ndim(), "softmax"));
  if (x.size() == 0) return as_float(x);
  const Array wide = widened(x);
  const Array exponentials = exp(wide - stop_gradient(max(wide, reduced, true)));
  return narrowed(exponentials * reciprocal(sum(exponentials, reduced, true)), x);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("softmax");
}

Array log_softmax(const Array& x, const Axes& axes) try {
  const Axes reduced(axes.normalize(x.ndim(), "log_softmax"));
  if (x.size() == 0) return as_float(x);
  const Array wide = widened(x);
  const Array shifted = wide - stop_gradient(max(wide, reduced, true));
  return narrowed(shifted - log(sum(exp(shifted), reduced, true)), x);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("log_softmax");
}

}  // namespace copse
