// Optimizers with optax's names, arguments and defaults: each is a chain that ends with -learning_rate.
#pragma once

#include <optional>

#include "copse/optim/schedules.hpp"
#include "copse/optim/transformation.hpp"

namespace copse::optim {

/// Stochastic gradient descent, with momentum if given.
[[nodiscard]] GradientTransformation sgd(LearningRate learning_rate,
                                         std::optional<double> momentum = std::nullopt,
                                         bool nesterov = false);
/// Adaptive moments (Kingma and Ba).
[[nodiscard]] GradientTransformation adam(LearningRate learning_rate, double b1 = 0.9, double b2 = 0.999,
                                          double eps = 1e-8, double eps_root = 0.0);

}  // namespace copse::optim
