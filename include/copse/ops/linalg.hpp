// Products of arrays. The decompositions are in `copse::linalg`.
#pragma once

#include <initializer_list>
#include <optional>
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

/// Sum of the products along an axis, which broadcasts like the others.
Array vecdot(const Array& a, const Array& b, int axis = -1);
/// Sum of a diagonal of two axes.
Array trace(const Array& x, std::int64_t offset = 0, int axis1 = 0, int axis2 = 1);
/// Kronecker's product: each element of a times all of b.
Array kron(const Array& a, const Array& b);
/// Cross product of the vectors along an axis, of two or three elements; of two vectors of two elements the
/// third component alone. Others broadcast.
Array cross(const Array& a, const Array& b, int axis = -1);

/// Linear algebra on square or rectangular matrices in the last two dimensions; dimensions before them are
/// batches. All of it computes in float32 or float64; other dtypes become float32.
namespace linalg {

/// x with a x = b. A one-dimensional b is a column, otherwise b is (..., n, k); batch dimensions broadcast.
/// A singular matrix gives inf or nan.
Array solve(const Array& a, const Array& b);
/// The inverse. A singular matrix gives inf or nan.
Array inv(const Array& a);
/// The determinant.
Array det(const Array& a);

struct SlogDet {
  Array sign, logabsdet;
};
/// Sign and logarithm of the absolute value of the determinant: 0 and -inf for a singular matrix.
SlogDet slogdet(const Array& a);

/// Lower triangular L with L L' = (a + a') / 2, or its transpose if `upper`; nan where that is not positive
/// definite.
Array cholesky(const Array& a, bool upper = false);

struct Qr {
  Array q, r;
};
/// How much of a factorisation is returned.
enum class QrMode {
  reduced,   ///< q (..., m, k) and r (..., k, n), k = min(m, n)
  complete,  ///< q (..., m, m) and r (..., m, n), whose rows from k on are zero
  r          ///< r alone, as reduced; q has no value
};
/// a = q r with orthonormal columns and an upper triangle.
Qr qr(const Array& a, QrMode mode = QrMode::reduced);

struct Svd {
  Array u, s, vh;
};
/// a = u diag(s) vh with singular values in descending order. Without `full_matrices` u is (..., m, k) and vh
/// (..., k, n), k = min(m, n); with them both are square. Unless a is square, too, their further columns and
/// rows are any that are orthonormal and so have no derivative: ValueError.
Svd svd(const Array& a, bool full_matrices = false);

struct Eigh {
  Array eigenvalues, eigenvectors;
};
/// Eigenvalues, ascending, and eigenvectors, as columns, of the symmetric matrix (a + a') / 2.
Eigh eigh(const Array& a);

/// Options of `triangular_solve`.
struct TriangularOptions {
  bool lower = true;           ///< which triangle of a counts
  bool transpose_a = false;    ///< solve a' x = b
  bool unit_diagonal = false;  ///< take the diagonal of a for ones
  bool left_side = true;       ///< or solve x a = b
};
/// x with a x = b for a triangular matrix; b as in `solve`. For x a = b it is (..., k, n), or a row.
Array triangular_solve(const Array& a, const Array& b, const TriangularOptions& options = {});

/// Which norm: a number p, or the Frobenius norm or the sum of singular values of matrices.
struct Order {
  enum class Kind : std::uint8_t { standard, number, frobenius, nuclear };
  Kind kind = Kind::standard;
  double p = 2;

  constexpr Order() = default;
  /// A template, because 0 would be a name as well.
  template <Scalar T>
  constexpr Order(T number) : kind(Kind::number), p(static_cast<double>(number)) {}
  /// "fro" or "nuc"; throws ValueError for anything else.
  Order(const char* name);
};
/// Norm along one axis (of vectors: the root of the sum of squares, or the p-norm; p may be infinite or 0) or
/// two (of matrices: Frobenius, or p = 1, 2, inf, -1, -2, -inf, or nuclear). Without axes, of all elements as
/// a vector, or, given an order, of the array's one or two dimensions.
Array norm(const Array& x, const Order& order = {}, std::initializer_list<int> axes = {},
           bool keepdims = false);

/// Eigenvalues of the symmetric matrix (a + a') / 2, ascending.
Array eigvalsh(const Array& a);
/// Singular values, descending.
Array svdvals(const Array& a);
/// The pseudoinverse of Moore and Penrose. Singular values not above `rtol` times the largest count as zero;
/// by default 10 max(m, n) times the dtype's epsilon.
Array pinv(const Array& a, std::optional<double> rtol = std::nullopt);
/// How many singular values are above `rtol` times the largest (by default max(m, n) times epsilon), int32.
Array matrix_rank(const Array& a, std::optional<double> rtol = std::nullopt);
/// Condition number: largest singular value by the smallest.
Array cond(const Array& a);
/// The matrix to the n; for negative n, of the inverse.
Array matrix_power(const Array& a, std::int64_t n);

struct LeastSquares {
  Array x, residuals, rank, s;
};
/// x of least length with the least sum of squares |a x - b|, for one matrix a (m, n) and b (m) or (m, k).
/// Singular values not above `rcond` times the largest count as zero (by default max(m, n) times epsilon).
/// `residuals` are the sums of squares of the columns.
LeastSquares lstsq(const Array& a, const Array& b, std::optional<double> rcond = std::nullopt);

/// Matrix product of several in the order that costs the least. Throws ValueError for less than two.
Array multi_dot(std::span<const Array> arrays);
Array multi_dot(std::initializer_list<Array> arrays);

}  // namespace linalg

}  // namespace copse
