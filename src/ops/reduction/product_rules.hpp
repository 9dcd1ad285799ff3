// Products of many factors and all their derivatives: what the gradients of prod, cumprod and
// at(...).multiply are made of.
#pragma once

#include <vector>

#include "../indexing/primitives.hpp"
#include "copse/core/primitive.hpp"

namespace copse::reduction {

/// Which factors make one product.
///
/// A list of arrays, `group`, is one factor's values for all products: {x} for products along an axis, {x, u}
/// for updates u that are multiplied into the places of x at `indices`.
struct Products {
  bool scattered = false;
  indexing::Place place = {};  ///< of the updates; else its axis is that of the product
  bool reverse = false;        ///< along an axis: from its end
  friend bool operator==(const Products&, const Products&) = default;
};

using Group = std::vector<Array>;

/// The derivative of the products in several directions: groups[0] are the factors, each other group is a
/// direction. Without directions these are the products themselves. Along an axis: the running products.
Array product_derivative(const Products& products, const Array& indices, const std::vector<Group>& groups);

/// The gradient of the sum of c times `product_derivative`, with respect to the factors: for each factor, the
/// products of all the others. No factor divides: zeros, overflow and underflow among them do no harm.
Group product_gradient(const Products& products, const Array& indices, const Array& c,
                       const std::vector<Group>& groups);

}  // namespace copse::reduction
