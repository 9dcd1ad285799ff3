// Operations made of programs, and what a program's results depend on.
#pragma once

#include "copse/trace/compile.hpp"
#include "derive.hpp"

namespace copse::control {

/// What operations that are made of programs have in common.
class OfPrograms : public Primitive {
 public:
  explicit OfPrograms(const std::vector<ProgramPtr>& programs);
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const final {
    return prepare_within(in, out, {});
  }
  std::unique_ptr<Kernel> prepare_within(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out,
                                         const CompileOptions& options) const override = 0;
  bool has_effect() const final { return has_effect_; }
  /// Whether elements of a mapped axis meet within the programs.
  bool joins_elements() const { return joins_elements_; }
  PrimitivePtr without_effect() const override = 0;
  /// Which outputs depend on the inputs chosen: by default all, if any input is.
  virtual Flags depends(const Flags& inputs) const {
    return Flags(static_cast<std::size_t>(outputs()), count(inputs) > 0);
  }

 private:
  bool has_effect_, joins_elements_;
};

/// Which outputs of a program depend on the inputs chosen.
Flags depends(const ir::Program& program, const Flags& inputs);

}  // namespace copse::control
