// Decompositions and solvers by Eigen. The iterative ones compute in float64: in float32 their rounding
// errors add up.
#include "eigen.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "../decompositions.hpp"

namespace copse::linalg {
namespace COPSE_ISA {
namespace {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using MapIn = Eigen::Map<const Matrix<T>>;
template <class T>
using MapOut = Eigen::Map<Matrix<T>>;

// By columns, which Eigen does in half the time.
template <class T>
bool cholesky(const T* a, std::int64_t n, T* l) {
  using Columns = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
  Columns factor = Eigen::Map<const Columns>(a, n, n);  // symmetric
  const Eigen::LLT<Eigen::Ref<Columns>> llt(factor);
  MapOut<T> to(l, n, n);
  to = factor;
  to.template triangularView<Eigen::StrictlyUpper>().setZero();
  return llt.info() == Eigen::Success;
}

// Small matrices, where Eigen's preparations take longer than the work: a becomes l and u, and `exchanged[j]`
// is the row that row j was exchanged for. Gives the sign of the permutation.
constexpr std::int64_t small = 12;
template <class T>
T small_lu(T* a, std::int64_t n, std::int64_t* exchanged) {
  T sign = 1;
  for (std::int64_t j = 0; j < n; ++j) {
    std::int64_t best = j;
    for (std::int64_t i = j + 1; i < n; ++i)
      if (std::abs(a[i * n + j]) > std::abs(a[best * n + j])) best = i;
    exchanged[j] = best;
    if (best != j) {
      std::swap_ranges(a + j * n, a + (j + 1) * n, a + best * n);
      sign = -sign;
    }
    const T pivot = a[j * n + j];
    if (pivot == T{0}) continue;
    for (std::int64_t i = j + 1; i < n; ++i) {
      const T factor = a[i * n + j] /= pivot;
      for (std::int64_t c = j + 1; c < n; ++c) a[i * n + c] -= factor * a[j * n + c];
    }
  }
  return sign;
}

template <class T>
void small_solve(const T* a, const T* b, std::int64_t n, std::int64_t k, bool transposed, T* x) {
  T lu[small * small];
  std::int64_t exchanged[small];
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) lu[i * n + j] = transposed ? a[j * n + i] : a[i * n + j];
  small_lu(lu, n, exchanged);
  std::copy_n(b, n * k, x);
  for (std::int64_t i = 0; i < n; ++i)
    if (exchanged[i] != i) std::swap_ranges(x + i * k, x + (i + 1) * k, x + exchanged[i] * k);
  const auto subtract = [&](std::int64_t i, std::int64_t j) {
    const T factor = lu[i * n + j];
    for (std::int64_t c = 0; c < k; ++c) x[i * k + c] -= factor * x[j * k + c];
  };
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < i; ++j) subtract(i, j);
  for (std::int64_t i = n; i-- > 0;) {
    for (std::int64_t j = i + 1; j < n; ++j) subtract(i, j);
    for (std::int64_t c = 0; c < k; ++c) x[i * k + c] /= lu[i * n + i];
  }
}

template <class T>
void solve(const T* a, const T* b, std::int64_t n, std::int64_t k, bool transposed, T* x) {
  if (n <= small) return small_solve(a, b, n, k, transposed, x);
  const MapIn<T> from(a, n, n);
  Eigen::PartialPivLU<Matrix<T>> lu(n);
  if (transposed)
    lu.compute(from.transpose());
  else
    lu.compute(from);
  MapOut<T>(x, n, k) = lu.solve(MapIn<T>(b, n, k));
}

template <class Triangle, class Out>
void solve_triangle(const Triangle& a, bool lower, bool unit, Out& to) {
  if (lower)
    unit ? a.template triangularView<Eigen::UnitLower>().solveInPlace(to)
         : a.template triangularView<Eigen::Lower>().solveInPlace(to);
  else
    unit ? a.template triangularView<Eigen::UnitUpper>().solveInPlace(to)
         : a.template triangularView<Eigen::Upper>().solveInPlace(to);
}

template <class T>
void triangular_solve(const T* a, std::int64_t n, std::int64_t k, bool lower, bool unit, bool transposed,
                      T* x) {
  const MapIn<T> from(a, n, n);
  MapOut<T> to(x, n, k);
  if (transposed)
    solve_triangle(from.transpose(), !lower, unit, to);
  else
    solve_triangle(from, lower, unit, to);
}

template <class T>
T determinant(const T* a, std::int64_t n) {
  if (n <= small) {
    T lu[small * small];
    std::int64_t exchanged[small];
    std::copy_n(a, n * n, lu);
    T product = small_lu(lu, n, exchanged);
    for (std::int64_t i = 0; i < n; ++i) product *= lu[i * n + i];
    return product;
  }
  return Eigen::PartialPivLU<Matrix<T>>(MapIn<T>(a, n, n)).determinant();
}

template <class T>
void log_determinant(const T* a, std::int64_t n, T* sign, T* log) {
  const Eigen::PartialPivLU<Matrix<T>> lu(MapIn<T>(a, n, n));
  *sign = static_cast<T>(lu.permutationP().determinant());
  *log = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const T d = lu.matrixLU()(i, i);
    *sign *= d > 0 ? T{1} : d < 0 ? T{-1} : d;
    *log += std::log(std::abs(d));
  }
}

// Divide and conquer is many times faster than Jacobi rotations, which always converge.
template <class F>
void with_svd(const Eigen::MatrixXd& a, unsigned int parts, F f) {
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(a, parts);
  if (svd.info() == Eigen::Success)
    f(svd.matrixU(), svd.singularValues(), svd.matrixV());
  else {
    const Eigen::JacobiSVD<Eigen::MatrixXd> rotated(a, parts);
    f(rotated.matrixU(), rotated.singularValues(), rotated.matrixV());
  }
}

// With a = u s v', cofactors are u c v' times the determinants of u and v, each of c the product of all other
// singular values.
template <class T>
void cofactors(const T* a, std::int64_t n, T* to) {
  with_svd(MapIn<T>(a, n, n).template cast<double>(), Eigen::ComputeFullU | Eigen::ComputeFullV,
           [&](const Eigen::MatrixXd& u, const Eigen::VectorXd& s, const Eigen::MatrixXd& v) {
             Eigen::VectorXd others(n);
             double before = u.determinant() * v.determinant(), behind = 1;
             for (Eigen::Index i = 0; i < n; before *= s[i++]) others[i] = before;
             for (Eigen::Index i = n; i-- > 0; behind *= s[i]) others[i] *= behind;
             MapOut<T>(to, n, n) = (u * others.asDiagonal() * v.transpose()).template cast<T>();
           });
}

// By Householder's reflections.
template <class T>
void qr(const T* a, std::int64_t m, std::int64_t n, std::int64_t k, T* q, T* r) {
  const Eigen::HouseholderQR<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>> qr(MapIn<T>(a, m, n));
  if (q) {
    Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> all =
        Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>::Identity(m, k);
    all.applyOnTheLeft(qr.householderQ());
    MapOut<T>(q, m, k) = all;
  }
  MapOut<T> to(r, k, n);
  to = qr.matrixQR().topRows(k);
  to.template triangularView<Eigen::StrictlyLower>().setZero();
}

// Of float32, in float64: a' a = v s^2 v', and a v = u s by Householder's reflections, whatever the rank.
// What squaring loses, about 1e-8 of the largest singular value, float32 cannot hold.
void svd_by_eigen(const Eigen::MatrixXd& tall, bool full, Eigen::MatrixXd& u, Eigen::VectorXd& s,
                  Eigen::MatrixXd& v) {
  const Eigen::Index m = tall.rows(), n = tall.cols();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(tall.transpose() * tall);
  const Eigen::MatrixXd vectors = eigen.eigenvectors().rowwise().reverse();
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(tall * vectors);
  const Eigen::VectorXd diagonal = qr.matrixQR().diagonal();
  u = Eigen::MatrixXd::Identity(m, full ? m : n);
  u.applyOnTheLeft(qr.householderQ());
  // In order to rounding already, and then in order.
  const Eigen::MatrixXd columns = u.leftCols(n);
  Eigen::VectorXi order(n);
  for (int i = 0; i < n; ++i) order[i] = i;
  std::sort(order.data(), order.data() + n, [&](int i, int j) {
    const double a = std::abs(diagonal[i]), b = std::abs(diagonal[j]);
    return a > b || (a == b && i < j);
  });
  v.resize(n, n);
  s.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Eigen::Index from = order[i];
    s[i] = std::abs(diagonal[from]);
    u.col(i) = diagonal[from] < 0 ? Eigen::VectorXd(-columns.col(from)) : Eigen::VectorXd(columns.col(from));
    v.col(i) = vectors.col(from);
  }
}

template <class T>
void svd(const T* a, std::int64_t m, std::int64_t n, bool full, T* u, T* s, T* vh) {
  const auto keep = [&](const Eigen::MatrixXd& left, const Eigen::VectorXd& values,
                        const Eigen::MatrixXd& right) {
    MapOut<T>(u, left.rows(), left.cols()) = left.template cast<T>();
    MapOut<T>(s, values.size(), 1) = values.template cast<T>();
    MapOut<T>(vh, right.cols(), right.rows()) = right.transpose().template cast<T>();
  };
  const Eigen::MatrixXd wide = MapIn<T>(a, m, n).template cast<double>();
  if constexpr (std::is_same_v<T, float>) {
    Eigen::MatrixXd left, right;
    Eigen::VectorXd values;
    if (m >= n) {
      svd_by_eigen(wide, full, left, values, right);
      return keep(left, values, right);
    }
    svd_by_eigen(wide.transpose(), full, right, values, left);
    return keep(left, values, right);
  }
  with_svd(wide, full ? Eigen::ComputeFullU | Eigen::ComputeFullV : Eigen::ComputeThinU | Eigen::ComputeThinV,
           keep);
}

template <class T>
void eigh(const T* a, std::int64_t n, T* values, T* vectors) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(MapIn<T>(a, n, n).template cast<double>());
  MapOut<T>(values, n, 1) = eigen.eigenvalues().template cast<T>();
  MapOut<T>(vectors, n, n) = eigen.eigenvectors().template cast<T>();
}

template <class T>
constexpr Decompositions<T> all{
    cholesky<T>, solve<T>, triangular_solve<T>, determinant<T>, log_determinant<T>, cofactors<T>, qr<T>,
    svd<T>,      eigh<T>};

}  // namespace

const Decompositions<float>& float_decompositions() { return all<float>; }
const Decompositions<double>& double_decompositions() { return all<double>; }

}  // namespace COPSE_ISA
}  // namespace copse::linalg
