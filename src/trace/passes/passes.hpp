// The passes: each takes a program and gives a better one that computes the same.
#pragma once

#include <optional>

#include "analysis.hpp"
#include "copse/trace/compile.hpp"

namespace copse::passes {

class SimplifiedSteps;

/// What a pass has made, or nothing where it has nothing to do.
using Result = std::optional<ir::Program>;

/// Puts in the place of composed operations what they are composed of, and with `definitions` programs in the
/// place of operations that are defined by one.
Result inline_programs(const ir::Program& program, bool definitions = true);
/// Computes what is known already; removes operations that change nothing; turns filled arrays into scalars.
Result fold_constants(const ir::Program& program);
/// Does equal instructions once.
Result common_subexpressions(const ir::Program& program);
/// Leaves out instructions and constants that no output depends on.
Result dead_code(const ir::Program& program);
/// Lets a loop keep what a later loop, as that of its gradient, would compute again from its ys.
Result loop_residuals(const ir::Program& program, SimplifiedSteps& steps);
/// Takes out of loops what a step does not need of the step before: products over all steps are one.
Result loop_fission(const ir::Program& program, SimplifiedSteps& steps);
/// Takes transposes, bias and activation into products and convolutions.
Result epilogues(const ir::Program& program);
/// Sums of arrays that are zero but for a part of their own, as gradients of slices are, become one array
/// made of parts.
Result concatenate_pads(const ir::Program& program);
/// Sums of products over a few rows become one product over all of their rows.
Result batch_products(const ir::Program& program);
/// Makes again, where a later loop reads it, what is cheap to make. `copies` says which instructions are such
/// copies, for `fuse`.
Result rematerialize(const ir::Program& program, std::vector<Flag>& copies);
/// Joins elementwise operations, the views they read through and the sums at their ends into single
/// instructions. `copies` run where they are read.
Result fuse(const ir::Program& program, const std::vector<Flag>& copies = {});

/// Puts instructions that only make results right behind what they wait for, so that it is set free.
/// `donated` says which inputs lend their memory to results.
Result schedule(const ir::Program& program, std::span<const std::uint8_t> donated);

}  // namespace copse::passes
