// The primitive that combines rows into an array by index.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "../elementwise/apply.hpp"
#include "../reduction/product_rules.hpp"
#include "../shaping/primitives.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "primitives.hpp"

namespace copse::indexing {
namespace {

struct ScatterParams {
  Place place;
  Combine combine;
  friend bool operator==(const ScatterParams&, const ScatterParams&) = default;
};

template <class T>
T add_elements(T x, T u) {
  if constexpr (std::is_same_v<T, bool>)
    return x || u;
  else if constexpr (std::is_same_v<T, bfloat16>)
    return bfloat16(static_cast<float>(x) + static_cast<float>(u));
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<std::uint64_t>(x) + static_cast<std::uint64_t>(u));  // wraps
  else
    return x + u;
}

template <class T>
T multiply_elements(T x, T u) {
  if constexpr (std::is_same_v<T, bool>)
    return x && u;
  else if constexpr (std::is_same_v<T, bfloat16>)
    return bfloat16(static_cast<float>(x) * static_cast<float>(u));
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<std::uint64_t>(x) * static_cast<std::uint64_t>(u));
  else
    return x * u;
}

// A nan wins in both.
template <class T>
T min_elements(T x, T u) {
  return u < x || u != u ? u : x;
}
template <class T>
T max_elements(T x, T u) {
  return u > x || u != u ? u : x;
}

// Calls f with the function that combines an element with its update.
template <class T, class F>
void with_combine(Combine combine, F f) {
  switch (combine) {
    case Combine::set:
      return f([](T, T u) { return u; });
    case Combine::add:
      return f([](T x, T u) { return add_elements(x, u); });
    case Combine::multiply:
      return f([](T x, T u) { return multiply_elements(x, u); });
    case Combine::min:
      return f([](T x, T u) { return min_elements(x, u); });
    default:
      return f([](T x, T u) { return max_elements(x, u); });
  }
}

// The updates of a slab to its positions [begin, end).
template <class T, class I, class F>
void scatter_slab(const Extents& e, const I* indices, const T* updates, T* out, std::int64_t begin,
                  std::int64_t end, F f) {
  if (e.inner == 1) {
    for (std::int64_t k = 0; k < e.which; ++k) {
      const std::int64_t at = from_front(indices[k], e.positions);
      if (at >= begin && at < end) out[at] = f(out[at], updates[k]);
    }
    return;
  }
  for (std::int64_t k = 0; k < e.which; ++k) {
    const std::int64_t at = from_front(indices[k], e.positions);
    if (at < begin || at >= end) continue;
    T* x = out + at * e.inner;
    const T* u = updates + k * e.inner;
#pragma GCC ivdep
    for (std::int64_t i = 0; i < e.inner; ++i) x[i] = f(x[i], u[i]);
  }
}

// Updates to one position happen in their order, whatever the number of threads: each thread owns some
// positions.
template <class T, class I>
void scatter_rows(const Extents& e, Combine combine, const I* indices, const T* updates, T* out) {
  const std::int64_t slabs = e.batch * e.outer, work = e.which * e.inner;
  if (work == 0 || e.positions == 0) return;
  with_combine<T>(combine, [&](auto f) {
    const auto range = [&](std::int64_t slab, std::int64_t begin, std::int64_t end) {
      scatter_slab(e, indices + slab / e.outer * e.which, updates + slab * work,
                   out + slab * e.positions * e.inner, begin, end, f);
    };
    if (slabs >= 4 || e.inner < 16) {
      parallel_for(slabs, std::max<std::int64_t>(1, 32768 / work), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t slab = begin; slab < end; ++slab) range(slab, 0, e.positions);
      });
      return;
    }
    for (std::int64_t slab = 0; slab < slabs; ++slab)
      parallel_for(e.positions, std::max<std::int64_t>(1, 32768 * e.positions / work),
                   [&](std::int64_t begin, std::int64_t end) { range(slab, begin, end); });
  });
}

class Scatter final : public PrimitiveWith<Scatter, ScatterParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override {
    static constexpr std::string_view names[] = {"scatter_set", "scatter_add", "scatter_multiply",
                                                 "scatter_min", "scatter_max"};
    return names[static_cast<int>(params.combine)];
  }
  double flops(std::span<const ShapeDtype> in, std::span<const ShapeDtype>) const override {
    return params.combine == Combine::set ? 0 : static_cast<double>(in[2].shape.elements());
  }
  std::string parameters() const override {
    return fmt::format(
        "axis={}{}", params.place.axis,
        params.place.batch_dims ? fmt::format(", batch_dims={}", params.place.batch_dims) : "");
  }

  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = in[0];
    out[0].weak = in[0].weak && in[2].weak;
  }
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype>) const override {
    const bool summed = params.combine == Combine::add && in[0].dtype != DType::bool_;
    return indexing::divisible_axes(in[0].shape, in[1].shape, params.place, true, summed);
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    return make_kernel([e = extents(in[0].shape, in[1].shape, params.place), combine = params.combine,
                        dtype = in[0].dtype, index = in[1].dtype,
                        bytes = in[0].bytes()](const void* const* from, void* const* to) {
      if (bytes && to[0] != from[0]) std::memcpy(to[0], from[0], bytes);
      dispatch(dtype, [&]<class T>() {
        dispatch_index(index, [&]<class I>() {
          scatter_rows(e, combine, static_cast<const I*>(from[1]), static_cast<const T*>(from[2]),
                       static_cast<T*>(to[0]));
        });
      });
    });
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array& ct = call.cotangents[0];
    if (!ct.has_value()) return {Array(), Array(), Array()};
    switch (params.combine) {
      case Combine::add:
        return {ct, Array(), call.wanted[2] ? taken(ct, call.inputs[1]) : Array()};
      case Combine::set:
        return {call.wanted[0] ? put(ct, call.inputs[1], zeros_like(call.inputs[2]), Combine::set) : Array(),
                Array(),
                call.wanted[2] ? where(is_last(call), taken(ct, call.inputs[1]), zeros_like(call.inputs[2]))
                               : Array()};
      case Combine::multiply: {
        if (!call.wanted[2])
          return {put(ct, call.inputs[1], call.inputs[2], Combine::multiply), Array(), Array()};
        const auto both =
            reduction::product_gradient(products(), call.inputs[1], ct, {{call.inputs[0], call.inputs[2]}});
        return {both[0], Array(), both[1]};
      }
      default:
        return shared_by_equals(call);
    }
  }

  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override {
    const bool linear = params.combine == Combine::add || params.combine == Combine::set;
    if (!linear && params.combine != Combine::multiply) return Primitive::jvp(in, out, tangents);
    if (!tangents[0].has_value() && !tangents[2].has_value()) return {Array()};
    const auto part = [&](std::size_t i) {
      return tangents[i].has_value() ? tangents[i] : zeros_like(in[i]);
    };
    if (!linear)
      return {reduction::product_derivative(products(), in[1], {{in[0], in[2]}, {part(0), part(2)}})};
    return {put(part(0), in[1], part(2), params.combine)};
  }

  BatchResult batch(const BatchCall& call) const override {
    const auto mapped = [&](std::size_t i) {
      return shaping::with_batch(call.inputs[i], call.batched[i] != 0, call.size);
    };
    Place place = params.place;
    ++place.axis;
    if (!call.batched[1] && place.batch_dims == 0)
      return scatter(mapped(0), call.inputs[1], mapped(2), place, params.combine);
    ++place.batch_dims;
    return scatter(mapped(0), mapped(1), mapped(2), place, params.combine);
  }

 private:
  reduction::Products products() const { return {.scattered = true, .place = params.place}; }
  Array taken(const Array& x, const Array& indices) const {
    return gather(x, indices, params.place, OutOfBounds::zero);
  }
  Array put(const Array& x, const Array& indices, const Array& updates, Combine combine) const {
    return scatter(x, indices, updates, params.place, combine);
  }

  // Whether an update is the one that stayed, in the updates' shape up to trailing dimensions: each writes
  // its number.
  Array is_last(const VjpCall& call) const {
    const Array &x = call.inputs[0], &indices = call.inputs[1];
    const int b = params.place.batch_dims, which = indices.ndim() - b;
    Shape numbers_shape = indices.shape(), ids = indices.shape(), full_shape;
    std::int64_t count = 1;
    for (int d = b; d < indices.ndim(); ++d) count *= indices.shape(d);
    for (int d = 0; d < b; ++d) numbers_shape[d] = 1;
    while (ids.rank() > b) ids.erase(b);
    ids.push_back(x.shape(params.place.axis));
    const Array numbers = broadcast_to(reshape(arange(count, DType::int64), numbers_shape), indices.shape());
    const Place place{b, b};
    const Array stayed = gather(scatter(full(ids, -1, DType::int64), indices, numbers, place, Combine::set),
                                indices, place, OutOfBounds::zero);
    // (batch, which) -> (batch, 1 for outer, which, 1 for inner)
    for (int d = 0; d < b; ++d) full_shape.push_back(indices.shape(d));
    for (int d = b; d < params.place.axis; ++d) full_shape.push_back(1);
    for (int d = 0; d < which; ++d) full_shape.push_back(indices.shape(b + d));
    for (int d = params.place.axis + 1; d < x.ndim(); ++d) full_shape.push_back(1);
    return reshape(stayed == numbers, full_shape);
  }

  // Smallest and largest: all that equal the result share its gradient.
  std::vector<Array> shared_by_equals(const VjpCall& call) const {
    const Array &x = call.inputs[0], &indices = call.inputs[1], &updates = call.inputs[2],
                &out = call.outputs[0];
    const DType dtype = call.cotangents[0].dtype();
    const Array kept = astype(equal(x, out), dtype),
                put_in = astype(equal(updates, taken(out, indices)), dtype);
    const Array share = call.cotangents[0] / put(kept, indices, put_in, Combine::add);
    return {call.wanted[0] ? share * kept : Array(), Array(),
            call.wanted[2] ? taken(share, indices) * put_in : Array()};
  }
};

}  // namespace

DType working_dtype(const Array& x, const Array& updates, Combine combine) {
  return combine == Combine::set ? x.dtype() : promote(x.type().type(), updates.type().type()).dtype;
}

Array scatter(const Array& x, const Array& indices, const Array& updates, Place place, Combine combine) {
  const PrimitivePtr primitive = new_primitive<Scatter>(ScatterParams{place, combine});
  if (x.dtype() == DType::bfloat16 && combine == Combine::add) {
    // Many updates may add up in one element.
    const Array sum = bind(primitive, elementwise::convert(x, DType::float32), indices,
                           elementwise::convert(updates, DType::float32));
    return elementwise::convert(sum, DType::bfloat16, x.weak_type());
  }
  return bind(primitive, x, indices, updates);
}

}  // namespace copse::indexing
