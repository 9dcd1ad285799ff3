// Programs as operations: run as a whole, and differentiated as a whole.
#pragma once

#include <optional>

#include "depend.hpp"

namespace copse::control {

/// An operation that runs a program. The compiler leaves it whole: what is computed inside is not shared with
/// anything outside.
PrimitivePtr call(ProgramPtr program, const char* name);

/// A program that is called, and what the operation is called.
struct Called {
  ProgramPtr program;
  const char* name;
};
/// What an operation of `call` calls; nothing for any other.
std::optional<Called> as_call(const Primitive& primitive);

/// A kernel that runs a compiled program.
std::unique_ptr<Kernel> program_kernel(const ir::Program& program, const CompileOptions& options,
                                       std::string_view name);

/// What all operations that are one program have in common.
class ProgramPrimitive : public OfPrograms {
 public:
  explicit ProgramPrimitive(ProgramPtr p) : OfPrograms({p}), program(std::move(p)) {}
  int outputs() const override { return static_cast<int>(program->outputs.size()); }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    check_operands(*program, in);
    for (std::size_t o = 0; o < out.size(); ++o) out[o] = program->types[program->outputs[o]];
  }
  std::unique_ptr<Kernel> prepare_within(std::span<const ShapeDtype>, std::span<const ShapeDtype>,
                                         const CompileOptions& options) const override {
    return program_kernel(*program, options, name());
  }
  bool same(const Primitive& other) const override {
    return typeid(*this) == typeid(other) &&
           control::same(*program, *static_cast<const ProgramPrimitive&>(other).program);
  }
  bool keep_kernel() const override { return true; }
  double flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override {
    return flops_of(*program);
  }
  Flags depends(const Flags& inputs) const override { return control::depends(*program, inputs); }
  const ProgramPtr program;
};

}  // namespace copse::control
