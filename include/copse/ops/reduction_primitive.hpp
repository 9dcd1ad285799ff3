// The base of reductions: of the library's own, and of those that a program adds.
#pragma once

#include "copse/core/primitive.hpp"

namespace copse {

/// An operation that combines elements along axes, which vanish. A derived class says its name, its loops and
/// its derivatives; types, the kernel and batching follow, and the compiler puts it at the end of the loops
/// that make its operand.
class ReductionPrimitive : public Primitive {
 public:
  /// Axes are ascending and counted from the front.
  explicit ReductionPrimitive(std::vector<int> axes) : axes_(std::move(axes)) {}

  std::string parameters() const override;
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override;
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override;
  void eval(std::span<const Array> in, std::span<Array> out) const override;
  BatchResult batch(const BatchCall& call) const override;
  bool same(const Primitive& other) const override;
  std::optional<traits::Reduction> as_reduction(const ShapeDtype& in) const override;

  /// The axes that stay.
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype> out) const override;

  const std::vector<int>& axes() const noexcept { return axes_; }

 protected:
  /// Its loops for a dtype, which live forever; null where there are none, which is a DTypeError when it is
  /// to run.
  virtual const traits::ReductionLoops* loops(DType dtype) const = 0;
  /// The same reduction along other axes.
  virtual PrimitivePtr along(std::vector<int> axes) const = 0;

 private:
  std::vector<int> axes_;
};

}  // namespace copse
