// Primitives that choose elements of their one input without touching them.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "copse/ops/create.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "primitives.hpp"
#include "view_kernel.hpp"

namespace copse::shaping {

namespace {
template <class T>
std::string listed(std::span<const T> numbers) {
  std::string text = "[";
  for (const T number : numbers) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(number);
  }
  text += ']';
  return text;
}
}  // namespace

std::string to_string(std::span<const std::int64_t> numbers) { return listed(numbers); }
std::string to_string(std::span<const int> numbers) { return listed(numbers); }

Array align_batched(const Array& x, int rank) {
  Shape shape = x.shape();
  while (shape.rank() - 1 < rank) shape.insert(1, 1);
  return copse::reshape(x, shape);
}

Array with_batch(const Array& x, bool batched, std::int64_t size) {
  if (batched) return x;
  Shape shape = x.shape();
  shape.insert(0, size);
  return broadcast_to(x, shape);
}

namespace {

// Linear in the one input: a tangent goes the way of the value, and dtype and weakness stay.
template <class Derived, class Params>
class Rearrangement : public PrimitiveWith<Derived, Params> {
 public:
  using PrimitiveWith<Derived, Params>::PrimitiveWith;
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {result(in[0].shape), in[0].dtype, in[0].weak};
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    return make_kernel([walk = walk_of(out[0], *this->view(in[0], out[0]))](
                           const void* const* from, void* const* to) { copy_view(walk, from[0], to[0]); });
  }
  // Without a kernel made for a single run.
  void eval(std::span<const Array> in, std::span<Array> out) const override {
    const ShapeDtype& from = in[0].type();
    const ShapeDtype type{result(from.shape), from.dtype, from.weak};
    const Walk walk = walk_of(type, *this->view(from, type));
    const Array made = detail::allocate(type);
    copy_view(walk, in[0].raw(), detail::mutable_data(made));
    out[0] = made;
  }
  double flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override { return 0; }
  std::vector<Array> vjp(const VjpCall& call) const override {
    if (!call.wanted[0] || !call.cotangents[0].has_value()) return {Array()};
    return {transposed(call.cotangents[0], call.inputs[0].shape())};
  }
  std::vector<Array> jvp(std::span<const Array>, std::span<const Array>,
                         std::span<const Array> tangents) const override {
    if (!tangents[0].has_value()) return {Array()};
    return {bind(this->share(), tangents[0])};
  }

 protected:
  virtual Shape result(const Shape& in) const = 0;
  /// The transpose of the linear map.
  virtual Array transposed(const Array& ct, const Shape& in) const = 0;
};

struct ShapeParams {
  Shape shape;
  friend bool operator==(const ShapeParams&, const ShapeParams&) = default;
};

class Reshape final : public Rearrangement<Reshape, ShapeParams> {
 public:
  using Rearrangement::Rearrangement;
  std::string_view name() const override { return "reshape"; }
  std::string parameters() const override { return fmt::format("shape={}", copse::to_string(params.shape)); }
  bool aliases() const override { return true; }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype>,
                                  std::span<const ShapeDtype> out) const override {
    return make_kernel([bytes = out[0].bytes()](const void* const* from, void* const* to) {
      if (bytes) std::memcpy(to[0], from[0], bytes);
    });
  }
  void eval(std::span<const Array> in, std::span<Array> out) const override {
    const ShapeDtype& type = in[0].type();
    out[0] = detail::alias(in[0], {params.shape, type.dtype, type.weak});
  }
  BatchResult batch(const BatchCall& call) const override {
    Shape shape = params.shape;
    shape.insert(0, call.size);
    return copse::reshape(call.inputs[0], shape);
  }

 protected:
  Shape result(const Shape&) const override { return params.shape; }
  Array transposed(const Array& ct, const Shape& in) const override { return copse::reshape(ct, in); }
};

class Broadcast final : public Rearrangement<Broadcast, ShapeParams> {
 public:
  using Rearrangement::Rearrangement;
  std::string_view name() const override { return "broadcast"; }
  std::string parameters() const override { return fmt::format("shape={}", copse::to_string(params.shape)); }
  std::optional<traits::View> view(const ShapeDtype& in, const ShapeDtype& out) const override {
    return traits::View{broadcast_strides(in.shape, out.shape), 0};
  }
  BatchResult batch(const BatchCall& call) const override {
    Shape shape = params.shape;
    shape.insert(0, call.size);
    return broadcast_to(align_batched(call.inputs[0], params.shape.rank()), shape);
  }

 protected:
  Shape result(const Shape&) const override { return params.shape; }
  Array transposed(const Array& ct, const Shape& in) const override { return sum_to(ct, in); }
};

struct AxesParams {
  std::vector<int> axes;
  friend bool operator==(const AxesParams&, const AxesParams&) = default;
};

// The same axes with a mapped one in front.
std::vector<int> shifted(const std::vector<int>& axes, bool with_front) {
  std::vector<int> out;
  if (with_front) out.push_back(0);
  for (const int axis : axes) out.push_back(axis + 1);
  return out;
}

class Transpose final : public Rearrangement<Transpose, AxesParams> {
 public:
  using Rearrangement::Rearrangement;
  std::string_view name() const override { return "transpose"; }
  std::string parameters() const override { return fmt::format("axes={}", to_string(params.axes)); }
  std::optional<traits::View> view(const ShapeDtype& in, const ShapeDtype&) const override {
    const Extents dense = row_major_strides(in.shape);
    traits::View view;
    for (const int axis : params.axes) view.strides.push_back(dense[static_cast<std::size_t>(axis)]);
    return view;
  }
  BatchResult batch(const BatchCall& call) const override {
    return copse::transpose(call.inputs[0], std::span<const int>(shifted(params.axes, true)));
  }

 protected:
  Shape result(const Shape& in) const override {
    Shape out;
    for (const int axis : params.axes) out.push_back(in[axis]);
    return out;
  }
  Array transposed(const Array& ct, const Shape&) const override {
    std::vector<int> inverse(params.axes.size());
    for (std::size_t i = 0; i < inverse.size(); ++i)
      inverse[static_cast<std::size_t>(params.axes[i])] = static_cast<int>(i);
    return copse::transpose(ct, std::span<const int>(inverse));
  }
};

class Reverse final : public Rearrangement<Reverse, AxesParams> {
 public:
  using Rearrangement::Rearrangement;
  std::string_view name() const override { return "reverse"; }
  std::string parameters() const override { return fmt::format("axes={}", to_string(params.axes)); }
  std::optional<traits::View> view(const ShapeDtype& in, const ShapeDtype&) const override {
    traits::View view{row_major_strides(in.shape), 0};
    for (const int axis : params.axes) {
      std::int64_t& stride = view.strides[static_cast<std::size_t>(axis)];
      view.offset += stride * std::max<std::int64_t>(in.shape[axis] - 1, 0);
      stride = -stride;
    }
    return view;
  }
  BatchResult batch(const BatchCall& call) const override {
    return flip(call.inputs[0], std::span<const int>(shifted(params.axes, false)));
  }

 protected:
  Shape result(const Shape& in) const override { return in; }
  Array transposed(const Array& ct, const Shape&) const override {
    return flip(ct, std::span<const int>(params.axes));
  }
};

struct SliceParams {
  Extents start, limit, stride;
  friend bool operator==(const SliceParams&, const SliceParams&) = default;
};

class Slice final : public Rearrangement<Slice, SliceParams> {
 public:
  using Rearrangement::Rearrangement;
  std::string_view name() const override { return "slice"; }
  std::string parameters() const override {
    const bool dense =
        std::all_of(params.stride.begin(), params.stride.end(), [](std::int64_t s) { return s == 1; });
    return fmt::format("start={}, limit={}{}", to_string(params.start), to_string(params.limit),
                       dense ? "" : ", stride=" + to_string(params.stride));
  }
  std::optional<traits::View> view(const ShapeDtype& in, const ShapeDtype&) const override {
    traits::View view{row_major_strides(in.shape), 0};
    for (std::size_t d = 0; d < params.start.size(); ++d) {
      view.offset += view.strides[d] * params.start[d];
      view.strides[d] *= params.stride[d];
    }
    return view;
  }
  BatchResult batch(const BatchCall& call) const override {
    SliceParams p = params;
    p.start.insert(p.start.begin(), 0);
    p.limit.insert(p.limit.begin(), call.size);
    p.stride.insert(p.stride.begin(), 1);
    return copse::slice(call.inputs[0], p.start, p.limit, p.stride);
  }

 protected:
  Shape result(const Shape& in) const override {
    Shape out;
    for (int d = 0; d < in.rank(); ++d) {
      const auto at = static_cast<std::size_t>(d);
      const std::int64_t length = params.limit[at] - params.start[at];
      out.push_back(length > 0 ? (length - 1) / params.stride[at] + 1 : 0);
    }
    return out;
  }
  Array transposed(const Array& ct, const Shape& in) const override {
    if (ct.size() == 0) return zeros(in, ct.dtype());
    Extents high, interior;
    for (int d = 0; d < in.rank(); ++d) {
      const auto at = static_cast<std::size_t>(d);
      interior.push_back(params.stride[at] - 1);
      high.push_back(in[d] - (params.start[at] + (ct.shape()[d] - 1) * params.stride[at] + 1));
    }
    return pad_interior(ct, params.start, high, interior);
  }
};

}  // namespace

PrimitivePtr reshape(const Shape& shape) { return new_primitive<Reshape>(ShapeParams{shape}); }
PrimitivePtr broadcast(const Shape& shape) { return new_primitive<Broadcast>(ShapeParams{shape}); }
PrimitivePtr transpose(std::vector<int> axes) try {
  return new_primitive<Transpose>(AxesParams{std::move(axes)});
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("transpose");
}
PrimitivePtr reverse(std::vector<int> axes) { return new_primitive<Reverse>(AxesParams{std::move(axes)}); }
PrimitivePtr slice(Extents start, Extents limit, Extents stride) try {
  return new_primitive<Slice>(SliceParams{std::move(start), std::move(limit), std::move(stride)});
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("slice");
}

}  // namespace copse::shaping
