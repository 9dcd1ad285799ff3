#include "copse/ops/activations.hpp"

#include <fmt/format.h>

#include <cmath>

#include "copse/core/error.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"

namespace copse {
namespace {
Array as_float(const Array& x) { return is_floating(x.dtype()) ? x : astype(x, DType::float32); }
}  // namespace

Array celu(const Array& x, double alpha) {
  const Array f = as_float(x), positive = greater(f, 0);
  return where(positive, f, alpha * expm1(where(positive, 0, f) / alpha));
}

Array selu(const Array& x) {
  return 1.0507009873554804934193349852946 * elu(as_float(x), 1.6732632423543772848170429916717);
}

Array glu(const Array& x, int axis) {
  const int at = normalize_axis(axis, x.ndim(), "glu");
  const std::int64_t extent = x.shape(at);
  if (extent % 2 != 0)
    throw ShapeError(fmt::format("glu: axis {} of shape {} has an odd extent, wanted two halves", axis,
                                 to_string(x.shape())));
  return slice_in_dim(x, 0, extent / 2, 1, at) * sigmoid(slice_in_dim(x, extent / 2, extent, 1, at));
}

Array relu6(const Array& x) { return minimum(maximum(as_float(x), 0), 6); }
Array hard_sigmoid(const Array& x) { return relu6(as_float(x) + 3.0) / 6.0; }
Array hard_silu(const Array& x) { return as_float(x) * hard_sigmoid(x); }

Array hard_tanh(const Array& x) {
  if (is_integer(x.dtype()) && !is_signed(x.dtype())) return minimum(x, 1);  // nothing is below
  return where(greater(x, 1), 1, where(less(x, -1), -1, x));  // at the ends the whole gradient passes
}

Array mish(const Array& x) {
  const Array f = as_float(x);
  return f * tanh(softplus(f));
}

Array soft_sign(const Array& x) {
  const Array f = as_float(x);
  return f / (1 + abs(f));
}

Array squareplus(const Array& x, double b) {
  const Array f = as_float(x);
  return (f + sqrt(square(f) + b)) * 0.5;
}

Array logmeanexp(const Array& x, const Axes& axes, bool keepdims) {
  double n = 1;
  for (const int axis : axes.normalize(x.ndim(), "logmeanexp")) n *= static_cast<double>(x.shape(axis));
  return logsumexp(x, axes, keepdims) - std::log(n);
}

Array standardize(const Array& x, const Axes& axes, double epsilon) {
  const Array f = as_float(x), wide = f.dtype() == DType::bfloat16 ? astype(f, DType::float32) : f;
  const Array centred = wide - mean(wide, axes, true);
  return astype(centred * rsqrt(mean(square(centred), axes, true) + epsilon), f.dtype());
}

}  // namespace copse
