// Products with an epilogue: matrix products and convolutions make themselves one of these.
#pragma once

#include <functional>

#include "copse/core/primitive.hpp"

namespace copse {

/// A kernel for a product of these types, with what the epilogue says done to its result.
using PrepareProduct = std::function<std::unique_ptr<Kernel>(const ShapeDtype& a, const ShapeDtype& b,
                                                             const traits::Epilogue& epilogue)>;

/// The product with an epilogue. For the compiler alone, after all transforms: it has no derivatives.
PrimitivePtr with_epilogue(PrimitivePtr product, const traits::Epilogue& epilogue, PrepareProduct prepare);

}  // namespace copse
