// The loops behind products and their derivatives.
#pragma once

#include <memory>
#include <span>

#include "copse/core/primitive.hpp"
#include "product_rules.hpp"

namespace copse::reduction {

/// in: the indices if scattered, c if `gradient`, then directions + 1 groups. out: the derivative, or for
/// `gradient` one array like each of a group.
std::unique_ptr<Kernel> product_kernel(const Products& products, bool gradient, int directions,
                                       std::span<const ShapeDtype> in);

}  // namespace copse::reduction
