// Loops of a known length, as the rules of `scan` and the compiler see them.
#pragma once

#include "call.hpp"

namespace copse::control {

/// Inputs of the step: constants, carries, elements of xs. Its outputs: carries, elements of ys. The operands
/// of a scan are the constants, the carries and the xs, its results the last carries and the ys.
struct ScanParams {
  ProgramPtr step;
  std::size_t constants = 0, carries = 0;
  std::int64_t length = 0;
  bool reverse = false;
  bool kept = false;  ///< whether the last ys are the carries at the beginning of each step

  std::size_t xs() const { return step->inputs.size() - constants - carries; }
  std::size_t ys() const { return step->outputs.size() - carries; }
};

/// The parameters of a scan, or null if the primitive is another.
const ScanParams* as_scan(const Primitive& primitive);
PrimitivePtr scan(ScanParams params);

/// The type of `length` values of a type, stacked.
ShapeDtype stacked(ShapeDtype type, std::int64_t length);

}  // namespace copse::control
