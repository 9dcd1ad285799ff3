// Kernels that eager calls keep, because preparing them costs more than running them.
#pragma once

#include "copse/core/primitive.hpp"

namespace copse::detail {

/// The kernel of a primitive for these types: a kept one if the primitive asks for that.
std::shared_ptr<const Kernel> eager_kernel(const Primitive& primitive, std::span<const ShapeDtype> in,
                                           std::span<const ShapeDtype> out);

}  // namespace copse::detail
