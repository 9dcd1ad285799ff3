#include <algorithm>

#include "along_axes.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "cumulative.hpp"
#include "plan.hpp"
#include "reduce.hpp"

namespace copse::reduction {
namespace {

class Reduce final : public AlongAxes<Reduce, ReduceParams> {
 public:
  using AlongAxes::AlongAxes;

  std::string_view name() const override {
    constexpr std::string_view names[op_count] = {"sum", "prod", "max", "min", "any", "all"};
    return names[static_cast<int>(params.op)];
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    const Plan plan = plan_for(in[0]);
    return make_kernel(plan.workspace(), [plan](const void* const* from, void* const* to, void* workspace) {
      plan.run(from[0], to[0], workspace);
    });
  }

  // As by default, but without a kernel on the heap.
  void eval(std::span<const Array> in, std::span<Array> out) const override {
    ShapeDtype result;
    infer(std::span(&in[0].type(), 1), std::span(&result, 1));
    const Plan plan = plan_for(in[0].type());
    const void* from = in[0].raw();
    Array made = detail::allocate(result), scratch;
    if (const std::size_t bytes = plan.workspace())
      scratch = detail::allocate({Shape{static_cast<std::int64_t>(bytes)}, DType::uint8});
    plan.run(from, detail::mutable_data(made), scratch.has_value() ? detail::mutable_data(scratch) : nullptr);
    out[0] = std::move(made);
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array& x = call.inputs[0];
    if (!call.wanted[0] || !is_floating(x.dtype())) return {Array()};
    const Array ct = spread(call.cotangents[0], x.shape());
    switch (params.op) {
      case ReduceOp::sum:
        return {ct};
      case ReduceOp::prod:
        return {ct * others(x)};
      case ReduceOp::max:
      case ReduceOp::min:
        return {ct * shares(x, call.outputs[0])};
      default:
        return {Array()};
    }
  }

  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override {
    const Array& t = tangents[0];
    if (!t.has_value() || !is_floating(in[0].dtype())) return {Array()};
    switch (params.op) {
      case ReduceOp::sum:
        return {reduce(ReduceOp::sum, t, params.axes)};
      case ReduceOp::prod:
        return {reduce(ReduceOp::sum, t * others(in[0]), params.axes)};
      case ReduceOp::max:
      case ReduceOp::min:
        return {reduce(ReduceOp::sum, t * shares(in[0], out[0]), params.axes)};
      default:
        return {Array()};
    }
  }

  BatchResult batch(const BatchCall& call) const override {
    return reduce(params.op, call.inputs[0], mapped_axes());
  }

 private:
  Plan plan_for(const ShapeDtype& in) const {
    return Plan(in.shape, params.axes, loops(params.op, in.dtype),
                static_cast<std::int64_t>(size_of(in.dtype)));
  }

  // Repeats a reduced array along the reduced axes.
  Array spread(const Array& reduced, const Shape& shape) const {
    Shape kept = shape;
    for (const int axis : params.axes) kept[axis] = 1;
    return broadcast_to(reshape(reduced, kept), shape);
  }

  // Each of the equal largest (or smallest) elements has the same share of the derivative.
  Array shares(const Array& x, const Array& out) const {
    const Array chosen = astype(equal(x, spread(out, x.shape())), x.dtype());
    return chosen / spread(reduce(ReduceOp::sum, chosen, params.axes), x.shape());
  }

  // The product of all elements but the one itself, without dividing: what stands before it times what stands
  // after.
  Array others(const Array& x) const {
    std::vector<int> order;
    std::int64_t n = 1;
    for (int d = 0; d < x.ndim(); ++d)
      if (std::find(params.axes.begin(), params.axes.end(), d) == params.axes.end()) order.push_back(d);
    for (const int axis : params.axes) {
      order.push_back(axis);
      n *= x.shape()[axis];
    }
    const Array moved = transpose(x, order);
    const std::int64_t rows = n == 0 ? 0 : x.size() / n;
    const Array flat = reshape(moved, Shape{rows, n});
    const Array product =
        reshape(exclusive_prod(flat, 1, false) * exclusive_prod(flat, 1, true), moved.shape());
    std::vector<int> back(order.size());
    for (std::size_t d = 0; d < order.size(); ++d)
      back[static_cast<std::size_t>(order[d])] = static_cast<int>(d);
    return transpose(product, back);
  }
};

}  // namespace

const ReduceParams* as_reduce(const Primitive& primitive) {
  const auto* reduce = dynamic_cast<const Reduce*>(&primitive);
  return reduce ? &reduce->params : nullptr;
}

Array reduce(ReduceOp op, const Array& x, const std::vector<int>& axes) {
  if (axes.empty()) return x;
  return bind(new_primitive<Reduce>(ReduceParams{op, axes}), x);
}

}  // namespace copse::reduction
