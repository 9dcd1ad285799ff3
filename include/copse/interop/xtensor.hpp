// xtensor's expressions and Copse's arrays: into an array, and out of one without a copy.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xexpression.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xtensor.hpp>

#include "copse/core/array.hpp"
#include "copse/interop/xtensor_leaf.hpp"
#include "copse/io/leaf.hpp"

namespace copse {

namespace xtensor_detail {

template <class E>
Shape shape_of(const E& e) {
  Shape shape;
  for (const auto extent : e.shape()) shape.push_back(static_cast<std::int64_t>(extent));
  return shape;
}

inline std::vector<std::size_t> extents(const Shape& shape) {
  std::vector<std::size_t> out;
  for (const std::int64_t extent : shape) out.push_back(static_cast<std::size_t>(extent));
  return out;
}

// Containers that own row-major memory: an array can take it over.
template <class E>
inline constexpr bool is_container = false;
template <class T, class A, class S>
inline constexpr bool is_container<xt::xarray_container<xt::uvector<T, A>, xt::layout_type::row_major, S>> =
    true;
template <class T, class A, std::size_t N>
inline constexpr bool is_container<xt::xtensor_container<xt::uvector<T, A>, N, xt::layout_type::row_major>> =
    true;

}  // namespace xtensor_detail

namespace detail {

/// Any expression of xtensor: `Array(xt::sin(x) + 1)`. A row-major container that is moved in lends its
/// memory; everything else is evaluated into the array's.
template <class E>
  requires(xt::is_xexpression<E>::value && Element<typename E::value_type>)
struct FromForeign<E> {
  using T = typename E::value_type;

  static Array array(const E& e) {
    const Shape shape = xtensor_detail::shape_of(e);
    Array out = allocate({shape, dtype_of<T>});
    if (out.size() > 0) {
      auto to = xt::adapt(static_cast<T*>(mutable_data(out)), static_cast<std::size_t>(out.size()),
                          xt::no_ownership(), xtensor_detail::extents(shape));
      xt::noalias(to) = e;
    }
    return out;
  }
  static Array array(E&& e)
    requires xtensor_detail::is_container<E>
  {
    const ShapeDtype type{xtensor_detail::shape_of(e), dtype_of<T>};
    auto owner = std::make_shared<const E>(std::move(e));
    const T* const elements = owner->data();
    return borrow(elements, type, std::move(owner));
  }
};

template <class T>
struct XtensorView {
  static auto of(const Array& a) {
    auto owner = std::make_shared<const Array>(a);
    const T* const elements = a.span<T>().data();
    return xt::adapt_smart_ptr(elements, xtensor_detail::extents(a.shape()), std::move(owner));
  }
};

}  // namespace detail

/// How files hold a leaf that is an `xt::xarray` or `xt::xtensor`.
template <class X>
  requires(std::is_base_of_v<xt::xcontainer<X>, X> && Element<typename X::value_type>)
struct StoredLeaf<X> {
  static Array to_array(const X& x) { return Array(x); }
  static X from_array(const Array& a) {
    constexpr bool fixed = !requires(typename X::shape_type& shape) { shape.resize(1); };
    if constexpr (fixed)
      if (static_cast<std::size_t>(a.ndim()) != X::rank)
        throw ShapeError("from_array: got " + to_string(a.type()) + ", wanted " + std::to_string(X::rank) +
                         " dimensions");
    return X(a.view<typename X::value_type>());
  }
};

}  // namespace copse
