// Which axes of its operand the axes of a view are.
#pragma once

#include <optional>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/core/traits.hpp"

namespace copse::sharding {

/// A view by axes: element (i0, i1, ...) of the result is the operand's at `start[a]` plus the sum of
/// i_r * step[r] over the axes r of the result that walk along its axis a.
struct ViewAxes {
  std::vector<int> axis;            ///< by axis of the result: the operand's that it walks along, or -1
  std::vector<std::int64_t> step;   ///< by axis of the result
  std::vector<std::int64_t> start;  ///< by axis of the operand

  /// Nothing for a view that walks along several axes at once, or from row to row.
  static std::optional<ViewAxes> of(const traits::View& view, const Shape& in, const Shape& out);
  /// The axis of the result that is all of an axis of the operand, element by element; -1 if none is.
  int whole_axis(int operand_axis, const Shape& in, const Shape& out) const;
  /// The same view of an operand of another shape.
  traits::View strides(const Shape& in) const;
  friend bool operator==(const ViewAxes&, const ViewAxes&) = default;
};

/// The strides of an array without gaps.
std::vector<std::int64_t> dense_strides(const Shape& shape);

}  // namespace copse::sharding
