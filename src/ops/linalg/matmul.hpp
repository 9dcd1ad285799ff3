// The matrix product as a primitive, and the kernel behind it, to which bias and activation can be attached.
#pragma once

#include <memory>

#include "copse/core/primitive.hpp"

namespace copse {

struct MatMulParams {
  bool transpose_a = false;  ///< a is (batch..., k, m) instead of (batch..., m, k)
  bool transpose_b = false;  ///< b is (batch..., n, k) instead of (batch..., k, n)
  friend bool operator==(const MatMulParams&, const MatMulParams&) = default;
};

/// (batch..., m, k) times (batch..., k, n). The batch dimensions are the same, or one side has none and is
/// used for all. Both sides have the same dtype.
class MatMul final : public PrimitiveWith<MatMul, MatMulParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override { return "matmul"; }
  std::string parameters() const override;
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override;
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override;
  void eval(std::span<const Array> in, std::span<Array> out) const override;
  std::vector<Array> vjp(const VjpCall& call) const override;
  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override;
  BatchResult batch(const BatchCall& call) const override;
  double flops(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out) const override;
  std::optional<traits::Product> product() const override;
  PrimitivePtr with_transposes(bool a, bool b) const override { return of({a, b}); }
  PrimitivePtr with_epilogue(const traits::Epilogue& epilogue) const override;

  /// The four primitives there are, made once.
  static const PrimitivePtr& of(MatMulParams params);
};

/// Applies the primitive, without any of matmul's broadcasting.
Array product(const Array& a, const Array& b, bool transpose_a = false, bool transpose_b = false);

using traits::Activation;
using traits::Epilogue;

/// A kernel for the product of the types of `a` and `b`.
std::unique_ptr<Kernel> prepare_matmul(const ShapeDtype& a, const ShapeDtype& b, MatMulParams params,
                                       Epilogue epilogue = {});

/// Where the numbers of a product are: for the kernels.
struct MatMulPlan {
  MatMulPlan(const ShapeDtype& a, const ShapeDtype& b, MatMulParams params);

  DType dtype;
  std::int64_t batch = 1, m = 0, n = 0, k = 0;
  std::int64_t a_batch = 0, a_row = 0, a_col = 0;  // strides in elements
  std::int64_t b_batch = 0, b_row = 0, b_col = 0;
  Epilogue epilogue;

  std::int64_t multiplications() const noexcept { return batch * m * n * k; }
  /// Bytes of scratch memory for `run`.
  std::size_t workspace() const noexcept;
  void run(const void* a, const void* b, const void* bias, void* c, void* workspace) const;
};

}  // namespace copse
