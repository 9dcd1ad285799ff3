// xtensor's arrays as leaves of trees. Needs xtensor and the trees, nothing else of Copse.
#pragma once

#include <cstddef>
#include <string>
#include <xtensor/xarray.hpp>
#include <xtensor/xtensor.hpp>

#include "copse/tree/leaf_elements.hpp"

namespace copse {

namespace tree_detail {

// An array without elements is Nothing. A default-constructed xarray has one element, so it is a scalar and
// not Nothing.
template <class X>
struct XtensorLeaf {
  using Scalar = typename X::value_type;
  static constexpr bool leaf = true;

  static bool is_nothing(const X& x) { return x.size() == 0; }
  static void make_nothing(X& x) { x = X::from_shape(empty_shape()); }

  static bool equal(const X& a, const X& b) {
    return a.dimension() == b.dimension() &&
           std::equal(a.shape().begin(), a.shape().end(), b.shape().begin()) &&
           equal_elements(a.data(), b.data(), a.size());
  }
  static bool close(const X& a, const X& b, double rtol, double atol) {
    return a.dimension() == b.dimension() &&
           std::equal(a.shape().begin(), a.shape().end(), b.shape().begin()) &&
           close_elements(a.data(), b.data(), a.size(), rtol, atol);
  }
  static std::size_t hash(const X& x) { return mix(x.dimension(), hash_elements(x.data(), x.size())); }
  static std::string dtype(const X&) { return element_name<Scalar>(); }
  static std::string shape(const X& x) {
    std::string out = "(", separator;
    for (auto size : x.shape()) {
      out += separator + std::to_string(size);
      separator = ", ";
    }
    return out + (x.dimension() == 1 ? ",)" : ")");
  }
  static std::size_t bytes(const X& x) { return x.size() * sizeof(Scalar); }
  static std::string text(const X& x) {
    return (is_fixed_rank ? "xtensor(" : "xarray(") + shape(x) + ", " + dtype(x) + ")";
  }

 private:
  static constexpr bool is_fixed_rank = !requires(typename X::shape_type& shape) { shape.resize(1); };

  static typename X::shape_type empty_shape() {
    typename X::shape_type shape{};
    if constexpr (!is_fixed_rank) shape.resize(1);
    for (auto& size : shape) size = 0;
    return shape;
  }
};

}  // namespace tree_detail

/// An `xt::xarray` is a leaf; one without elements is Nothing.
template <class Scalar, xt::layout_type Layout, class Allocator, class Shape>
struct LeafTraits<xt::xarray_container<Scalar, Layout, Allocator, Shape>>
    : tree_detail::XtensorLeaf<xt::xarray_container<Scalar, Layout, Allocator, Shape>> {};

/// An `xt::xtensor` is a leaf; one without elements is Nothing.
template <class Scalar, std::size_t N, xt::layout_type Layout, class Allocator>
struct LeafTraits<xt::xtensor_container<Scalar, N, Layout, Allocator>>
    : tree_detail::XtensorLeaf<xt::xtensor_container<Scalar, N, Layout, Allocator>> {};

}  // namespace copse
