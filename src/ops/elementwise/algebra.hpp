// What the compiler may know of an elementwise operation: passes ask for these facts, never for a name.
#pragma once

#include <optional>

namespace copse {
class Primitive;

namespace elementwise {

struct Algebra {
  std::optional<double> left_identity = std::nullopt;   ///< e with op(e, x) = x, bit for bit
  std::optional<double> right_identity = std::nullopt;  ///< e with op(x, e) = x, bit for bit
  bool sum = false;        ///< x + y: commutative, and linear in both operands together
  bool rectifier = false;  ///< max(x, 0), which products can do to what they store
  bool cheap = false;      ///< takes about as long as an addition, whatever loop it is in
};

/// The facts of one of the library's elementwise operations; null for all other primitives.
const Algebra* algebra_of(const Primitive& primitive);

}  // namespace elementwise
}  // namespace copse
