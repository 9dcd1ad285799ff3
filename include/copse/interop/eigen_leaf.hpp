// Eigen's matrices and arrays as leaves of trees. Needs Eigen and the trees, nothing else of Copse.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <string>
#include <type_traits>

#include "copse/tree/leaf_elements.hpp"

namespace copse {

namespace tree_detail {

// A matrix of a size that is only known at run time is Nothing while it is empty; one of fixed size never is.
template <class M>
struct EigenLeaf {
  using Scalar = typename M::Scalar;
  static constexpr bool leaf = true;

  static bool is_nothing(const M& m)
    requires(M::SizeAtCompileTime == Eigen::Dynamic)
  {
    return m.size() == 0;
  }
  static void make_nothing(M& m)
    requires(M::SizeAtCompileTime == Eigen::Dynamic)
  {
    m = M();
  }

  static bool equal(const M& a, const M& b) {
    return a.rows() == b.rows() && a.cols() == b.cols() && equal_elements(a.data(), b.data(), count(a));
  }
  static bool close(const M& a, const M& b, double rtol, double atol) {
    return a.rows() == b.rows() && a.cols() == b.cols() &&
           close_elements(a.data(), b.data(), count(a), rtol, atol);
  }
  static std::size_t hash(const M& m) {
    return mix(static_cast<std::size_t>(m.rows()), hash_elements(m.data(), count(m)));
  }
  static std::string dtype(const M&) { return element_name<Scalar>(); }
  static std::string shape(const M& m) {
    if (M::IsVectorAtCompileTime) return "(" + std::to_string(m.size()) + ",)";
    return "(" + std::to_string(m.rows()) + ", " + std::to_string(m.cols()) + ")";
  }
  static std::size_t bytes(const M& m) { return count(m) * sizeof(Scalar); }

 private:
  static std::size_t count(const M& m) { return static_cast<std::size_t>(m.size()); }
};

}  // namespace tree_detail

/// A matrix or vector is a leaf. If its size is dynamic, an empty one is Nothing.
template <class Scalar, int Rows, int Cols, int Options, int MaxRows, int MaxCols>
struct LeafTraits<Eigen::Matrix<Scalar, Rows, Cols, Options, MaxRows, MaxCols>>
    : tree_detail::EigenLeaf<Eigen::Matrix<Scalar, Rows, Cols, Options, MaxRows, MaxCols>> {};

/// The same for Eigen's arrays, whose arithmetic is elementwise.
template <class Scalar, int Rows, int Cols, int Options, int MaxRows, int MaxCols>
struct LeafTraits<Eigen::Array<Scalar, Rows, Cols, Options, MaxRows, MaxCols>>
    : tree_detail::EigenLeaf<Eigen::Array<Scalar, Rows, Cols, Options, MaxRows, MaxCols>> {};

}  // namespace copse
