// Transformations made of others.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "copse/optim/schedules.hpp"
#include "copse/optim/transformation.hpp"
#include "copse/optim/transforms.hpp"

namespace copse::optim {

/// A transformation for some leaves; the gradients of the others pass through.
[[nodiscard]] GradientTransformation masked(GradientTransformation inner, Mask mask);

/// A label for each leaf: a list, or a function of the array.
using Labels = std::variant<std::vector<std::string>, std::function<std::string(const Array&)>>;
/// For each leaf the transformation of its label. Throws ValueError naming a label without one.
[[nodiscard]] GradientTransformation partition(std::map<std::string, GradientTransformation> transformations,
                                               Labels labels);

/// Whether to leave out an update, from the gradients: a bool scalar.
using SkipRule = std::function<Array(const Arrays& grads)>;
/// Leaves out gradients with an element that is not finite.
[[nodiscard]] SkipRule skip_not_finite();
/// Leaves out gradients whose sum of squares is not below `max_squared_norm`.
[[nodiscard]] SkipRule skip_large_updates(double max_squared_norm);

/// Gathers k gradients (their mean, or sum) for one update; the updates in between are zeros.
class MultiSteps : public GradientTransformation {
 public:
  MultiSteps(GradientTransformation inner, std::int64_t every_k, bool use_grad_mean = true,
             SkipRule should_skip = {});
  /// Whether the last update was one that came through, as a bool scalar.
  [[nodiscard]] static Array has_updated(const State& state);
};

/// Zeros and an unchanged state for gradients that are not finite, until there were more than
/// `max_consecutive_errors` in a row.
[[nodiscard]] GradientTransformation apply_if_finite(GradientTransformation inner,
                                                     std::int64_t max_consecutive_errors);

using Hyperparameters = std::map<std::string, Hyperparameter>;
/// A transformation whose hyper-parameters are part of its state, where they can be read
/// (`Optimizer::hyperparam`) and set; schedules are evaluated at each step:
///
///     inject_hyperparams([](const Hyperparameters& h) { return adam(h.at("learning_rate")); },
///                        {{"learning_rate", cosine_decay(1e-3, 1000)}})
[[nodiscard]] GradientTransformation inject_hyperparams(
    std::function<GradientTransformation(const Hyperparameters&)> factory, Hyperparameters hyperparams);

/// old + step_size * (new - old): running means of parameters.
[[nodiscard]] Arrays incremental_update(const Arrays& new_values, const Arrays& old_values, double step_size);

}  // namespace copse::optim
