// Derivative rules turned round.
#pragma once

#include "derive.hpp"

namespace copse::control {

/// A rule for derivatives, which has to be linear.
struct LinearRule {
  const char* function;  ///< "custom_jvp"
  const char* part;      ///< "the rule"
  const char* argument;  ///< what it takes: "tangent"
  const flat::Function& call;
};

/// What the transpose of a rule gives for cotangents of its results: gradients of the arguments wanted. One
/// without a value is zero, here as there. Throws ValueError if the rule isn't linear: if what it gives back
/// depends on where it was taken, or if it makes something of arguments that are zero. The latter needs
/// values.
flat::Arrays transpose(const LinearRule& rule, std::span<const ShapeDtype> arguments, const Flags& wanted,
                       std::span<const Array> cotangents);

}  // namespace copse::control
