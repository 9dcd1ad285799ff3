#include "fused.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/trace/ir.hpp"
#include "core/tiles/chains.hpp"

namespace copse::passes {

using tiles::TileProgram;

Fused::Fused(Shape space, std::vector<TileProgram::Input> inputs, std::vector<TileProgram::Step> steps,
             std::vector<TileProgram::Output> outputs, std::vector<ShapeDtype> types, std::int64_t row,
             std::vector<FusedFrom> from)
    : space_(space),
      inputs_(std::move(inputs)),
      steps_(std::move(steps)),
      outputs_(std::move(outputs)),
      types_(std::move(types)),
      row_(row),
      from_(std::move(from)) {
  tiles::order_chains(inputs_.size(), steps_, outputs_);
}

std::string Fused::parameters() const {
  std::string text;
  for (const FusedFrom& part : from_) text += (text.empty() ? "" : " ") + part.operation;
  return text;
}

double Fused::flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const {
  const auto elements = static_cast<double>(space_.elements());
  double total = 0;
  for (const TileProgram::Step& step : steps_)
    total += step.kind == TileProgram::Step::Kind::rows
                 ? elements / static_cast<double>(std::max<std::int64_t>(row_, 1))
                 : elements;
  for (const TileProgram::Output& output : outputs_)
    if (output.kind != TileProgram::Output::Kind::dense) total += elements;
  return total;
}

// The last element of an input that the loop reads, or the first one if that is out of place.
std::int64_t Fused::last_read(const TileProgram::Input& input) const {
  const std::int64_t rows = row_ ? space_.elements() / row_ : 0;
  if (input.per == TileProgram::Input::Per::program) return 0;
  if (input.per == TileProgram::Input::Per::row) return rows - 1;
  std::int64_t first = input.offset, last = input.offset;
  for (int d = 0; d < space_.rank(); ++d) {
    const std::int64_t reach = (space_[d] - 1) * input.strides[static_cast<std::size_t>(d)];
    (reach < 0 ? first : last) += reach;
  }
  return first < 0 ? first : last;
}

std::int64_t Fused::elements_of(const TileProgram::Output& output) const {
  if (output.kind == TileProgram::Output::Kind::all) return 1;
  if (output.kind == TileProgram::Output::Kind::columns) return output.extent;
  const std::int64_t step = output.value - static_cast<std::int64_t>(inputs_.size());
  const bool by_element =
      step < 0 || steps_[static_cast<std::size_t>(step)].kind == TileProgram::Step::Kind::elements;
  return by_element ? space_.elements() : space_.elements() / row_;
}

void Fused::infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const {
  if (in.size() != inputs_.size()) throw InternalError("another number of operands than the loop reads");
  for (std::size_t n = 0; n < in.size(); ++n) {
    if (in[n].dtype != inputs_[n].dtype)
      throw InternalError(
          fmt::format("operand {} is {}, the loop reads {}", n, to_string(in[n]), name_of(inputs_[n].dtype)));
    const std::int64_t last = space_.elements() ? last_read(inputs_[n]) : 0;
    if (last < 0 || (space_.elements() && last >= in[n].shape.elements()))
      throw InternalError(
          fmt::format("element {} of operand {} is read, which is {}", last, n, to_string(in[n])));
  }
  for (std::size_t o = 0; o < out.size(); ++o) {
    if (elements_of(outputs_[o]) != types_[o].shape.elements())
      throw InternalError(fmt::format("result {} is {}, the loop writes {} elements", o, to_string(types_[o]),
                                      elements_of(outputs_[o])));
    out[o] = types_[o];
  }
}

BatchResult Fused::batch(const BatchCall&) const {
  throw Error("fused: made by the compiler, not for transforms");
}

std::unique_ptr<Kernel> Fused::prepare(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const {
  auto program = std::make_shared<const TileProgram>(space_, inputs_, steps_, outputs_, row_);
  return make_kernel(program->workspace(), [program](const void* const* in, void* const* out,
                                                     void* workspace) { program->run(in, out, workspace); });
}

bool Fused::may_overwrite(std::span<const ShapeDtype>, std::span<const ShapeDtype>, std::size_t input,
                          std::size_t output) const {
  const TileProgram::Input& in = inputs_[input];
  const TileProgram::Output& out = outputs_[output];
  if (out.kind != TileProgram::Output::Kind::dense || in.offset != 0 ||
      in.per != TileProgram::Input::Per::element)
    return false;
  const DType dtype = static_cast<std::size_t>(out.value) < inputs_.size()
                          ? inputs_[static_cast<std::size_t>(out.value)].dtype
                          : steps_[static_cast<std::size_t>(out.value) - inputs_.size()].dtype;
  if (size_of(dtype) != size_of(in.dtype)) return false;
  if (in.strides != broadcast_strides(space_, space_)) return false;
  if (static_cast<std::size_t>(out.value) < inputs_.size()) return false;
  const TileProgram::Step& maker = steps_[static_cast<std::size_t>(out.value) - inputs_.size()];
  if (maker.kind == TileProgram::Step::Kind::rows || maker.kind == TileProgram::Step::Kind::reduce)
    return false;
  // Within a tile, nothing may read the input after the output has been written.
  const auto value = static_cast<std::int32_t>(input);
  for (std::size_t s = static_cast<std::size_t>(out.value) - inputs_.size() + 1; s < steps_.size(); ++s)
    for (const std::int32_t operand : steps_[s].operands)
      if (operand == value) return false;
  for (const TileProgram::Output& other : outputs_)
    if (other.value == value) return false;
  return true;
}

}  // namespace copse::passes
