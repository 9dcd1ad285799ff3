// The base of elementwise primitives: of the library's own, and of those that a program adds.
#pragma once

#include "copse/core/primitive.hpp"

namespace copse {

/// What the derivative rule of an elementwise operation is given.
struct ElementwiseRule {
  std::span<const Array> in;
  const Array& out;
  const Array& ct;  ///< the cotangent of the result
};

/// An operation on each element by itself, with operands that broadcast against each other. A derived class
/// says its name, its loop and its derivative; broadcasting, the kernel, batching and both directions of
/// differentiation follow, and the compiler fuses it with its neighbours.
class ElementwisePrimitive : public Primitive {
 public:
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override;
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override;
  void eval(std::span<const Array> in, std::span<Array> out) const override;
  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override;
  std::vector<Array> vjp(const VjpCall& call) const override;
  BatchResult batch(const BatchCall& call) const override;

  /// Its loop for these dtypes; nothing where there is none, which is a DTypeError when it is to run. At most
  /// three operands.
  std::optional<traits::Elementwise> elementwise(std::span<const ShapeDtype> in,
                                                 const ShapeDtype& out) const override = 0;

 protected:
  /// Dtype and weakness of the result: by default the last operand's, weak where all operands are.
  virtual void result_type(std::span<const ShapeDtype> in, ShapeDtype& out) const;
  /// The cotangent times the derivative with respect to operand i, in the shape of the result; without a
  /// value where that is zero.
  virtual Array partial(int i, const ElementwiseRule& rule) const = 0;
};

}  // namespace copse
