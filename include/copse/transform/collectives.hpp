// Collectives on trees: those of arrays (trace/collectives.hpp) for each array of a tree.
#pragma once

#include "copse/trace/collectives.hpp"
#include "copse/transform/lift.hpp"

namespace copse {

namespace lift {

// What is no array, nor a number that becomes one.
template <class T>
concept TreeOfArrays = !std::same_as<T, Array> && !Scalar<T>;

template <class T, class F>
T each_replaced(T tree, const F& f) {
  each_array(tree, [&](auto slot) { slot.set(f(slot.value())); });
  return tree;
}

template <class T>
T combined(const T& tree, std::string_view axis, copse::detail::Combine how) {
  flat::Arrays arrays;
  collect(tree, arrays);
  arrays = copse::detail::combine_all(arrays, axis, how);
  const Array* next = arrays.data();
  return fill(tree, next);
}

}  // namespace lift

/// The sum over the axis of each array of a tree.
template <lift::TreeOfArrays T>
[[nodiscard]] T psum(const T& tree, std::string_view axis) {
  return lift::combined(tree, axis, detail::Combine::sum);
}
/// The mean over the axis of each array of a tree.
template <lift::TreeOfArrays T>
[[nodiscard]] T pmean(const T& tree, std::string_view axis) {
  return lift::combined(tree, axis, detail::Combine::mean);
}
/// The largest over the axis of each element of a tree's arrays.
template <lift::TreeOfArrays T>
[[nodiscard]] T pmax(const T& tree, std::string_view axis) {
  return lift::combined(tree, axis, detail::Combine::max);
}
/// The smallest over the axis of each element of a tree's arrays.
template <lift::TreeOfArrays T>
[[nodiscard]] T pmin(const T& tree, std::string_view axis) {
  return lift::combined(tree, axis, detail::Combine::min);
}
/// The trees of all places as one, each array with a new axis in front: `all_gather(metric,
/// "i").aggregate()`.
template <lift::TreeOfArrays T>
[[nodiscard]] T all_gather(const T& tree, std::string_view axis, const PartsOptions& options = {}) {
  return lift::each_replaced(tree, [&](const Array& x) { return all_gather(x, axis, options); });
}
/// Of the sum of each array of a tree the part that belongs to this place.
template <lift::TreeOfArrays T>
[[nodiscard]] T psum_scatter(const T& tree, std::string_view axis, const PartsOptions& options = {}) {
  return lift::each_replaced(tree, [&](const Array& x) { return psum_scatter(x, axis, options); });
}
/// The tree of the place that a pair (source, destination) brings here; zeros where none does.
template <lift::TreeOfArrays T>
[[nodiscard]] T ppermute(const T& tree, std::string_view axis,
                         const std::vector<std::pair<int, int>>& pairs) {
  return lift::each_replaced(tree, [&](const Array& x) { return ppermute(x, axis, pairs); });
}

}  // namespace copse
