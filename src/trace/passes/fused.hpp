// The instruction that fusion makes: a tile program, with what the assignment of buffers needs to know.
#pragma once

#include "copse/core/primitive.hpp"
#include "core/tiles/program.hpp"

namespace copse::passes {

/// An instruction that is part of a fused one.
struct FusedFrom {
  std::uint32_t path;
  std::string operation;
};

/// Several elementwise operations as one instruction.
class Fused final : public Primitive {
 public:
  /// `types` are those of the outputs.
  Fused(Shape space, std::vector<tiles::TileProgram::Input> inputs,
        std::vector<tiles::TileProgram::Step> steps, std::vector<tiles::TileProgram::Output> outputs,
        std::vector<ShapeDtype> types, std::int64_t row, std::vector<FusedFrom> from);

  std::string_view name() const override { return "fused"; }
  /// The operations that it was made from.
  std::string parameters() const override;
  int outputs() const override { return static_cast<int>(outputs_.size()); }
  /// Throws InternalError unless the loop stays within its operands.
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override;
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override;
  BatchResult batch(const BatchCall& call) const override;
  bool same(const Primitive& other) const override { return this == &other; }

  /// The instructions that it was made from.
  const std::vector<FusedFrom>& from() const { return from_; }
  /// One for each step and element.
  double flops(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out) const override;
  bool may_overwrite(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out, std::size_t input,
                     std::size_t output) const override;

 private:
  std::int64_t last_read(const tiles::TileProgram::Input& input) const;
  std::int64_t elements_of(const tiles::TileProgram::Output& output) const;

  Shape space_;
  std::vector<tiles::TileProgram::Input> inputs_;
  std::vector<tiles::TileProgram::Step> steps_;
  std::vector<tiles::TileProgram::Output> outputs_;
  std::vector<ShapeDtype> types_;
  std::int64_t row_;
  std::vector<FusedFrom> from_;
};

}  // namespace copse::passes
