// Whether two trees are equal within a tolerance.
#pragma once

#include <concepts>

#include "copse/tree/structure.hpp"

namespace copse {

namespace tree_detail {

template <class L>
bool leaves_close(const L& a, const L& b, double rtol, double atol) {
  if constexpr (requires { LeafTraits<L>::close(a, b, rtol, atol); }) {
    return LeafTraits<L>::close(a, b, rtol, atol);
  } else if constexpr (std::floating_point<L>) {
    return close_numbers(a, b, rtol, atol);
  } else {
    return leaf_ops<L>::equal(a, b);
  }
}

}  // namespace tree_detail

/// Whether two trees have the same structure and all their leaves are close: |a - b| <= atol + rtol * |b| for
/// numbers, what LeafTraits says for other types, and equal where it says nothing.
template <class T>
  requires(tree_detail::is_node<T> && !Leaf<T>)
[[nodiscard]] bool all_close(const T& a, const T& b, double rtol = 1e-5, double atol = 1e-8) {
  return tree_all_of(a, b, [&](const auto& left, const auto& right) {
    return tree_detail::leaves_close(left, right, rtol, atol);
  });
}

}  // namespace copse
