// Pooling as a primitive of several kinds.
#pragma once

#include <array>

#include "copse/core/primitive.hpp"
#include "pool_kernel.hpp"

namespace copse {

struct PoolParams {
  using Numbers = std::array<std::int64_t, 3>;

  pooling::PoolKind kind = pooling::PoolKind::max;
  int spatial = 2;
  Numbers window{1, 1, 1}, strides{1, 1, 1};
  Numbers low{}, high{};  ///< padding
  Numbers x_extent{};     ///< spatial dimensions of x

  std::int64_t y_extent(int dimension) const noexcept;
  friend bool operator==(const PoolParams&, const PoolParams&) = default;
};

class Pool final : public PrimitiveWith<Pool, PoolParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override;
  std::string parameters() const override;
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override;
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override;
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype> out) const override;
  std::vector<Array> vjp(const VjpCall& call) const override;
  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override;
  BatchResult batch(const BatchCall& call) const override;
};

}  // namespace copse
