// Products of arrays. The decompositions are in `copse::linalg`.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"

namespace copse {

/// Matrix product by NumPy's rules: the last two dimensions are multiplied, those before broadcast, and a
/// one-dimensional operand is a row on the left, a column on the right.
Array matmul(const Array& a, const Array& b);
/// Sum of products over a's last and b's second-to-last (or only) dimension. A scalar multiplies.
Array dot(const Array& a, const Array& b);
/// Sum of the products of all elements.
Array vdot(const Array& a, const Array& b);
/// Sum of products over the last dimension of both. A scalar multiplies.
Array inner(const Array& a, const Array& b);
/// All products of an element of a and one of b: (a.size(), b.size()).
Array outer(const Array& a, const Array& b);

/// Sum of products over a's last and b's first `axes` dimensions.
Array tensordot(const Array& a, const Array& b, int axes = 2);
/// Sum of products over pairs of dimensions: `axes_a[i]` of a together with `axes_b[i]` of b.
Array tensordot(const Array& a, const Array& b, std::span<const int> axes_a, std::span<const int> axes_b);
Array tensordot(const Array& a, const Array& b, std::initializer_list<int> axes_a,
                std::initializer_list<int> axes_b);

/// Einstein's summation: `einsum("bhqd,bhkd->bhqk", {q, k})`. A label of one letter stands for a dimension,
/// one that the result lacks is summed over, `...` stands for dimensions that broadcast; without `->` the
/// result has all labels that occur once, in the alphabet's order. Operands are contracted from left to
/// right.
Array einsum(std::string_view subscripts, std::span<const Array> operands);
Array einsum(std::string_view subscripts, std::initializer_list<Array> operands);
/// The same with operands as arguments: `einsum("ij,jk->ik", a, b)`.
template <class... Arrays>
  requires(std::convertible_to<const Arrays&, const Array&> && ...)
Array einsum(std::string_view subscripts, const Array& first, const Arrays&... rest) {
  return einsum(subscripts, {first, static_cast<const Array&>(rest)...});
}

}  // namespace copse
