#include "copse/data/sequence.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/shaping.hpp"

namespace copse::data {

namespace {

// The numbers of elements along the time axis, (time,).
Array places(const char* function, const Sequence& sequence) {
  const int axis = sequence.lengths.ndim();
  if (axis >= sequence.values.ndim()) {
    throw ShapeError(fmt::format("{}: values are {}, lengths {}: wanted one length for each sequence",
                                 function, to_string(sequence.values.type()),
                                 to_string(sequence.lengths.type())));
  }
  return arange(sequence.values.shape(axis));
}

}  // namespace

Array Sequence::mask() const { return places("Sequence::mask", *this) < expand_dims(lengths, -1); }

Sequence Sequence::reversed() const {
  const Array place = places("Sequence::reversed", *this), length = expand_dims(lengths, -1);
  Array from = where(place < length, length - 1 - place, place);
  for (int axis = from.ndim(); axis < values.ndim(); ++axis) from = expand_dims(from, -1);
  return {take_along_axis(values, from, lengths.ndim()), lengths};
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
