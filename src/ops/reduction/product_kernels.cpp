#include "product_kernels.hpp"

#include "copse/core/threads.hpp"
#include "hyper_dual.hpp"

namespace copse::reduction {
namespace {

using indexing::Extents;

constexpr std::int64_t most_slots = 8;  // lanes that are worked on at the same time

// The elements of one lane of an array: a line along its axis.
template <class T>
struct Lane {
  T* data;
  std::int64_t start, step;
  T& operator[](std::int64_t i) const { return data[start + i * step]; }
};

double to_double(bfloat16 x) { return static_cast<float>(x); }
template <class T>
double to_double(T x) {
  return static_cast<double>(x);
}
template <class T>
T from_double(double x) {
  if constexpr (std::is_same_v<T, bfloat16>)
    return bfloat16(static_cast<float>(x));
  else
    return static_cast<T>(x);
}

// What the kernels of all kinds share: lanes dealt out to slots, each with room of its own.
class Lanes {
 public:
  Lanes(int directions, std::int64_t lanes, std::int64_t numbers)
      : hyper_(directions), lanes_(lanes), slots_(std::clamp<std::int64_t>(lanes, 1, most_slots)) {
    room_ = numbers * hyper_.stride() + directions + 1;
  }
  std::size_t workspace() const { return static_cast<std::size_t>(slots_ * room_) * sizeof(double); }
  const HyperDual& hyper() const { return hyper_; }

  /// Calls f(lane, memory for the factors of one place, memory for the numbers).
  template <class F>
  void each(void* workspace, F f) const {
    auto* memory = static_cast<double*>(workspace);
    parallel_for(slots_, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t slot = begin; slot < end; ++slot) {
        double* room = memory + slot * room_;
        for (std::int64_t lane = lanes_ * slot / slots_; lane < lanes_ * (slot + 1) / slots_; ++lane)
          f(lane, room, room + hyper_.directions() + 1);
      }
    });
  }

 private:
  HyperDual hyper_;
  std::int64_t lanes_, slots_, room_;
};

// A place's factors, one of each group.
template <class T>
void load(const void* const* groups, std::int64_t width, int directions, const Lane<const T>& at,
          std::int64_t i, double* to) {
  for (int g = 0; g <= directions; ++g)
    to[g] = to_double(static_cast<const T*>(groups[g * width])[at.start + i * at.step]);
}

// Along an axis. in: (c,) x, d_1, ...
template <class T>
void along_axis(const Lanes& lanes, const Extents& e, bool reverse, bool gradient, const void* const* in,
                void* out, void* workspace) {
  const HyperDual& hyper = lanes.hyper();
  const std::int64_t n = e.positions, stride = hyper.stride();
  lanes.each(workspace, [&](std::int64_t lane, double* factor, double* numbers) {
    const std::int64_t first = lane / e.inner * n * e.inner + lane % e.inner;
    const Lane<const T> at{nullptr, reverse ? first + (n - 1) * e.inner : first,
                           reverse ? -e.inner : e.inner};
    const Lane<T> to{static_cast<T*>(out), at.start, at.step};
    const void* const* groups = in + (gradient ? 1 : 0);
    double* product = numbers;
    hyper.set(product, 1.0);
    for (std::int64_t i = 0; i < n; ++i) {
      if (gradient) hyper.copy(product, numbers + (i + 1) * stride);  // all in front of this one
      load<T>(groups, 1, hyper.directions(), at, i, factor);
      hyper.multiply(product, factor);
      if (!gradient) to[i] = from_double<T>(hyper.last(product));
    }
    if (!gradient) return;
    const Lane<const T> c{static_cast<const T*>(in[0]), at.start, at.step};
    double* weight = product;  // of a place: the sum of c times what stands between it and each later one
    hyper.set(weight, 0.0);
    for (std::int64_t i = n - 1; i >= 0; --i) {
      hyper.add(weight, to_double(c[i]));
      to[i] = from_double<T>(hyper.last(numbers + (i + 1) * stride, weight));
      load<T>(groups, 1, hyper.directions(), at, i, factor);
      hyper.multiply(weight, factor);
    }
  });
}

// Updates multiplied into places. in: indices, (c,) x, u, dx_1, du_1, ...
template <class T, class I>
void scattered(const Lanes& lanes, const Extents& e, bool gradient, const void* const* in, void* const* out,
               void* workspace) {
  const HyperDual& hyper = lanes.hyper();
  const std::int64_t n = e.positions, m = e.which, stride = hyper.stride();
  const void* const* groups = in + (gradient ? 2 : 1);
  lanes.each(workspace, [&](std::int64_t lane, double* factor, double* numbers) {
    const std::int64_t slab = lane / e.inner, inner = lane % e.inner;
    const I* indices = static_cast<const I*>(in[0]) + slab / e.outer * m;
    const Lane<const T> places{nullptr, slab * n * e.inner + inner, e.inner};
    const Lane<const T> updates{nullptr, slab * m * e.inner + inner, e.inner};
    const Lane<T> to_places{static_cast<T*>(out[0]), places.start, places.step};
    double* before = numbers + n * stride;  // of each update: the product of its place so far
    const auto place_of = [&](std::int64_t k) { return indexing::from_front(indices[k], n); };
    for (std::int64_t p = 0; p < n; ++p) {
      load<T>(groups, 2, hyper.directions(), places, p, factor);
      hyper.set(numbers + p * stride, factor);
    }
    for (std::int64_t k = 0; k < m; ++k) {
      const std::int64_t p = place_of(k);
      if (p < 0 || p >= n) continue;
      if (gradient) hyper.copy(numbers + p * stride, before + k * stride);
      load<T>(groups + 1, 2, hyper.directions(), updates, k, factor);
      hyper.multiply(numbers + p * stride, factor);
    }
    if (!gradient) {
      for (std::int64_t p = 0; p < n; ++p) to_places[p] = from_double<T>(hyper.last(numbers + p * stride));
      return;
    }
    const Lane<const T> c{static_cast<const T*>(in[1]), places.start, places.step};
    const Lane<T> to_updates{static_cast<T*>(out[1]), updates.start, updates.step};
    for (std::int64_t p = 0; p < n; ++p) hyper.set(numbers + p * stride, to_double(c[p]));
    for (std::int64_t k = m - 1; k >= 0; --k) {
      const std::int64_t p = place_of(k);
      const bool there = p >= 0 && p < n;
      to_updates[k] = from_double<T>(there ? hyper.last(before + k * stride, numbers + p * stride) : 0.0);
      if (!there) continue;
      load<T>(groups + 1, 2, hyper.directions(), updates, k, factor);
      hyper.multiply(numbers + p * stride, factor);
    }
    for (std::int64_t p = 0; p < n; ++p) to_places[p] = from_double<T>(hyper.last(numbers + p * stride));
  });
}

template <class F>
void dispatch_floating(DType dtype, F f) {
  dispatch(dtype, [&]<class T>() {
    if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, bfloat16>) f.template operator()<T>();
  });
}

}  // namespace

std::unique_ptr<Kernel> product_kernel(const Products& products, bool gradient, int directions,
                                       std::span<const ShapeDtype> in) {
  const std::size_t lead = (products.scattered ? 1u : 0u) + (gradient ? 1u : 0u);
  const Shape& x = in[lead].shape;
  const Shape indices = products.scattered ? in[0].shape : Shape{};
  const Extents e = indexing::extents(x, indices, products.place);
  const std::int64_t numbers =
      products.scattered ? e.positions + (gradient ? e.which : 0) : 1 + (gradient ? e.positions : 0);
  const Lanes lanes(directions, e.batch * e.outer * e.inner, numbers);
  const DType dtype = in[lead].dtype, index = in[0].dtype;
  return make_kernel(lanes.workspace(), [=, reverse = products.reverse, scatter = products.scattered](
                                            const void* const* from, void* const* to, void* workspace) {
    dispatch_floating(dtype, [&]<class T>() {
      if (!scatter) return along_axis<T>(lanes, e, reverse, gradient, from, to[0], workspace);
      indexing::dispatch_index(index,
                               [&]<class I>() { scattered<T, I>(lanes, e, gradient, from, to, workspace); });
    });
  });
}

}  // namespace copse::reduction
