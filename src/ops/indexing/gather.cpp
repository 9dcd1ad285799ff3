// The primitive that takes rows by index.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "../elementwise/apply.hpp"
#include "../shaping/primitives.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/shaping.hpp"
#include "primitives.hpp"

namespace copse::indexing {

Array checked_indices(const Array& indices, const char* function) {
  const DType dtype = indices.dtype();
  if (!is_integer(dtype))
    throw DTypeError(fmt::format("{}: the indices are {}, wanted integers", function, name_of(dtype)));
  if (dtype == DType::int32 || dtype == DType::int64) return indices;
  return elementwise::convert(indices, dtype == DType::uint32 ? DType::int64 : DType::int32);
}

Extents extents(const Shape& x, const Shape& indices, Place place) {
  Extents e;
  for (int d = 0; d < x.rank(); ++d)
    (d < place.batch_dims ? e.batch
     : d < place.axis     ? e.outer
     : d == place.axis    ? e.positions
                          : e.inner) *= x[d];
  for (int d = place.batch_dims; d < indices.rank(); ++d) e.which *= indices[d];
  return e;
}

std::vector<traits::DivisibleAxis> divisible_axes(const Shape& x, const Shape& indices, Place place,
                                                  bool combined, bool summed) {
  using traits::DivisibleAxis;
  std::vector<DivisibleAxis> axes;
  const auto add = [&](int of_x, int of_indices, int of_updates) {
    if (combined)
      axes.push_back({{of_x, of_indices, of_updates}, {of_x}});
    else
      axes.push_back({{of_x, of_indices}, {of_updates}});
  };
  const int which = indices.rank() - place.batch_dims;
  for (int d = 0; d < x.rank(); ++d)
    if (d != place.axis)
      add(d, d < place.batch_dims ? d : DivisibleAxis::whole, d < place.axis ? d : d + which - 1);
  if (combined && !summed) return axes;
  for (int d = 0; d < which; ++d) add(DivisibleAxis::whole, place.batch_dims + d, place.axis + d);
  if (combined)
    for (auto axis = axes.end() - which; axis != axes.end(); ++axis) axis->in[0] = DivisibleAxis::summed;
  return axes;
}

namespace {

struct GatherParams {
  Place place;
  OutOfBounds mode;
  friend bool operator==(const GatherParams&, const GatherParams&) = default;
};

// The element for an index that is out of range.
template <class T>
T missing(OutOfBounds mode) {
  if (mode == OutOfBounds::zero) return T{};
  if constexpr (std::is_same_v<T, bfloat16>)
    return bfloat16(std::numeric_limits<float>::quiet_NaN());
  else if constexpr (std::is_floating_point_v<T>)
    return std::numeric_limits<T>::quiet_NaN();
  else
    return std::is_signed_v<T> ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max();
}

// Single elements: without a branch for each, which made the loop take twice as long.
template <class T, class I>
void gather_elements(std::int64_t n, OutOfBounds mode, const T* x, const I* places, std::int64_t count,
                     T* out) {
  if (mode == OutOfBounds::clamp && n > 0) {
    for (std::int64_t k = 0; k < count; ++k)
      out[k] = x[std::clamp<std::int64_t>(from_front(places[k], n), 0, n - 1)];
    return;
  }
  const T fill = missing<T>(mode);
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t at = from_front(places[k], n);
    out[k] = at < 0 || at >= n ? fill : x[at];
  }
}

template <class T, class I>
void gather_rows(std::int64_t n, std::int64_t inner, OutOfBounds mode, const T* x, const I* places,
                 std::int64_t count, T* out) {
  const T fill = missing<T>(mode);
  for (std::int64_t k = 0; k < count; ++k, out += inner) {
    std::int64_t at = from_front(places[k], n);
    if (mode == OutOfBounds::clamp && n > 0) at = std::clamp<std::int64_t>(at, 0, n - 1);
    if (at < 0 || at >= n) {
      std::fill_n(out, inner, fill);
    } else {
      std::memcpy(out, x + at * inner, static_cast<std::size_t>(inner) * sizeof(T));
    }
  }
}

template <class T, class I>
void gather_all(const Extents& e, OutOfBounds mode, const T* x, const I* indices, T* out) {
  const std::int64_t n = e.positions, rows = e.batch * e.outer * e.which;
  if (rows == 0 || e.inner == 0) return;
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / e.inner);
  parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t k = begin % e.which, slab = begin / e.which, outer = slab % e.outer;
    const I* places = indices + slab / e.outer * e.which;  // of the slab
    while (begin < end) {
      const std::int64_t count = std::min(e.which - k, end - begin);
      const T* from = x + slab * n * e.inner;
      T* to = out + begin * e.inner;
      if (e.inner == 1) {
        gather_elements(n, mode, from, places + k, count, to);
      } else {
        gather_rows(n, e.inner, mode, from, places + k, count, to);
      }
      begin += count;
      k = 0;
      ++slab;
      if (++outer == e.outer) {
        outer = 0;
        places += e.which;
      }
    }
  });
}

class Gather final : public PrimitiveWith<Gather, GatherParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override { return "gather"; }
  double flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override { return 0; }
  std::string parameters() const override {
    return fmt::format(
        "axis={}{}", params.place.axis,
        params.place.batch_dims ? fmt::format(", batch_dims={}", params.place.batch_dims) : "");
  }

  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    Shape shape;
    for (int d = 0; d < params.place.axis; ++d) shape.push_back(in[0].shape[d]);
    for (int d = params.place.batch_dims; d < in[1].shape.rank(); ++d) shape.push_back(in[1].shape[d]);
    for (int d = params.place.axis + 1; d < in[0].shape.rank(); ++d) shape.push_back(in[0].shape[d]);
    out[0] = {shape, in[0].dtype, in[0].weak};
  }
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype>) const override {
    return indexing::divisible_axes(in[0].shape, in[1].shape, params.place, false, false);
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    return make_kernel([e = extents(in[0].shape, in[1].shape, params.place), mode = params.mode,
                        dtype = in[0].dtype, index = in[1].dtype](const void* const* from, void* const* to) {
      dispatch(dtype, [&]<class T>() {
        dispatch_index(index, [&]<class I>() {
          gather_all(e, mode, static_cast<const T*>(from[0]), static_cast<const I*>(from[1]),
                     static_cast<T*>(to[0]));
        });
      });
    });
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    if (!call.wanted[0] || !call.cotangents[0].has_value()) return {Array(), Array()};
    const Array& x = call.inputs[0];
    Array indices = call.inputs[1];
    if (params.mode == OutOfBounds::clamp) {
      const std::int64_t n = x.shape(params.place.axis);
      indices = clip(where(indices < 0, indices + n, indices), 0, n - 1);
    }
    return {scatter(zeros(x.shape(), call.cotangents[0].dtype()), indices, call.cotangents[0], params.place,
                    Combine::add),
            Array()};
  }

  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array>,
                         std::span<const Array> tangents) const override {
    if (!tangents[0].has_value()) return {Array()};
    // What is out of range does not depend on x.
    const OutOfBounds mode = params.mode == OutOfBounds::clamp ? OutOfBounds::clamp : OutOfBounds::zero;
    return {gather(tangents[0], in[1], params.place, mode)};
  }

  BatchResult batch(const BatchCall& call) const override {
    const Array &x = call.inputs[0], &indices = call.inputs[1];
    Place place = params.place;
    if (call.batched[0]) {
      ++place.axis;
      if (!call.batched[1] && place.batch_dims == 0) return gather(x, indices, place, params.mode);
      ++place.batch_dims;
      return gather(x, shaping::with_batch(indices, call.batched[1] != 0, call.size), place, params.mode);
    }
    // The mapped axis is one more dimension of the indices.
    const Array out = gather(x, moveaxis(indices, 0, place.batch_dims), place, params.mode);
    return moveaxis(out, place.axis, 0);
  }
};

}  // namespace

Array gather(const Array& x, const Array& indices, Place place, OutOfBounds mode) {
  return bind(new_primitive<Gather>(GatherParams{place, mode}), x, indices);
}

}  // namespace copse::indexing
