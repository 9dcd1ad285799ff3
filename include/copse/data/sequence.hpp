// Sequences of several lengths in one array.
#pragma once

#include <utility>

#include "copse/core/array.hpp"
#include "copse/data/batch.hpp"

namespace copse::data {

/// A sequence and how long it is; padded in a batch, several of them: (batch, time, ...) and (batch,).
struct Sequence {
  Array values{};
  Array lengths{};  ///< int32

  /// True where there is an element, false where there is padding: bool of (time,) or (batch, time).
  Array mask() const;
  /// Each sequence from its last element to its first; the padding behind it stays where it is. Throws
  /// ShapeError if values and lengths do not go together.
  Sequence reversed() const;
};

/// An array with the elements of a sequence along its first axis. Throws ShapeError if it has none.
Sequence sequence(Array values);

/// For `map`: gives samples the lengths of their inputs, so that a model gets a Sequence:
///
///     auto train = texts.map(data::with_lengths).batch(32, {.pad = 0, .buckets = {16, 32, 64}});
inline constexpr auto with_lengths = []<class Y, class W>(BatchOf<Array, Y, W> one) {
  return BatchOf<Sequence, Y, W>{sequence(std::move(one.inputs)), std::move(one.labels),
                                 std::move(one.sample_weight)};
};

}  // namespace copse::data
