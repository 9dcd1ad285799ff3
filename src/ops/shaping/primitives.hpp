// The primitives that rearrange elements. The public functions check; these take what is right already.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "copse/core/primitive.hpp"

namespace copse::shaping {

using Extents = std::vector<std::int64_t>;

struct PadParams {
  Extents low, high, interior;
  friend bool operator==(const PadParams&, const PadParams&) = default;
};

PrimitivePtr reshape(const Shape& shape);
PrimitivePtr broadcast(const Shape& shape);
PrimitivePtr transpose(std::vector<int> axes);
PrimitivePtr slice(Extents start, Extents limit, Extents stride);
PrimitivePtr reverse(std::vector<int> axes);
PrimitivePtr concatenate(int axis);
/// Inputs: the array and a scalar of its dtype.
PrimitivePtr pad(Extents low, Extents high, Extents interior);

/// Axes counted from the front, in the order given; throws ShapeError naming `function` if one is out of
/// range or given twice.
std::vector<int> normalize_axes(std::span<const int> axes, int rank, const char* function);

/// `[1, 2, 3]`, for printing.
std::string to_string(std::span<const std::int64_t> numbers);
std::string to_string(std::span<const int> numbers);

/// x with new dimensions of extent 1 behind its first, so that the rest aligns with `rank` dimensions.
Array align_batched(const Array& x, int rank);
/// x with a mapped axis of extent `size` in front, repeated if it has none.
Array with_batch(const Array& x, bool batched, std::int64_t size);

}  // namespace copse::shaping
