#include "weights.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"

namespace copse::losses {
namespace {

bool fits(const Shape& weights, const Shape& shape) {
  if (weights.rank() > shape.rank()) return false;
  for (int d = 0; d < weights.rank(); ++d)
    if (weights[d] != 1 && weights[d] != shape[d]) return false;
  return true;
}

Array widened(const Array& weights, int rank) {
  Shape shape = weights.shape();
  while (shape.rank() < rank) shape.push_back(1);
  return reshape(weights, shape);
}

}  // namespace

Array along_leading(const Array& sample_weight, const Array& like) {
  if (!fits(sample_weight.shape(), like.shape()))
    throw ShapeError(fmt::format(
        "loss: sample_weight has the shape {}, {} the values, {}", to_string(sample_weight.shape()),
        sample_weight.ndim() > like.ndim() ? "more dimensions than"
                                           : "which does not fit the leading dimensions of",
        to_string(like.shape())));
  return widened(sample_weight, like.ndim());
}

Array without_weightless(const Array& x, const Array& sample_weight) {
  if (!sample_weight.has_value() || !fits(sample_weight.shape(), x.shape())) return x;
  return where(widened(sample_weight, x.ndim()) == 0, zeros_like(x), x);
}

}  // namespace copse::losses
