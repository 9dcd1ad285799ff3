#include "fused.hpp"

#include "../../ops/elementwise/tile_chains.hpp"
#include "copse/core/error.hpp"

namespace copse::passes {

using elementwise::TileProgram;

Fused::Fused(Shape space, std::vector<TileProgram::Input> inputs, std::vector<TileProgram::Step> steps,
             std::vector<TileProgram::Output> outputs, std::int64_t row, std::string text)
    : space_(space),
      inputs_(std::move(inputs)),
      steps_(std::move(steps)),
      outputs_(std::move(outputs)),
      row_(row),
      text_(std::move(text)) {
  elementwise::order_chains(inputs_.size(), steps_, outputs_);
}

void Fused::infer(std::span<const ShapeDtype>, std::span<ShapeDtype>) const {
  throw Error("fused: made by the compiler, for given types alone");
}

BatchResult Fused::batch(const BatchCall&) const {
  throw Error("fused: made by the compiler, not for transforms");
}

std::unique_ptr<Kernel> Fused::prepare(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const {
  auto program = std::make_shared<const TileProgram>(space_, inputs_, steps_, outputs_, row_);
  return make_kernel(program->workspace(), [program](const void* const* in, void* const* out,
                                                     void* workspace) { program->run(in, out, workspace); });
}

bool Fused::in_place(std::size_t input, std::size_t output) const {
  const TileProgram::Input& in = inputs_[input];
  const TileProgram::Output& out = outputs_[output];
  if (out.kind != TileProgram::Output::Kind::dense || in.offset != 0 ||
      in.per != TileProgram::Input::Per::element)
    return false;
  const DType dtype = static_cast<std::size_t>(out.value) < inputs_.size()
                          ? inputs_[static_cast<std::size_t>(out.value)].dtype
                          : steps_[static_cast<std::size_t>(out.value) - inputs_.size()].dtype;
  if (size_of(dtype) != size_of(in.dtype)) return false;
  if (in.strides != TileProgram::broadcast_strides(space_, space_)) return false;
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
