// The transformations that optimizers are chained of.
#pragma once

#include "copse/optim/schedules.hpp"
#include "copse/optim/transformation.hpp"

namespace copse::optim {

/// Gradients times a number.
[[nodiscard]] GradientTransformation scale(double factor);
/// Gradients times a number that may depend on the step.
[[nodiscard]] GradientTransformation scale_by_schedule(Hyperparameter factor);
/// Gradients times -learning_rate: the last link of an optimizer.
[[nodiscard]] GradientTransformation scale_by_learning_rate(LearningRate learning_rate);
/// trace = g + decay * trace, passed on; or g + decay * trace if `nesterov`.
[[nodiscard]] GradientTransformation trace(double decay, bool nesterov = false);
/// Adam's direction: the mean of gradients over the root of the mean of their squares, both corrected for
/// their start at 0.
[[nodiscard]] GradientTransformation scale_by_adam(double b1 = 0.9, double b2 = 0.999, double eps = 1e-8,
                                                   double eps_root = 0.0, bool nesterov = false);

}  // namespace copse::optim
