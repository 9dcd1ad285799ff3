#include "copse/transform/jit.hpp"

namespace copse::lift {

void escaped() {
  throw ConcretizationError(
      "jit: the function uses an array that belongs to a transform which has ended; return arrays from "
      "transformed functions "
      "instead of storing them");
}

}  // namespace copse::lift
