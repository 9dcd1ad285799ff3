// Convolution as a primitive in three roles, and the kernel behind it, to which bias and activation can be
// attached.
#pragma once

#include <array>
#include <memory>

#include "../linalg/matmul.hpp"
#include "copse/core/primitive.hpp"
#include "geometry.hpp"

namespace copse {

/// The sum over all of y * conv(x, kernel) is linear in each of the three. Its gradient with respect to one
/// of them is a function of the other two: these are the roles, named after what comes out, and each one's
/// derivatives are the other two.
enum class ConvRole : std::uint8_t {
  y,       ///< (x, kernel) -> y: the convolution
  x,       ///< (kernel, y) -> x: gradient with respect to the input
  kernel,  ///< (x, y) -> kernel: gradient with respect to the kernel
};

struct ConvParams {
  using Numbers = std::array<std::int64_t, 3>;

  ConvRole role = ConvRole::y;
  int spatial = 2;
  Numbers strides{1, 1, 1}, lhs_dilation{1, 1, 1}, rhs_dilation{1, 1, 1};
  Numbers low{}, high{};    ///< padding
  Numbers x_extent{};       ///< spatial dimensions of x
  Numbers kernel_extent{};  ///< and of the kernel
  std::int64_t groups = 1;

  std::int64_t y_extent(int dimension) const noexcept;
  friend bool operator==(const ConvParams&, const ConvParams&) = default;
};

class Conv final : public PrimitiveWith<Conv, ConvParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override;
  std::string parameters() const override;
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override;
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override;
  std::vector<Array> vjp(const VjpCall& call) const override;
  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override;
  BatchResult batch(const BatchCall& call) const override;
  double flops(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out) const override;
  std::optional<traits::Product> as_product() const override { return traits::Product{}; }
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype> out) const override;
  PrimitivePtr with_epilogue(const traits::Epilogue& epilogue) const override;

  /// The map from x to y of these types.
  convolution::Geometry geometry(const ShapeDtype& x, const ShapeDtype& kernel) const;
};

/// A kernel for the convolution of the types of x and kernel, with what `epilogue` says done to the result.
std::unique_ptr<Kernel> prepare_conv(const ShapeDtype& x, const ShapeDtype& kernel, const ConvParams& params,
                                     Epilogue epilogue = {});

}  // namespace copse
