// What operations along axes that vanish have in common.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "copse/core/primitive.hpp"

namespace copse::reduction {

/// `Params` has `axes`: ascending, counted from the front.
template <class Derived, class Params>
class AlongAxes : public PrimitiveWith<Derived, Params> {
 public:
  using PrimitiveWith<Derived, Params>::PrimitiveWith;
  std::string parameters() const override {
    return fmt::format("axes=[{}]", fmt::join(this->params.axes, ", "));
  }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = in[0];
    const std::vector<int>& axes = this->params.axes;
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) out[0].shape.erase(*axis);
  }

 protected:
  /// The axes behind one that is mapped.
  std::vector<int> mapped_axes() const {
    std::vector<int> axes = this->params.axes;
    for (int& axis : axes) ++axis;
    return axes;
  }
};

}  // namespace copse::reduction
