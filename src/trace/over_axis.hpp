// What operations along a named axis have in common.
#pragma once

#include "copse/trace/axes.hpp"

namespace copse::flat {

/// A base of such primitives, beside Primitive.
class OverAxis {
 public:
  virtual ~OverAxis() = default;
  virtual const Axis& axis() const = 0;
};

}  // namespace copse::flat
