#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "copse/core/error.hpp"
#include "copse/ops/reduction_primitive.hpp"
#include "plan.hpp"

namespace copse {
namespace {

reduction::Plan plan_for(const ReductionPrimitive& primitive, const traits::ReductionLoops* loops,
                         const ShapeDtype& in) {
  if (!loops)
    throw DTypeError(fmt::format("{}: got {}, for which it has no loops; convert with astype",
                                 primitive.name(), name_of(in.dtype)));
  return {in.shape, primitive.axes(), *loops, static_cast<std::int64_t>(size_of(in.dtype))};
}

}  // namespace

std::string ReductionPrimitive::parameters() const {
  return fmt::format("axes=[{}]", fmt::join(axes_, ", "));
}

void ReductionPrimitive::infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const {
  out[0] = in[0];
  for (auto axis = axes_.rbegin(); axis != axes_.rend(); ++axis) out[0].shape.erase(*axis);
}

std::unique_ptr<Kernel> ReductionPrimitive::prepare(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype>) const {
  const reduction::Plan plan = plan_for(*this, loops(in[0].dtype), in[0]);
  return make_kernel(plan.workspace(), [plan](const void* const* from, void* const* to, void* workspace) {
    plan.run(from[0], to[0], workspace);
  });
}

// As by default, but without a kernel on the heap.
void ReductionPrimitive::eval(std::span<const Array> in, std::span<Array> out) const {
  ShapeDtype result;
  infer(std::span(&in[0].type(), 1), std::span(&result, 1));
  const reduction::Plan plan = plan_for(*this, loops(in[0].dtype()), in[0].type());
  const void* from = in[0].raw();
  Array made = detail::allocate(result), scratch;
  if (const std::size_t bytes = plan.workspace())
    scratch = detail::allocate({Shape{static_cast<std::int64_t>(bytes)}, DType::uint8});
  plan.run(from, detail::mutable_data(made), scratch.has_value() ? detail::mutable_data(scratch) : nullptr);
  out[0] = std::move(made);
}

BatchResult ReductionPrimitive::batch(const BatchCall& call) const {
  std::vector<int> axes = axes_;
  for (int& axis : axes) ++axis;
  return bind(along(std::move(axes)), call.inputs[0]);
}

std::vector<traits::DivisibleAxis> ReductionPrimitive::divisible_axes(std::span<const ShapeDtype> in,
                                                                      std::span<const ShapeDtype>) const {
  std::vector<traits::DivisibleAxis> found;
  int kept = 0;
  for (int d = 0; d < in[0].shape.rank(); ++d)
    if (!std::ranges::binary_search(axes_, d)) found.push_back({{d}, {kept++}});
  return found;
}

bool ReductionPrimitive::same(const Primitive& other) const {
  return typeid(*this) == typeid(other) && static_cast<const ReductionPrimitive&>(other).axes_ == axes_;
}

std::optional<traits::Reduction> ReductionPrimitive::as_reduction(const ShapeDtype& in) const {
  return traits::Reduction{axes_, loops(in.dtype)};
}

}  // namespace copse
