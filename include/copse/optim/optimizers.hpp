// Optimizers with optax's names, arguments and defaults: each is a chain that ends with -learning_rate.
#pragma once

#include <cstdint>
#include <optional>

#include "copse/optim/schedules.hpp"
#include "copse/optim/transformation.hpp"
#include "copse/optim/transforms.hpp"

namespace copse::optim {

/// Options of adam and its kin, to be given by name: `adam(1e-3, {.b1 = 0.8})`.
struct AdamOptions {
  double b1 = 0.9;        ///< decay of the mean of gradients
  double b2 = 0.999;      ///< decay of the mean of their squares
  double eps = 1e-8;      ///< added to the root
  double eps_root = 0.0;  ///< added under the root
  bool nesterov = false;  ///< looks one step ahead
};
struct AdamWOptions {
  double b1 = 0.9;
  double b2 = 0.999;
  double eps = 1e-8;
  double eps_root = 0.0;
  Hyperparameter weight_decay = 1e-4;
  Mask mask{};  ///< what is decayed
  bool nesterov = false;
};
struct RmspropOptions {
  double decay = 0.9;
  double eps = 1e-8;
  double initial_scale = 0.0;
  bool eps_in_sqrt = true;
  bool centered = false;  ///< divides by the standard deviation, not the root of the mean square
  std::optional<double> momentum{};
  bool nesterov = false;
  bool bias_correction = false;
};
struct AdafactorOptions {
  std::int64_t min_dim_size_to_factor = 128;
  double decay_rate = 0.8;
  bool multiply_by_parameter_scale = true;
  std::optional<double> clipping_threshold = 1.0;
  std::optional<double> momentum{};
  std::optional<Hyperparameter> weight_decay_rate{};
  double eps = 1e-30;
  bool factored = true;
  Mask weight_decay_mask{};
};

/// Stochastic gradient descent, with momentum if given.
[[nodiscard]] GradientTransformation sgd(LearningRate learning_rate,
                                         std::optional<double> momentum = std::nullopt,
                                         bool nesterov = false);
/// Adaptive moments (Kingma and Ba).
[[nodiscard]] GradientTransformation adam(LearningRate learning_rate, double b1 = 0.9, double b2 = 0.999,
                                          double eps = 1e-8, double eps_root = 0.0, bool nesterov = false);
[[nodiscard]] GradientTransformation adam(LearningRate learning_rate, const AdamOptions& options);
/// Adam with weight decay that is not part of the moments (Loshchilov and Hutter).
[[nodiscard]] GradientTransformation adamw(LearningRate learning_rate, double b1 = 0.9, double b2 = 0.999,
                                           double eps = 1e-8, double eps_root = 0.0,
                                           Hyperparameter weight_decay = 1e-4, Mask mask = {},
                                           bool nesterov = false);
[[nodiscard]] GradientTransformation adamw(LearningRate learning_rate, const AdamWOptions& options);
/// Adam with Nesterov's momentum.
[[nodiscard]] GradientTransformation nadam(LearningRate learning_rate, double b1 = 0.9, double b2 = 0.999,
                                           double eps = 1e-8, double eps_root = 0.0);
[[nodiscard]] GradientTransformation nadamw(LearningRate learning_rate, double b1 = 0.9, double b2 = 0.999,
                                            double eps = 1e-8, double eps_root = 0.0,
                                            Hyperparameter weight_decay = 1e-4, Mask mask = {});
/// Adam with the largest gradient in place of the mean square.
[[nodiscard]] GradientTransformation adamax(LearningRate learning_rate, double b1 = 0.9, double b2 = 0.999,
                                            double eps = 1e-8);
[[nodiscard]] GradientTransformation adamaxw(LearningRate learning_rate, double b1 = 0.9, double b2 = 0.999,
                                             double eps = 1e-8, Hyperparameter weight_decay = 1e-4,
                                             Mask mask = {});
/// Adam whose second moment never shrinks.
[[nodiscard]] GradientTransformation amsgrad(LearningRate learning_rate, double b1 = 0.9, double b2 = 0.999,
                                             double eps = 1e-8, double eps_root = 0.0);
/// Adam by the deviation of gradients from their mean.
[[nodiscard]] GradientTransformation adabelief(LearningRate learning_rate, double b1 = 0.9, double b2 = 0.999,
                                               double eps = 1e-16, double eps_root = 1e-16);
/// Adam whose second moment changes by steps of bounded size.
[[nodiscard]] GradientTransformation yogi(LearningRate learning_rate, double b1 = 0.9, double b2 = 0.999,
                                          double eps = 1e-3);
/// Adam that starts as momentum while the variance is not known well.
[[nodiscard]] GradientTransformation radam(LearningRate learning_rate, double b1 = 0.9, double b2 = 0.999,
                                           double eps = 1e-8, double eps_root = 0.0, double threshold = 5.0);
/// Adaptive Nesterov momentum.
[[nodiscard]] GradientTransformation adan(LearningRate learning_rate, double b1 = 0.98, double b2 = 0.92,
                                          double b3 = 0.99, double eps = 1e-8, double eps_root = 1e-8,
                                          Hyperparameter weight_decay = 0.0, Mask mask = {});
/// The sign of a mean of gradients, and weight decay.
[[nodiscard]] GradientTransformation lion(LearningRate learning_rate, double b1 = 0.9, double b2 = 0.99,
                                          Hyperparameter weight_decay = 1e-3, Mask mask = {});
/// Gradients over the root of their mean square; momentum comes after the learning rate.
[[nodiscard]] GradientTransformation rmsprop(LearningRate learning_rate, const RmspropOptions& options = {});
[[nodiscard]] GradientTransformation rmsprop(LearningRate learning_rate, double decay, double eps = 1e-8,
                                             double initial_scale = 0.0, bool eps_in_sqrt = true,
                                             bool centered = false,
                                             std::optional<double> momentum = std::nullopt,
                                             bool nesterov = false, bool bias_correction = false);
/// Gradients over the root of the sum of all their squares.
[[nodiscard]] GradientTransformation adagrad(LearningRate learning_rate,
                                             double initial_accumulator_value = 0.1, double eps = 1e-7);
/// Steps in the units of the parameters. The learning rate is 1 in the paper.
[[nodiscard]] GradientTransformation adadelta(LearningRate learning_rate = 1.0, double rho = 0.9,
                                              double eps = 1e-6, Hyperparameter weight_decay = 0.0,
                                              Mask mask = {});
/// Adam's direction with weight decay, scaled to the norm of each array.
[[nodiscard]] GradientTransformation lamb(LearningRate learning_rate, double b1 = 0.9, double b2 = 0.999,
                                          double eps = 1e-6, double eps_root = 0.0,
                                          Hyperparameter weight_decay = 0.0, Mask mask = {});
/// Momentum, scaled to the norm of each array.
[[nodiscard]] GradientTransformation lars(LearningRate learning_rate, Hyperparameter weight_decay = 0.0,
                                          Mask weight_decay_mask = {}, double trust_coefficient = 0.001,
                                          double eps = 0.0, Mask trust_ratio_mask = {}, double momentum = 0.9,
                                          bool nesterov = false);
/// Second moments of rows and columns only, and steps relative to the parameters. Without a learning rate
/// these are all.
[[nodiscard]] GradientTransformation adafactor(std::optional<LearningRate> learning_rate = std::nullopt,
                                               const AdafactorOptions& options = {});
/// Layer-wise second moments.
[[nodiscard]] GradientTransformation novograd(LearningRate learning_rate, double b1 = 0.9, double b2 = 0.25,
                                              double eps = 1e-6, double eps_root = 0.0,
                                              double weight_decay = 0.0);
/// Frobenius-matched steps.
[[nodiscard]] GradientTransformation fromage(double learning_rate, double min_norm = 1e-6);
/// Memory-efficient adagrad.
[[nodiscard]] GradientTransformation sm3(double learning_rate, double momentum = 0.9);
/// Resilient backpropagation: steps grow while the sign of the gradient stays. As published, and as in
/// PyTorch; optax 0.2 gives each step one call too late.
[[nodiscard]] GradientTransformation rprop(double learning_rate, double eta_minus = 0.5,
                                           double eta_plus = 1.2, double min_step_size = 1e-6,
                                           double max_step_size = 50.0);
/// Steps of the size of the learning rate.
[[nodiscard]] GradientTransformation sign_sgd(LearningRate learning_rate);
/// The same by the sign of the mean of gradients.
[[nodiscard]] GradientTransformation signum(LearningRate learning_rate, double beta = 0.9);
/// (alpha + beta) * g - beta * the gradient before.
[[nodiscard]] GradientTransformation optimistic_gradient_descent(LearningRate learning_rate,
                                                                 double alpha = 1.0, double beta = 1.0);

}  // namespace copse::optim
