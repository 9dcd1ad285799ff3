// What the passes over loops have in common.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "../control/scan.hpp"
#include "facts.hpp"
#include "passes.hpp"
#include "rewriter.hpp"

namespace copse::passes {

/// The part of a program that makes `outputs` from `inputs`, which are values of the program. `inputs` are
/// read where they are given, however the program makes them.
ir::Program part_of(const ir::Program& program, std::span<const ir::Id> inputs,
                    std::span<const ir::Id> outputs);

/// A program with definitions and compositions in place, known values computed and equal instructions done
/// once.
ir::Program simplified(ir::Program program);

/// The steps of a program's loops, simplified: each once, whichever passes ask for it.
class SimplifiedSteps {
 public:
  control::ProgramPtr operator[](const control::ProgramPtr& step);
  /// Says that a step is simplified already.
  void add(const control::ProgramPtr& step) { simplified_[step] = step; }

 private:
  std::unordered_map<control::ProgramPtr, control::ProgramPtr> simplified_;
};

/// A scan without the carries and ys that are not read, and without what only these need.
struct PrunedScan {
  PrimitivePtr primitive;
  std::vector<std::size_t> operands, results;  ///< which of the scan's are left
};
/// `read` says which results of the scan are read. Nothing where all are needed.
std::optional<PrunedScan> pruned(const control::ScanParams& scan, std::span<const std::uint8_t> read);

}  // namespace copse::passes
