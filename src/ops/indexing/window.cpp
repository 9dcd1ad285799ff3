// The primitives for windows whose place is known only at run time.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "../shaping/primitives.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "primitives.hpp"

namespace copse::indexing {
namespace {

struct SliceParams {
  Shape sizes;
  int batch_dims;
  friend bool operator==(const SliceParams&, const SliceParams&) = default;
};
struct UpdateParams {
  int batch_dims;
  friend bool operator==(const UpdateParams&, const UpdateParams&) = default;
};

// Walks over the rows of a window in an array, both of several batches.
class WindowRows {
 public:
  WindowRows(const Shape& array, const Shape& window, int batch_dims, std::size_t item) {
    rank_ = array.rank() - batch_dims;
    for (int d = 0; d < batch_dims; ++d) batch_ *= array[d];
    for (int d = 0; d < rank_; ++d) {
      dims_[d] = array[batch_dims + d];
      sizes_[d] = window[batch_dims + d];
    }
    item_ = item;
    // Dimensions that the window fills lie as densely in the array as in the window: they make up one row.
    row_rank_ = rank_;
    while (row_rank_ > 1 && sizes_[row_rank_ - 1] == dims_[row_rank_ - 1]) row_ *= sizes_[--row_rank_];
    if (row_rank_ > 0) row_ *= sizes_[--row_rank_];
    for (int d = 0; d < row_rank_; ++d) rows_ *= sizes_[d];
    for (int d = 0; d < rank_; ++d) volume_ *= dims_[d];
  }

  // copy(where in the array, where in the window, bytes) for each row
  template <class I, class Copy>
  void each(const I* start, Copy copy) const {
    if (rows_ * row_ == 0) return;
    const std::int64_t bytes = row_ * static_cast<std::int64_t>(item_);
    parallel_for(batch_ * rows_, std::max<std::int64_t>(1, (std::int64_t{1} << 17) / bytes),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t r = begin; r < end; ++r)
                     copy(offset(start, r) * static_cast<std::int64_t>(item_), r * bytes, bytes);
                 });
  }

 private:
  template <class I>
  std::int64_t offset(const I* start, std::int64_t r) const {
    const std::int64_t b = r / rows_;
    std::int64_t rest = r % rows_, index[max_rank] = {}, at = 0;
    for (int d = row_rank_ - 1; d >= 0; --d) {
      index[d] = rest % sizes_[d];
      rest /= sizes_[d];
    }
    for (int d = 0; d < rank_; ++d) {
      const std::int64_t first = from_front(start[b * rank_ + d], dims_[d]);
      at = at * dims_[d] + index[d] + std::clamp<std::int64_t>(first, 0, dims_[d] - sizes_[d]);
    }
    return b * volume_ + at;
  }

  int rank_, row_rank_;
  std::size_t item_;
  std::int64_t dims_[max_rank] = {}, sizes_[max_rank] = {};
  std::int64_t batch_ = 1, rows_ = 1, row_ = 1, volume_ = 1;
};

class DynamicSlice final : public PrimitiveWith<DynamicSlice, SliceParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override { return "dynamic_slice"; }
  double flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override { return 0; }
  std::string parameters() const override { return fmt::format("sizes={}", copse::to_string(params.sizes)); }

  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = in[0];
    for (int d = 0; d < params.sizes.rank(); ++d) out[0].shape[params.batch_dims + d] = params.sizes[d];
  }
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype>,
                                                    std::span<const ShapeDtype>) const override {
    std::vector<traits::DivisibleAxis> axes;
    for (int d = 0; d < params.batch_dims; ++d) axes.push_back({{d, d}, {d}});
    return axes;
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    const WindowRows rows(in[0].shape, out[0].shape, params.batch_dims, size_of(in[0].dtype));
    return make_kernel([rows, index = in[1].dtype](const void* const* from, void* const* to) {
      dispatch_index(index, [&]<class I>() {
        rows.each(
            static_cast<const I*>(from[1]), [&](std::int64_t array, std::int64_t window, std::int64_t bytes) {
              std::memcpy(static_cast<std::byte*>(to[0]) + window,
                          static_cast<const std::byte*>(from[0]) + array, static_cast<std::size_t>(bytes));
            });
      });
    });
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array& ct = call.cotangents[0];
    if (!call.wanted[0] || !ct.has_value()) return {Array(), Array()};
    return {update_window(zeros(call.inputs[0].shape(), ct.dtype()), ct, call.inputs[1], params.batch_dims),
            Array()};
  }

  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array>,
                         std::span<const Array> tangents) const override {
    if (!tangents[0].has_value()) return {Array()};
    return {window(tangents[0], in[1], params.sizes, params.batch_dims)};
  }

  BatchResult batch(const BatchCall& call) const override {
    const auto mapped = [&](std::size_t i) {
      return shaping::with_batch(call.inputs[i], call.batched[i] != 0, call.size);
    };
    return window(mapped(0), mapped(1), params.sizes, params.batch_dims + 1);
  }
};

class DynamicUpdateSlice final : public PrimitiveWith<DynamicUpdateSlice, UpdateParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override { return "dynamic_update_slice"; }
  double flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override { return 0; }

  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = in[0];
    out[0].weak = in[0].weak && in[1].weak;
  }
  // Where a window is as large as the array, it begins at its beginning.
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype>) const override {
    std::vector<traits::DivisibleAxis> axes;
    for (int d = 0; d < in[0].shape.rank(); ++d)
      if (d < params.batch_dims || in[0].shape[d] == in[1].shape[d])
        axes.push_back({{d, d, d < params.batch_dims ? d : traits::DivisibleAxis::whole}, {d}});
    return axes;
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    const WindowRows rows(in[0].shape, in[1].shape, params.batch_dims, size_of(in[0].dtype));
    return make_kernel([rows, index = in[2].dtype, all = in[0].bytes()](const void* const* from,
                                                                        void* const* to) {
      if (all && to[0] != from[0]) std::memcpy(to[0], from[0], all);
      dispatch_index(index, [&]<class I>() {
        rows.each(
            static_cast<const I*>(from[2]), [&](std::int64_t array, std::int64_t window, std::int64_t bytes) {
              std::memcpy(static_cast<std::byte*>(to[0]) + array,
                          static_cast<const std::byte*>(from[1]) + window, static_cast<std::size_t>(bytes));
            });
      });
    });
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array &ct = call.cotangents[0], &update = call.inputs[1], &start = call.inputs[2];
    std::vector<Array> gradients(3);
    if (!ct.has_value()) return gradients;
    if (call.wanted[0])
      gradients[0] = update_window(ct, zeros(update.shape(), ct.dtype()), start, params.batch_dims);
    if (call.wanted[1]) {
      Shape sizes = update.shape();
      for (int d = 0; d < params.batch_dims; ++d) sizes.erase(0);
      gradients[1] = window(ct, start, sizes, params.batch_dims);
    }
    return gradients;
  }

  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array>,
                         std::span<const Array> tangents) const override {
    if (!tangents[0].has_value() && !tangents[1].has_value()) return {Array()};
    const auto part = [&](std::size_t i) {
      return tangents[i].has_value() ? tangents[i] : zeros_like(in[i]);
    };
    return {update_window(part(0), part(1), in[2], params.batch_dims)};
  }

  BatchResult batch(const BatchCall& call) const override {
    const auto mapped = [&](std::size_t i) {
      return shaping::with_batch(call.inputs[i], call.batched[i] != 0, call.size);
    };
    return update_window(mapped(0), mapped(1), mapped(2), params.batch_dims + 1);
  }
};

}  // namespace

Array window(const Array& x, const Array& start, const Shape& sizes, int batch_dims) {
  return bind(new_primitive<DynamicSlice>(SliceParams{sizes, batch_dims}), x, start);
}

Array update_window(const Array& x, const Array& update, const Array& start, int batch_dims) {
  return bind(new_primitive<DynamicUpdateSlice>(UpdateParams{batch_dims}), x, update, start);
}

}  // namespace copse::indexing
