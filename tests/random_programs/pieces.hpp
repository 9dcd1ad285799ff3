// What random programs and their checks are made of. Included by the programs that the shrinker prints, too.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "copse/comm/threads.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/compile.hpp"
#include "copse/transform/branches.hpp"
#include "copse/transform/checkpoint.hpp"
#include "copse/transform/custom.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/loops.hpp"
#include "copse/transform/vmap.hpp"

namespace random_programs {

using namespace copse;
using Arrays = std::vector<Array>;
using Call = std::function<Arrays(const Arrays&)>;

/// The elements of `x` in another shape: seen as a slice, a broadcast or a reshape where one of them serves,
/// else repeated as often as needed.
Array resized(const Array& x, const Shape& shape);
/// The same with values between two bounds, smoothly, and of another dtype; bools say whether `x` is above 0
/// or odd.
Array fit(const Array& x, const Shape& shape, DType dtype, double low, double high);
/// Numbers between -1 and 1, different from element to element.
Array pattern(const Shape& shape, DType dtype, double step);

/// The parts [first, last) of a list.
Arrays part(const Arrays& all, std::size_t first, std::size_t last);
/// Both lists, one behind the other.
Arrays joined(Arrays a, const Arrays& b);

/// `scan` whose step gives the carries and then what is stacked.
Arrays scanned(const Call& step, const Arrays& carries, const Arrays& xs, const ScanOptions& options);
/// `while_loop` with a counter in front of the carries, while the condition holds, `most` times at most.
Arrays repeated(const Call& condition, const Call& step, const Arrays& carries, std::int64_t most);
/// f mapped over some arguments, with others that all share.
Arrays mapped(const Call& f, const Arrays& over, const Arrays& shared);
/// f with derivative rules of its own, which say what f's own derivatives are.
Call with_gradient_rule(Call f);
Call with_tangent_rule(Call f);

/// f compiled, one program for all calls.
Call jitted(Call f);
/// The same without one pass of the compiler.
Call jitted_without(Call f, const std::string& pass);
/// The same computed by so many ranks together. Each input is whole or divided along its first, second or
/// last axis; which, a number decides.
Call divided(Call f, int ranks, std::size_t choice = 0);
/// The same with inputs that are given away, twice.
Call jitted_donating(Call f);
/// f, called first with other arrays.
Call after(Call f, Arrays first);
/// f called with so many threads.
Call with_threads(Call f, int count);
/// The gradients of all floating-point inputs, for cotangents that differ from element to element.
Call gradients(Call f);
/// The derivatives of all floating-point outputs in one direction.
Call tangents(Call f);
/// The gradient of the product of `gradients(f)` with the direction of `tangents`: a Hessian times a vector.
Call gradients_of_product(Call f);
/// The derivative along the direction of `tangents`, as the sum that `gradients` differentiates.
Call slope(Call f);
/// The same from the gradients.
Call slope_by_gradients(Call f);

/// How large the numbers are that `slope` and `slope_by_gradients` add up.
double slope_size(const Call& f, const Arrays& in);

/// f mapped over the first axes of all inputs.
Call vmapped(Call f);
/// The results of f for each element along the first axes, one call after the other.
Call looped(Call f);
/// Two lists of arrays as one with a new first axis.
Arrays stacked(const Arrays& a, const Arrays& b);

}  // namespace random_programs
