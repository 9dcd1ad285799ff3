// Control flow and functions with derivative rules of their own, on untyped programs. Users call the typed
// ones in copse/transform.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "copse/trace/flat.hpp"

namespace copse::flat {

/// Runs a step for each element along the first axis of `xs`. The step was recorded for (carries..., elements
/// of xs...) and gives (carries..., ys...). The results are the last carries and all ys, stacked.
Arrays scan(Recorded step, std::span<const Array> carries, std::span<const Array> xs, std::int64_t length,
            bool reverse);

/// Runs a step while a condition on its carries is true. Not differentiable in reverse mode.
Arrays while_loop(Recorded condition, Recorded step, std::span<const Array> carries);

/// Runs one of several programs that were recorded for the same arguments. `index` is an int32 scalar,
/// clamped to those there are.
Arrays branch(const Array& index, std::vector<Recorded> branches, std::span<const Array> arguments);

/// Runs a program as a whole: what it computes on the way is computed again when it is differentiated.
Arrays checkpoint(Recorded body, std::span<const Array> arguments);

/// A function with a gradient of its own. `forward` gives the outputs and whatever else the gradient needs;
/// `backward` takes the latter and cotangents of all outputs, and gives gradients of the arguments (one
/// without a value is zero). Both are called with arrays of traces, possibly more than once.
struct GradientRule {
  using Call = std::function<Arrays(const Arrays&)>;
  Call forward, backward;
};
Arrays custom_vjp(Recorded body, GradientRule rule, std::span<const Array> arguments);

/// A function with a derivative of its own: `rule` takes the arguments and a tangent for each, and gives the
/// tangents of the outputs.
using TangentRule = std::function<Arrays(const Arrays& arguments, const Arrays& tangents)>;
Arrays custom_jvp(Recorded body, TangentRule rule, std::span<const Array> arguments);

}  // namespace copse::flat
