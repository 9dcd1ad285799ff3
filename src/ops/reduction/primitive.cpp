#include <algorithm>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/reduction_primitive.hpp"
#include "copse/ops/shaping.hpp"
#include "product_rules.hpp"
#include "reduce.hpp"

namespace copse::reduction {
namespace {

class Reduce final : public ReductionPrimitive {
 public:
  Reduce(ReduceOp op, std::vector<int> axes) : ReductionPrimitive(std::move(axes)), op_(op) {}
  std::string_view name() const override { return describe(op_).name; }
  bool same(const Primitive& other) const override {
    return ReductionPrimitive::same(other) && static_cast<const Reduce&>(other).op_ == op_;
  }

  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype> out) const override {
    std::vector<traits::DivisibleAxis> found = ReductionPrimitive::divisible_axes(in, out);
    if (const auto combination = describe(op_).combination)
      for (const int axis : axes()) found.push_back({{axis}, {traits::DivisibleAxis::whole}, *combination});
    return found;
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array& x = call.inputs[0];
    if (!call.wanted[0] || !is_floating(x.dtype())) return {Array()};
    const Array& ct = call.cotangents[0];
    switch (describe(op_).derivative) {
      case Derivative::sum:
        return {repeated(ct, x.shape())};
      case Derivative::product:
        return {gradient_of_product(x, ct)};
      case Derivative::extreme:
        return {repeated(ct, x.shape()) * shares(x, call.outputs[0])};
      case Derivative::none:
        break;
    }
    return {Array()};
  }

  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override {
    const Array& t = tangents[0];
    if (!t.has_value() || !is_floating(in[0].dtype())) return {Array()};
    switch (describe(op_).derivative) {
      case Derivative::sum:
        return {reduce(ReduceOp::sum, t, axes())};
      case Derivative::product:
        return {tangent_of_product(in[0], t, out[0].shape())};
      case Derivative::extreme:
        return {reduce(ReduceOp::sum, t * shares(in[0], out[0]), axes())};
      case Derivative::none:
        break;
    }
    return {Array()};
  }

 protected:
  const Loops* loops(DType dtype) const override {
    const Loops& found = reduction::loops(op_, dtype);
    return found.start ? &found : nullptr;
  }
  PrimitivePtr along(std::vector<int> axes) const override {
    return new_primitive<Reduce>(op_, std::move(axes));
  }

 private:
  // Repeats a reduced array along the reduced axes.
  Array repeated(const Array& reduced, const Shape& shape) const {
    Shape kept = shape;
    for (const int axis : axes()) kept[axis] = 1;
    return broadcast_to(reshape(reduced, kept), shape);
  }

  // Each of the equal largest (or smallest) elements has the same share of the derivative.
  Array shares(const Array& x, const Array& out) const {
    const Array chosen = astype(equal(x, repeated(out, x.shape())), x.dtype());
    return chosen / repeated(reduce(ReduceOp::sum, chosen, axes()), x.shape());
  }

  // A product is that of updates multiplied into one place, which holds 1: an element of x is an update. In
  // rows for each product.
  struct Rows {
    std::vector<int> order;
    std::int64_t rows, n;
    Array operator()(const Array& x) const { return reshape(transpose(x, order), Shape{rows, n}); }
  };
  Rows rows_of(const Shape& shape) const {
    Rows r{{}, 1, 1};
    for (int d = 0; d < shape.rank(); ++d)
      if (std::find(axes().begin(), axes().end(), d) == axes().end()) {
        r.order.push_back(d);
        r.rows *= shape[d];
      }
    for (const int axis : axes()) {
      r.order.push_back(axis);
      r.n *= shape[axis];
    }
    return r;
  }
  static constexpr Products into_one_place{.scattered = true, .place = {1, 0}};

  Array gradient_of_product(const Array& x, const Array& ct) const {
    if (x.size() == 0) return zeros_like(x);
    const Rows r = rows_of(x.shape());
    const Shape column{r.rows, 1};
    const Array gradient = product_gradient(into_one_place, zeros({r.n}, DType::int32), reshape(ct, column),
                                            {{ones(column, x.dtype()), r(x)}})[1];
    Shape moved;
    std::vector<int> back(r.order.size());
    for (std::size_t d = 0; d < r.order.size(); ++d) {
      moved.push_back(x.shape()[r.order[d]]);
      back[static_cast<std::size_t>(r.order[d])] = static_cast<int>(d);
    }
    return transpose(reshape(gradient, moved), back);
  }

  Array tangent_of_product(const Array& x, const Array& t, const Shape& out) const {
    if (x.size() == 0) return zeros(out, x.dtype());
    const Rows r = rows_of(x.shape());
    const Shape column{r.rows, 1};
    return reshape(product_derivative(into_one_place, zeros({r.n}, DType::int32),
                                      {{ones(column, x.dtype()), r(x)}, {zeros(column, x.dtype()), r(t)}}),
                   out);
  }

  ReduceOp op_;
};

}  // namespace

Array reduce(ReduceOp op, const Array& x, const std::vector<int>& axes) {
  if (axes.empty()) return x;
  return bind(new_primitive<Reduce>(op, axes), x);
}

}  // namespace copse::reduction
