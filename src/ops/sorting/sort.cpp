// The primitives that put elements in order.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "../indexing/primitives.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/sorting.hpp"
#include "core/lifetime.hpp"
#include "keys.hpp"
#include "primitives.hpp"
#include "radix.hpp"

namespace copse::sorting {
namespace {

struct NoParams {
  friend bool operator==(const NoParams&, const NoParams&) = default;
};
struct OrderParams {
  bool descending;
  friend bool operator==(const OrderParams&, const OrderParams&) = default;
};
struct TopParams {
  std::int64_t k;
  friend bool operator==(const TopParams&, const TopParams&) = default;
};

template <class K>
struct Numbered {
  K key;
  std::int32_t index;
};

struct Rows {
  std::int64_t count = 1, n = 1;
};

Rows rows_of(const Shape& shape) {
  Rows rows{1, shape.back()};
  for (int d = 0; d + 1 < shape.rank(); ++d) rows.count *= shape[d];
  return rows;
}

// f(first row, last row) with rows enough for a thread to be worth it.
template <class F>
void each_row(const Rows& rows, F f) {
  if (rows.n == 0) return;
  parallel_for(rows.count, std::max<std::int64_t>(1, 4096 / rows.n), f);
}

template <class T>
void sort_rows(const Rows& rows, const T* in, T* out) {
  using K = Key<T>;
  each_row(rows, [&](std::int64_t begin, std::int64_t end) {
    std::vector<K> keys(static_cast<std::size_t>(2 * rows.n));
    for (std::int64_t r = begin; r < end; ++r) {
      const T* x = in + r * rows.n;
      for (std::int64_t i = 0; i < rows.n; ++i) keys[static_cast<std::size_t>(i)] = key_of(x[i], false);
      radix_sort(keys.data(), keys.data() + rows.n, rows.n, [](K k) { return k; });
      for (std::int64_t i = 0; i < rows.n; ++i)
        out[r * rows.n + i] = element_of<T>(keys[static_cast<std::size_t>(i)]);
    }
  });
}

template <class T>
void argsort_rows(const Rows& rows, bool descending, const T* in, std::int32_t* out) {
  using K = Key<T>;
  each_row(rows, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Numbered<K>> items(static_cast<std::size_t>(2 * rows.n));
    for (std::int64_t r = begin; r < end; ++r) {
      const T* x = in + r * rows.n;
      for (std::int64_t i = 0; i < rows.n; ++i) {
        const K key = key_of(x[i], true);
        items[static_cast<std::size_t>(i)] = {descending ? static_cast<K>(~key) : key,
                                              static_cast<std::int32_t>(i)};
      }
      radix_sort(items.data(), items.data() + rows.n, rows.n,
                 [](const Numbered<K>& item) { return item.key; });
      for (std::int64_t i = 0; i < rows.n; ++i)
        out[r * rows.n + i] = items[static_cast<std::size_t>(i)].index;
    }
  });
}

// Whether a comes before b: the larger, of equal ones the first.
template <class K>
bool before(const Numbered<K>& a, const Numbered<K>& b) {
  return a.key != b.key ? a.key > b.key : a.index < b.index;
}

// The k first of a row, in order, at the start of `items`, which has room for all.
template <class T>
void top_of_row(const T* x, std::int64_t n, std::int64_t k, Numbered<Key<T>>* items) {
  if (k <= 16 && k < n) {
    // Few are kept in order; hardly any element is larger than the last of them.
    std::int64_t kept = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const Key<T> key = key_of(x[i], true);
      if (kept == k && key <= items[k - 1].key) continue;
      std::int64_t at = kept < k ? kept++ : k - 1;
      for (; at > 0 && key > items[at - 1].key; --at) items[at] = items[at - 1];
      items[at] = {key, static_cast<std::int32_t>(i)};
    }
    return;
  }
  if (k < n / 4) {
    // Candidates are larger than the k-th of those before; where they fill the room, the k first of them
    // stay.
    const std::int64_t room = std::min(n, 2 * k + 64);
    std::int64_t count = 0;
    Key<T> least = 0;
    bool full = false;
    for (std::int64_t i = 0; i < n; ++i) {
      const Key<T> key = key_of(x[i], true);
      if (full && key <= least) continue;
      items[count++] = {key, static_cast<std::int32_t>(i)};
      if (count < room) continue;
      std::nth_element(items, items + (k - 1), items + count, before<Key<T>>);
      least = items[k - 1].key;
      count = k;
      full = true;
    }
    std::nth_element(items, items + (k - 1), items + count, before<Key<T>>);
    std::sort(items, items + k, before<Key<T>>);
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) items[i] = {key_of(x[i], true), static_cast<std::int32_t>(i)};
  if (k < n) std::nth_element(items, items + (k - 1), items + n, before<Key<T>>);
  std::sort(items, items + k, before<Key<T>>);
}

template <class T>
void top_rows(const Rows& rows, std::int64_t k, const T* in, T* values, std::int32_t* indices) {
  if (k == 0) return;
  each_row(rows, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Numbered<Key<T>>> items(static_cast<std::size_t>(rows.n));
    for (std::int64_t r = begin; r < end; ++r) {
      const T* x = in + r * rows.n;
      top_of_row(x, rows.n, k, items.data());
      for (std::int64_t i = 0; i < k; ++i) {
        const std::int32_t at = items[static_cast<std::size_t>(i)].index;
        indices[r * k + i] = at;
        values[r * k + i] = x[at];
      }
    }
  });
}

// Rows are sorted each by itself: along all axes but the last, which results have alike.
std::vector<traits::DivisibleAxis> axes_of_rows(const Shape& shape, std::size_t results) {
  std::vector<traits::DivisibleAxis> axes;
  for (int d = 0; d + 1 < shape.rank(); ++d) axes.push_back({{d}, std::vector<int>(results, d)});
  return axes;
}

// Elements of the last axis in another order, and the way back.
Array reordered(const Array& x, const Array& order) { return take_along_axis(x, order, -1); }
Array returned(const Array& ct, const Array& order, const Shape& shape) {
  const int last = shape.rank() - 1;
  return indexing::scatter(zeros(shape, ct.dtype()), order, ct, {last, last}, indexing::Combine::add);
}

class Sort final : public PrimitiveWith<Sort, NoParams> {
 public:
  Sort() : PrimitiveWith(NoParams{}) {}
  std::string_view name() const override { return "sort"; }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override { out[0] = in[0]; }
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype> out) const override {
    return axes_of_rows(in[0].shape, out.size());
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    return make_kernel([rows = rows_of(in[0].shape), dtype = in[0].dtype](const void* const* from,
                                                                          void* const* to) {
      dispatch(dtype,
               [&]<class T>() { sort_rows(rows, static_cast<const T*>(from[0]), static_cast<T*>(to[0])); });
    });
  }
  // The order is found again: who wants no gradient does not pay for it.
  std::vector<Array> vjp(const VjpCall& call) const override {
    if (!call.wanted[0] || !call.cotangents[0].has_value()) return {Array()};
    return {returned(call.cotangents[0], copse::argsort(call.inputs[0]), call.inputs[0].shape())};
  }
  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array>,
                         std::span<const Array> tangents) const override {
    if (!tangents[0].has_value()) return {Array()};
    return {reordered(tangents[0], copse::argsort(in[0]))};
  }
  BatchResult batch(const BatchCall& call) const override { return bind(share(), call.inputs[0]); }
};

class ArgSort final : public PrimitiveWith<ArgSort, OrderParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override { return "argsort"; }
  std::string parameters() const override { return params.descending ? "descending" : ""; }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {in[0].shape, DType::int32, false};
  }
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype> out) const override {
    return axes_of_rows(in[0].shape, out.size());
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    return make_kernel([rows = rows_of(in[0].shape), dtype = in[0].dtype, descending = params.descending](
                           const void* const* from, void* const* to) {
      dispatch(dtype, [&]<class T>() {
        argsort_rows(rows, descending, static_cast<const T*>(from[0]), static_cast<std::int32_t*>(to[0]));
      });
    });
  }
  std::vector<Array> vjp(const VjpCall&) const override { return {Array()}; }
  std::vector<Array> jvp(std::span<const Array>, std::span<const Array>,
                         std::span<const Array>) const override {
    return {Array()};
  }
  BatchResult batch(const BatchCall& call) const override { return bind(share(), call.inputs[0]); }
};

class TopKPrimitive final : public PrimitiveWith<TopKPrimitive, TopParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override { return "top_k"; }
  std::string parameters() const override { return fmt::format("k={}", params.k); }
  int outputs() const override { return 2; }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = in[0];
    out[0].shape[-1] = params.k;
    out[1] = {out[0].shape, DType::int32, false};
  }
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype> out) const override {
    return axes_of_rows(in[0].shape, out.size());
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    return make_kernel([rows = rows_of(in[0].shape), dtype = in[0].dtype, k = params.k](
                           const void* const* from, void* const* to) {
      dispatch(dtype, [&]<class T>() {
        top_rows(rows, k, static_cast<const T*>(from[0]), static_cast<T*>(to[0]),
                 static_cast<std::int32_t*>(to[1]));
      });
    });
  }
  std::vector<Array> vjp(const VjpCall& call) const override {
    if (!call.wanted[0] || !call.cotangents[0].has_value()) return {Array()};
    return {returned(call.cotangents[0], call.outputs[1], call.inputs[0].shape())};
  }
  std::vector<Array> jvp(std::span<const Array>, std::span<const Array> out,
                         std::span<const Array> tangents) const override {
    if (!tangents[0].has_value()) return {Array(), Array()};
    return {reordered(tangents[0], out[1]), Array()};
  }
  BatchResult batch(const BatchCall& call) const override {
    std::vector<Array> out(2);
    copse::bind(share(), call.inputs, out);
    return {std::move(out), {1, 1}};
  }
};

}  // namespace

PrimitivePtr sort() {
  static const auto& primitive = detail::never_destroyed<PrimitivePtr>(new_primitive<Sort>());
  return primitive;
}
PrimitivePtr argsort(bool descending) { return new_primitive<ArgSort>(OrderParams{descending}); }
PrimitivePtr top_k(std::int64_t k) { return new_primitive<TopKPrimitive>(TopParams{k}); }

}  // namespace copse::sorting

namespace copse {
namespace {

void require_int32_positions(const char* function, std::int64_t n) {
  if (n > std::numeric_limits<std::int32_t>::max())
    throw ShapeError(fmt::format("{}: an axis of {} elements has positions beyond int32", function, n));
}

}  // namespace

Array sort(const Array& x, std::optional<int> axis, bool descending) {
  if (!axis) return sort(ravel(x), 0, descending);
  const int at = normalize_axis(*axis, x.ndim(), "sort");
  const Array ordered = moveaxis(bind(sorting::sort(), moveaxis(x, at, -1)), -1, at);
  return descending ? flip(ordered, at) : ordered;
}

Array argsort(const Array& x, std::optional<int> axis, bool descending) {
  if (!axis) return argsort(ravel(x), 0, descending);
  const int at = normalize_axis(*axis, x.ndim(), "argsort");
  require_int32_positions("argsort", x.shape(at));
  return moveaxis(bind(sorting::argsort(descending), moveaxis(x, at, -1)), -1, at);
}

TopK top_k(const Array& x, std::int64_t k) {
  if (x.ndim() == 0) throw ShapeError("top_k: got a scalar, wanted one dimension or more");
  if (k < 0 || k > x.shape(-1))
    throw ValueError(fmt::format("top_k: k is {} for a last axis of {}", k, x.shape(-1)));
  require_int32_positions("top_k", x.shape(-1));
  Array out[2];
  copse::bind(sorting::top_k(k), std::span<const Array>(&x, 1), out);
  return {std::move(out[0]), std::move(out[1])};
}

}  // namespace copse
