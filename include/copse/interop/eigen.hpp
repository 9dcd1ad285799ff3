// Eigen's matrices and Copse's arrays: conversions, and matrices as leaves of trees.
#pragma once

#include <Eigen/Core>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "copse/core/array.hpp"
#include "copse/core/error.hpp"
#include "copse/interop/eigen_leaf.hpp"
#include "copse/io/leaf.hpp"

namespace copse {

namespace eigen_detail {

template <class M>
inline constexpr bool is_vector = M::IsVectorAtCompileTime != 0;

// Shapes as NumPy would have them: vectors have one dimension.
template <class M>
Shape shape_of(const M& m) {
  if constexpr (is_vector<M>) {
    return {static_cast<std::int64_t>(m.size())};
  } else {
    return {static_cast<std::int64_t>(m.rows()), static_cast<std::int64_t>(m.cols())};
  }
}

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

[[noreturn]] inline void wrong_rank(const char* function, const Array& a, const char* wanted) {
  throw ShapeError(std::string(function) + ": got " + to_string(a.type()) + ", wanted " + wanted);
}

}  // namespace eigen_detail

/// An array of the elements of any of Eigen's expressions: of one dimension for a vector (by its type), of
/// two for a matrix.
template <class Derived>
  requires Element<typename Derived::Scalar>
Array array(const Eigen::DenseBase<Derived>& expression) {
  using T = typename Derived::Scalar;
  Array out = detail::allocate({eigen_detail::shape_of(expression.derived()), dtype_of<T>});
  Eigen::Map<eigen_detail::RowMajor<T>> to(static_cast<T*>(detail::mutable_data(out)), expression.rows(),
                                           expression.cols());
  if (out.size() > 0) to = expression.derived().template cast<T>().matrix();
  return out;
}

namespace detail {

/// Any of Eigen's expressions: `Array(a * b)`, as `array(a * b)`. A vector, or row-major matrix, of dynamic
/// size that is moved in lends its memory.
template <class E>
  requires(std::is_base_of_v<Eigen::DenseBase<E>, E> && Element<typename E::Scalar>)
struct FromForeign<E> {
  static Array array(const E& e) { return copse::array(e); }
  static Array array(E&& e)
    requires(std::is_base_of_v<Eigen::PlainObjectBase<E>, E> && E::MaxSizeAtCompileTime == Eigen::Dynamic &&
             (bool(E::IsRowMajor) || bool(E::IsVectorAtCompileTime)))
  {
    const ShapeDtype type{eigen_detail::shape_of(e), dtype_of<typename E::Scalar>};
    auto owner = std::make_shared<const E>(std::move(e));
    const auto* const elements = owner->data();
    return borrow(elements, type, std::move(owner));
  }
};

}  // namespace detail

/// The elements of an array as a matrix, without a copy, while an array that shares them lives: that of two
/// dimensions, a column for one, a single element for none. Throws DTypeError if T is not the element type,
/// ShapeError for more dimensions.
template <Element T>
auto as_eigen(const Array& a) {
  if (a.ndim() > 2) eigen_detail::wrong_rank("as_eigen", a, "at most two dimensions");
  const Eigen::Index rows = a.ndim() > 0 ? a.shape(0) : 1, cols = a.ndim() > 1 ? a.shape(1) : 1;
  return Eigen::Map<const eigen_detail::RowMajor<T>>(a.data<T>(), rows, cols);
}
/// As as_eigen, for arrays of one dimension: a vector.
template <Element T>
auto as_eigen_vector(const Array& a) {
  if (a.ndim() != 1) eigen_detail::wrong_rank("as_eigen_vector", a, "one dimension");
  return Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, 1>>(a.data<T>(), a.shape(0));
}

/// How files hold a leaf that is a matrix.
template <class M>
  requires std::is_base_of_v<Eigen::PlainObjectBase<M>, M> && Element<typename M::Scalar>
struct StoredLeaf<M> {
  static Array to_array(const M& m) { return copse::array(m); }
  static M from_array(const Array& a) {
    using T = typename M::Scalar;
    const int rank = eigen_detail::is_vector<M> ? 1 : 2;
    if (a.ndim() != rank)
      eigen_detail::wrong_rank("from_array", a, rank == 1 ? "one dimension" : "two dimensions");
    M out;
    if constexpr (eigen_detail::is_vector<M>) {
      constexpr bool row = M::RowsAtCompileTime == 1;
      using Vector = Eigen::Matrix<T, row ? 1 : Eigen::Dynamic, row ? Eigen::Dynamic : 1>;
      out = M(Eigen::Map<const Vector>(a.data<T>(), a.shape(0)));
    } else {
      out = M(Eigen::Map<const eigen_detail::RowMajor<T>>(a.data<T>(), a.shape(0), a.shape(1)));
    }
    return out;
  }
};

}  // namespace copse
