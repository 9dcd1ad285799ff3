// Primitives that put arrays next to each other or something around them.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "../../core/sizes.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "core/short_rows.hpp"
#include "primitives.hpp"

namespace copse::shaping {
namespace {

constexpr std::int64_t grain_bytes = 1 << 18;

struct AxisParams {
  int axis;
  friend bool operator==(const AxisParams&, const AxisParams&) = default;
};

class Concatenate final : public PrimitiveWith<Concatenate, AxisParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override { return "concatenate"; }
  double flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override { return 0; }
  std::string parameters() const override { return fmt::format("axis={}", params.axis); }

  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = in[0];
    for (std::size_t i = 1; i < in.size(); ++i) {
      std::int64_t& extent = out[0].shape[params.axis];
      extent = detail::add_sizes(extent, in[i].shape[params.axis], "concatenate");
      out[0].weak = out[0].weak && in[i].weak;
    }
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    struct Part {
      std::int64_t bytes, offset;  // of a row of this part, and where it lies in a row of the output
    };
    std::vector<Part> parts;
    std::int64_t rows = 1, inner = static_cast<std::int64_t>(size_of(out[0].dtype)), width = 0;
    for (int d = 0; d < params.axis; ++d) rows *= out[0].shape[d];
    for (int d = params.axis + 1; d < out[0].shape.rank(); ++d) inner *= out[0].shape[d];
    for (const ShapeDtype& type : in) {
      parts.push_back({type.shape[params.axis] * inner, width});
      width += parts.back().bytes;
    }
    return make_kernel([parts = std::move(parts), rows, width](const void* const* from, void* const* to) {
      if (width == 0) return;
      auto* out_bytes = static_cast<std::byte*>(to[0]);
      if (rows == 1) {
        for (std::size_t i = 0; i < parts.size(); ++i)
          parallel_for(parts[i].bytes, grain_bytes, [&](std::int64_t begin, std::int64_t end) {
            std::memcpy(out_bytes + parts[i].offset + begin, static_cast<const std::byte*>(from[i]) + begin,
                        static_cast<std::size_t>(end - begin));
          });
        return;
      }
      // Part by part, so many rows at once that they stay in the cache.
      const std::int64_t together = std::max<std::int64_t>(1, 16384 / width);
      parallel_for(rows, std::max<std::int64_t>(1, grain_bytes / width),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t row = begin; row < end; row += together)
                       for (std::size_t i = 0; i < parts.size(); ++i)
                         detail::move_rows(out_bytes + row * width + parts[i].offset, width,
                                           static_cast<const std::byte*>(from[i]) + row * parts[i].bytes,
                                           parts[i].bytes, std::min(together, end - row), parts[i].bytes);
                   });
    });
  }

  // Along all others.
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype> out) const override {
    std::vector<traits::DivisibleAxis> axes;
    for (int d = 0; d < out[0].shape.rank(); ++d)
      if (d != params.axis) axes.push_back({std::vector<int>(in.size(), d), {d}});
    return axes;
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array& ct = call.cotangents[0];
    std::vector<Array> gradients(call.inputs.size());
    std::int64_t at = 0;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const std::int64_t next = at + call.inputs[i].shape(params.axis);
      if (call.wanted[i] && ct.has_value()) gradients[i] = slice_in_dim(ct, at, next, 1, params.axis);
      at = next;
    }
    return gradients;
  }

  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array>,
                         std::span<const Array> tangents) const override {
    const bool none =
        std::none_of(tangents.begin(), tangents.end(), [](const Array& t) { return t.has_value(); });
    if (none) return {Array()};
    std::vector<Array> parts;
    for (std::size_t i = 0; i < in.size(); ++i)
      parts.push_back(tangents[i].has_value() ? tangents[i] : zeros_like(in[i]));
    return {copse::concatenate(parts, params.axis)};
  }

  BatchResult batch(const BatchCall& call) const override {
    std::vector<Array> parts;
    for (std::size_t i = 0; i < call.inputs.size(); ++i)
      parts.push_back(with_batch(call.inputs[i], call.batched[i] != 0, call.size));
    return copse::concatenate(parts, params.axis + 1);
  }
};

// One dimension of a padding: input element i lies at low + i * step, and those from `first` to below `last`
// are kept.
struct PadAxis {
  std::int64_t in, out, low, step, first, last, in_stride;
};

template <class T>
class PadCopy {
 public:
  PadCopy(const PadParams& p, const Shape& in, const Shape& out) {
    // Trailing dimensions that stay as they are make up the unit that is moved as one.
    int rank = in.rank();
    while (rank > 0 && untouched(p, rank - 1)) unit_ *= in[--rank];
    const Extents strides = row_major_strides(in);
    axes_.resize(static_cast<std::size_t>(rank));
    for (int d = rank - 1; d >= 0; --d) {
      const auto at = static_cast<std::size_t>(d);
      PadAxis& axis = axes_[at];
      axis = {in[d], out[d], p.low[at], p.interior[at] + 1, 0, 0, strides[at]};
      // Rounded up: the first that is not cut off, and the first that is again.
      axis.first = axis.low >= 0 ? 0 : (-axis.low + axis.step - 1) / axis.step;
      const std::int64_t room = axis.out - axis.low;
      axis.last = room <= 0 ? 0 : std::min(axis.in, (room + axis.step - 1) / axis.step);
      axis.last = std::max(axis.last, axis.first);
    }
    if (rank > 0) {
      row_ = axes_.back();
      axes_.pop_back();
      for (const PadAxis& axis : axes_) rows_ *= axis.out;
      whole_rows_ = row_.step == 1 && row_.first < row_.last;
      for (int d = 0; d + 1 < rank; ++d) whole_rows_ = whole_rows_ && untouched(p, d);
    } else {
      row_ = {1, 1, 0, 1, 0, 1, unit_};
    }
  }

  void run(const T* from, T value, T* to) const {
    const std::int64_t width = row_.out * unit_;
    if (width == 0) return;
    const std::int64_t grain = grain_bytes / static_cast<std::int64_t>(sizeof(T));
    parallel_for(rows_, std::max<std::int64_t>(1, grain / width), [&](std::int64_t begin, std::int64_t end) {
      if (whole_rows_) return copy_rows(from, value, to, begin, end);
      for (std::int64_t r = begin; r < end; ++r) {
        const std::int64_t source = source_row(r);
        T* out = to + r * width;
        if (source < 0 || row_.first == row_.last)
          std::fill_n(out, width, value);
        else
          copy_row(from + source, value, out);
      }
    });
  }

 private:
  static bool untouched(const PadParams& p, int d) {
    const auto at = static_cast<std::size_t>(d);
    return p.low[at] == 0 && p.high[at] == 0 && p.interior[at] == 0;
  }
  // Where the input row begins that output row `r` holds, or -1 if it is all padding.
  std::int64_t source_row(std::int64_t r) const {
    std::int64_t offset = 0;
    for (std::size_t d = axes_.size(); d-- > 0;) {
      const PadAxis& axis = axes_[d];
      const std::int64_t at = r % axis.out - axis.low;
      r /= axis.out;
      if (at < 0 || at % axis.step != 0 || at / axis.step >= axis.in) return -1;
      offset += at / axis.step * axis.in_stride;
    }
    return offset;
  }
  // Rows of which each has its input row, filled and then put in, so many at once that they stay in the
  // cache.
  void copy_rows(const T* from, T value, T* to, std::int64_t begin, std::int64_t end) const {
    constexpr auto item = static_cast<std::int64_t>(sizeof(T));
    const std::int64_t width = row_.out * unit_, source = row_.in * unit_,
                       at = (row_.low + row_.first) * unit_,
                       together = std::max<std::int64_t>(1, 16384 / (width * item));
    for (std::int64_t r = begin; r < end; r += together) {
      const std::int64_t rows = std::min(together, end - r);
      detail::spread_rows(to + r * width, &value, 0, 1, rows * width, sizeof(T));
      detail::move_rows(to + r * width + at, width * item, from + r * source + row_.first * unit_,
                        source * item, rows, (row_.last - row_.first) * unit_ * item);
    }
  }
  void copy_row(const T* from, T value, T* out) const {
    const std::int64_t begin = row_.low + row_.first * row_.step,
                       end = row_.low + (row_.last - 1) * row_.step + 1;
    std::fill_n(out, begin * unit_, value);
    if (row_.step == 1) {
      std::memcpy(out + begin * unit_, from + row_.first * unit_,
                  static_cast<std::size_t>((end - begin) * unit_) * sizeof(T));
    } else {
      for (std::int64_t i = row_.first; i < row_.last; ++i) {
        T* at = out + (row_.low + i * row_.step) * unit_;
        std::copy_n(from + i * unit_, unit_, at);
        if (i + 1 < row_.last) std::fill_n(at + unit_, (row_.step - 1) * unit_, value);
      }
    }
    std::fill_n(out + end * unit_, (row_.out - end) * unit_, value);
  }

  std::vector<PadAxis> axes_;  // all but the innermost that is padded
  PadAxis row_{};
  std::int64_t unit_ = 1, rows_ = 1;
  bool whole_rows_ = false;  // nothing is padded between rows, nor within
};

class Pad final : public PrimitiveWith<Pad, PadParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override { return "pad"; }
  double flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override { return 0; }
  std::string parameters() const override {
    const bool dense =
        std::all_of(params.interior.begin(), params.interior.end(), [](std::int64_t s) { return s == 0; });
    return fmt::format("low={}, high={}{}", to_string(params.low), to_string(params.high),
                       dense ? "" : ", interior=" + to_string(params.interior));
  }

  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = in[0];
    for (int d = 0; d < in[0].shape.rank(); ++d) {
      const auto at = static_cast<std::size_t>(d);
      const std::int64_t n = in[0].shape[d];
      out[0].shape[d] =
          n + std::max<std::int64_t>(n - 1, 0) * params.interior[at] + params.low[at] + params.high[at];
    }
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    switch (size_of(in[0].dtype)) {
      case 1:
        return kernel<std::uint8_t>(in[0].shape, out[0].shape);
      case 2:
        return kernel<std::uint16_t>(in[0].shape, out[0].shape);
      case 4:
        return kernel<std::uint32_t>(in[0].shape, out[0].shape);
      default:
        return kernel<std::uint64_t>(in[0].shape, out[0].shape);
    }
  }

  std::optional<traits::Pad> as_pad() const override {
    return traits::Pad{params.low, params.high, params.interior};
  }
  // Along those that are not padded.
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype>,
                                                    std::span<const ShapeDtype>) const override {
    std::vector<traits::DivisibleAxis> axes;
    for (std::size_t d = 0; d < params.low.size(); ++d)
      if (params.low[d] == 0 && params.high[d] == 0 && params.interior[d] == 0)
        axes.push_back({{static_cast<int>(d), traits::DivisibleAxis::whole}, {static_cast<int>(d)}});
    return axes;
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array& ct = call.cotangents[0];
    if (!ct.has_value()) return {Array(), Array()};
    const Array inner = inverse(ct, call.inputs[0].shape());
    std::vector<Array> gradients(2);
    if (call.wanted[0]) gradients[0] = inner;
    if (call.wanted[1]) gradients[1] = sum(ct) - sum(inner);
    return gradients;
  }

  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array>,
                         std::span<const Array> tangents) const override {
    if (!tangents[0].has_value() && !tangents[1].has_value()) return {Array()};
    const auto part = [&](std::size_t i) {
      return tangents[i].has_value() ? tangents[i] : zeros_like(in[i]);
    };
    return {bind(share(), part(0), part(1))};
  }

  BatchResult batch(const BatchCall& call) const override {
    PadParams p = params;
    for (Extents* list : {&p.low, &p.high, &p.interior}) list->insert(list->begin(), 0);
    const Array x = with_batch(call.inputs[0], call.batched[0] != 0, call.size);
    if (!call.batched[1]) return pad_interior(x, p.low, p.high, p.interior, call.inputs[1]);
    // A value for each element of the batch: chosen where a mask, padded alike, is not set.
    Shape one = x.shape();
    one[0] = 1;
    const Array inside = pad_interior(full(one, true), p.low, p.high, p.interior, false);
    return where(inside, pad_interior(x, p.low, p.high, p.interior),
                 align_batched(call.inputs[1], x.ndim() - 1));
  }

 private:
  template <class T>
  std::unique_ptr<Kernel> kernel(const Shape& in, const Shape& out) const {
    return make_kernel([copy = PadCopy<T>(params, in, out)](const void* const* from, void* const* to) {
      T value;
      std::memcpy(&value, from[1], sizeof value);
      copy.run(static_cast<const T*>(from[0]), value, static_cast<T*>(to[0]));
    });
  }

  // The elements of a padded array that came from the one inside; zeros for those that were cut off.
  Array inverse(const Array& ct, const Shape& in) const {
    const std::size_t rank = params.low.size();
    Extents low(rank), high(rank), none(rank, 0), limit(rank), stride(rank);
    for (std::size_t d = 0; d < rank; ++d) {
      low[d] = -params.low[d];
      high[d] = -params.high[d];
      stride[d] = params.interior[d] + 1;
      const std::int64_t n = in[static_cast<int>(d)];
      limit[d] = n + std::max<std::int64_t>(n - 1, 0) * params.interior[d];
    }
    return copse::slice(pad_interior(ct, low, high, none), none, limit, stride);
  }
};

}  // namespace

PrimitivePtr concatenate(int axis) { return new_primitive<Concatenate>(AxisParams{axis}); }
PrimitivePtr pad(Extents low, Extents high, Extents interior) {
  return new_primitive<Pad>(PadParams{std::move(low), std::move(high), std::move(interior)});
}

}  // namespace copse::shaping
