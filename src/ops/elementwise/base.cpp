#include <fmt/format.h>

#include <algorithm>

#include "../shaping/view_kernel.hpp"
#include "apply.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/elementwise_primitive.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "core/tiles/program.hpp"

namespace copse {
namespace {

using elementwise::convert;
using tiles::TileProgram;

// Room for small operands that are repeated to fill the shape of a result.
class Repeated {
 public:
  static constexpr std::int64_t most = 1024;  // elements

  const void* out(std::size_t operand, const void* from, ShapeDtype type, const Shape& shape) {
    const traits::View view{broadcast_strides(type.shape, shape), 0};
    type.shape = shape;
    shaping::copy_view(shaping::walk_of(type, view), from, room_[operand]);
    return room_[operand];
  }

 private:
  alignas(64) std::byte room_[3][most * 8];
};

traits::Elementwise loop_of(const ElementwisePrimitive& primitive, std::span<const ShapeDtype> in,
                            const ShapeDtype& out) {
  const std::optional<traits::Elementwise> operation = primitive.elementwise(in, out);
  if (!operation || !operation->loop)
    throw DTypeError(fmt::format("{}: got {}, for which it has no loop; convert with astype",
                                 primitive.name(), name_of(in.back().dtype)));
  return *operation;
}

TileProgram program_for(const ElementwisePrimitive& primitive, std::span<const ShapeDtype> in,
                        const ShapeDtype& out) {
  std::vector<TileProgram::Input> inputs;
  TileProgram::Step step{.operation = loop_of(primitive, in, out), .operands = {}, .dtype = out.dtype};
  for (std::size_t i = 0; i < in.size(); ++i) {
    inputs.push_back({broadcast_strides(in[i].shape, out.shape), 0, in[i].dtype});
    step.operands.push_back(static_cast<std::int32_t>(i));
  }
  return TileProgram(out.shape, std::move(inputs), {std::move(step)},
                     {{static_cast<std::int32_t>(in.size())}});
}

}  // namespace

void ElementwisePrimitive::infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const {
  out[0].shape = in[0].shape;
  for (std::size_t i = 1; i < in.size(); ++i)
    out[0].shape = broadcast_shapes(out[0].shape, in[i].shape, std::string(name()).c_str());
  result_type(in, out[0]);
}

std::unique_ptr<Kernel> ElementwisePrimitive::prepare(std::span<const ShapeDtype> in,
                                                      std::span<const ShapeDtype> out) const {
  return make_kernel([program = program_for(*this, in, out[0])](const void* const* from, void* const* to) {
    program.run(from, to);
  });
}

void ElementwisePrimitive::eval(std::span<const Array> in, std::span<Array> out) const {
  ShapeDtype types[3], result;
  const void* data[3];
  bool plain = true;
  for (std::size_t i = 0; i < in.size(); ++i) types[i] = in[i].type();
  infer(std::span<const ShapeDtype>(types, in.size()), std::span<ShapeDtype>(&result, 1));
  for (std::size_t i = 0; i < in.size(); ++i) {
    data[i] = in[i].raw();
    plain = plain && types[i].shape == result.shape;
  }
  Array made = detail::allocate(result);
  void* to = detail::mutable_data(made);
  const std::int64_t n = made.size();
  const std::span<const ShapeDtype> all(types, in.size());
  // Small arrays, also beside a single element, need no program: making one takes longer than running it.
  const traits::Elementwise operation = loop_of(*this, all, result);
  TileFunction small = nullptr;
  if (n <= 4096) {
    if (plain) small = operation.loop;
    for (int k = 0; k < 2 && !small && in.size() == 2; ++k)
      if (types[1 - k].shape == result.shape && types[k].shape.elements() == 1)
        small = operation.with_scalar[k];
  }
  if (small) {
    small(data, to, n);
  } else if (n > 0 && n <= Repeated::most) {
    Repeated repeated;
    for (std::size_t i = 0; i < in.size(); ++i)
      if (types[i].shape != result.shape) data[i] = repeated.out(i, data[i], types[i], result.shape);
    operation.loop(data, to, n);
  } else if (n > 0) {
    program_for(*this, all, result).run(data, &to);
  }
  out[0] = std::move(made);
}

// Derivatives act element by element, so a tangent goes through the same rule as a cotangent.
std::vector<Array> ElementwisePrimitive::jvp(std::span<const Array> in, std::span<const Array> out,
                                             std::span<const Array> tangents) const {
  Array total;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!tangents[i].has_value()) continue;
    const Array t = broadcast_to(tangents[i], out[0].shape());
    const Array part = partial(static_cast<int>(i), {in, out[0], t});
    if (part.has_value()) total = total.has_value() ? total + part : part;
  }
  return {total};
}

std::vector<Array> ElementwisePrimitive::vjp(const VjpCall& call) const {
  std::vector<Array> gradients(call.inputs.size());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!call.wanted[i] || !is_floating(call.inputs[i].dtype())) continue;
    const Array g = partial(static_cast<int>(i), {call.inputs, call.outputs[0], call.cotangents[0]});
    if (g.has_value()) gradients[i] = sum_to(convert(g, call.inputs[i].dtype()), call.inputs[i].shape());
  }
  return gradients;
}

BatchResult ElementwisePrimitive::batch(const BatchCall& call) const {
  int rank = 0;
  for (std::size_t i = 0; i < call.inputs.size(); ++i)
    rank = std::max(rank, call.inputs[i].ndim() - (call.batched[i] ? 1 : 0));
  std::vector<Array> aligned;
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    Array x = call.inputs[i];
    if (call.batched[i] && x.ndim() - 1 < rank) {
      Shape shape = x.shape();
      while (shape.rank() - 1 < rank) shape.insert(1, 1);
      x = reshape(x, shape);
    }
    aligned.push_back(std::move(x));
  }
  Array out;
  copse::bind(share(), aligned, std::span<Array>(&out, 1));
  return out;
}

void ElementwisePrimitive::result_type(std::span<const ShapeDtype> in, ShapeDtype& out) const {
  out.dtype = in.back().dtype;
  out.weak = true;
  for (const ShapeDtype& type : in) out.weak = out.weak && type.weak;
}

}  // namespace copse
