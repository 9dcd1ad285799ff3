// The primitives behind indexing. The public functions check and convert; these take what is right already.
#pragma once

#include <vector>

#include "copse/core/primitive.hpp"
#include "copse/ops/indexing.hpp"

namespace copse::indexing {

/// Where indices apply. An array is seen as (batch..., outer..., positions, inner...): `axis` is the
/// dimension of positions and the first `batch_dims` dimensions are shared with the indices, which are
/// (batch..., which...).
struct Place {
  int axis = 0;
  int batch_dims = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

enum class Combine { set, add, multiply, min, max };

/// x (batch, outer, positions, inner), indices (batch, which) -> (batch, outer, which, inner).
Array gather(const Array& x, const Array& indices, Place place, OutOfBounds mode);
/// x with updates (batch, outer, which, inner) combined into it.
Array scatter(const Array& x, const Array& indices, const Array& updates, Place place, Combine combine);

/// The axes along which rows may be taken in parts: batch, outer, inner, and which rows there are. Of
/// combining them the operands are x, indices and updates, and the result is like x; of taking them x and
/// indices, and the result is like updates. `summed` where the parts of which rows there are add up.
std::vector<traits::DivisibleAxis> divisible_axes(const Shape& x, const Shape& indices, Place place,
                                                  bool combined, bool summed);

/// The dtype that updates are combined with x in: the one they promote to; x's own where they replace
/// elements. Results go back to x's dtype.
DType working_dtype(const Array& x, const Array& updates, Combine combine);

/// Windows: start is (batch..., rank of a window).
Array window(const Array& x, const Array& start, const Shape& sizes, int batch_dims = 0);
Array update_window(const Array& x, const Array& update, const Array& start, int batch_dims = 0);

/// Indices as the kernels want them, int32 or int64; throws DTypeError naming `function` for other than
/// integers.
Array checked_indices(const Array& indices, const char* function);

/// The extents of a place, dimensions of a kind multiplied.
struct Extents {
  std::int64_t batch = 1, outer = 1, positions = 1, which = 1, inner = 1;
};
Extents extents(const Shape& x, const Shape& indices, Place place);

/// Calls f with the indices' C++ type: int32 or int64.
template <class F>
decltype(auto) dispatch_index(DType dtype, F&& f) {
  if (dtype == DType::int64) return f.template operator()<std::int64_t>();
  return f.template operator()<std::int32_t>();
}

/// An index counted from the front: outside of [0, n) if there is no such position.
inline std::int64_t from_front(std::int64_t index, std::int64_t n) { return index < 0 ? index + n : index; }

}  // namespace copse::indexing
