// The body of checks that every row goes through. Each adds to a report what it finds.
#pragma once

#include "compare.hpp"

namespace tables {

/// Values and dtypes are JAX's, for each sample and dtype; dtypes not taken throw DTypeError; what JAX
/// refuses throws some Error.
void check_golden(const Row& row, Report& report);
/// Compiled gives what eager gives, also when inputs are read through views (transposed, sliced, reversed,
/// broadcast), and when the elementwise passes are switched off.
void check_jit(const Row& row, Report& report);
/// Computed by three ranks, each input and all of them divided along each axis, it gives what eager gives.
void check_divided(const Row& row, Report& report);
/// Derivatives in float64 are those of differences, forward, backward and of second order; gradients have
/// their inputs' dtypes.
void check_derivatives(const Row& row, Report& report);
/// vmap over each choice of inputs and axes gives what a loop gives, also compiled and nested.
void check_vmap(const Row& row, Report& report);
/// Gradients inside vmap and jit are those of a loop and of eager calls.
void check_composition(const Row& row, Report& report);

/// The samples of all rows and their JAX expressions, as JSON for `golden.py`.
std::string samples_as_json();

}  // namespace tables
