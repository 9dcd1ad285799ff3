#include "copse/nn/linear.hpp"

#include <fmt/format.h>

#include "check.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"

namespace copse::nn {

Array Linear::operator()(Scope& scope, const Array& x) {
  auto call = scope.enter(*this, x);
  if (x.ndim() == 0) scope.fail(*this, "the input has no dimensions, wanted (..., features)");
  const std::int64_t in = x.shape(-1);
  if (kernel->has_value() && kernel->ndim() == 2 && kernel->shape(0) != in)
    scope.fail(*this, fmt::format("input has {} features, kernel wants {}", in, kernel->shape(0)));
  const Array& k = scope.parameter(*this, "kernel", kernel, kernel_init, {in, features});
  Array y = matmul(as_dtype(x, dtype), as_dtype(k, dtype));
  if (use_bias) y = y + as_dtype(scope.parameter(*this, "bias", bias, bias_init, {features}), dtype);
  return call(y);
}

}  // namespace copse::nn
