#include "copse/data/sequence.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"

namespace copse::data {

Array Sequence::mask() const {
  const int axis = lengths.ndim();
  if (axis >= values.ndim()) {
    throw ShapeError(
        fmt::format("Sequence::mask: values are {}, lengths {}: wanted one length for each sequence",
                    to_string(values.type()), to_string(lengths.type())));
  }
  return arange(values.shape(axis)) < expand_dims(lengths, -1);
}

Sequence sequence(Array values) {
  if (values.ndim() == 0) {
    throw ShapeError(
        fmt::format("sequence: got {}, wanted elements along the first axis", to_string(values.type())));
  }
  Array length = astype(Array(values.shape(0)), DType::int32);
  return {std::move(values), std::move(length)};
}

}  // namespace copse::data
