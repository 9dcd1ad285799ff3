// The transformations that optimizers are chained of.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "copse/optim/schedules.hpp"
#include "copse/optim/transformation.hpp"

namespace copse::optim {

/// Which leaves a transformation is for: all, those flagged in a list (one flag a leaf), or those for which a
/// function of the array is true: `[](const Array& p) { return p.ndim() > 1; }`.
class Mask {
 public:
  Mask() = default;
  Mask(std::vector<bool> flags) : which_(std::move(flags)) {}
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, Mask> &&
             std::is_invocable_r_v<bool, const F&, const Array&>)
  Mask(F f) : which_(std::make_shared<const std::function<bool(const Array&)>>(std::move(f))) {}

  /// Whether it is for all leaves.
  bool all() const { return std::holds_alternative<std::monostate>(which_); }
  /// One flag for each leaf; throws ValueError if the list has another length.
  std::vector<bool> flags(const Arrays& leaves) const;

  /// Functions are equal only to their copies.
  friend bool operator==(const Mask&, const Mask&) = default;

 private:
  std::variant<std::monostate, std::vector<bool>, std::shared_ptr<const std::function<bool(const Array&)>>>
      which_;
};

/// Gradients as they are.
[[nodiscard]] GradientTransformation identity();
/// Zeros: what it is for stays as it is.
[[nodiscard]] GradientTransformation set_to_zero();

/// Gradients times a number.
[[nodiscard]] GradientTransformation scale(double factor);
/// Gradients times a number that may depend on the step.
[[nodiscard]] GradientTransformation scale_by_schedule(Hyperparameter factor);
/// Gradients times -learning_rate (or +, if not `flip_sign`): the last link of an optimizer. One that is a
/// number is part of the state, as `learning_rate` (`Optimizer::hyperparam`).
[[nodiscard]] GradientTransformation scale_by_learning_rate(LearningRate learning_rate,
                                                            bool flip_sign = true);

/// trace = g + decay * trace, passed on; or g + decay * trace if `nesterov`.
[[nodiscard]] GradientTransformation trace(double decay, bool nesterov = false);
/// The running mean of gradients, divided by 1 - decay^t if `debias`.
[[nodiscard]] GradientTransformation ema(double decay, bool debias = true);
/// Adds weight_decay * parameter.
[[nodiscard]] GradientTransformation add_decayed_weights(Hyperparameter weight_decay, Mask mask = {});
/// Adds up k gradients and passes the sum on at every k-th step, zeros at the others.
[[nodiscard]] GradientTransformation apply_every(std::int64_t k = 1);
/// Subtracts from each array of two or more dimensions its mean over all but the first.
[[nodiscard]] GradientTransformation centralize();
/// Zeros in place of nan.
[[nodiscard]] GradientTransformation zero_nans();
/// Cuts updates so that no parameter becomes negative.
[[nodiscard]] GradientTransformation keep_params_nonnegative();

/// Each element held between -max_delta and max_delta.
[[nodiscard]] GradientTransformation clip(double max_delta);
/// All gradients together scaled down to this norm, if theirs is larger.
[[nodiscard]] GradientTransformation clip_by_global_norm(double max_norm);
/// Each array scaled down to this root mean square, if its own is larger.
[[nodiscard]] GradientTransformation clip_by_block_rms(double threshold);
/// The gradient of each unit (column of a matrix, filter of a convolution, whole vector) scaled down to
/// `clipping` times the norm of its parameters, at least eps.
[[nodiscard]] GradientTransformation adaptive_grad_clip(double clipping, double eps = 1e-3);

/// The directions of the optimizers of these names, without learning rate.
[[nodiscard]] GradientTransformation scale_by_adam(double b1 = 0.9, double b2 = 0.999, double eps = 1e-8,
                                                   double eps_root = 0.0, bool nesterov = false);
[[nodiscard]] GradientTransformation scale_by_amsgrad(double b1 = 0.9, double b2 = 0.999, double eps = 1e-8,
                                                      double eps_root = 0.0);
[[nodiscard]] GradientTransformation scale_by_adamax(double b1 = 0.9, double b2 = 0.999, double eps = 1e-8);
[[nodiscard]] GradientTransformation scale_by_belief(double b1 = 0.9, double b2 = 0.999, double eps = 1e-16,
                                                     double eps_root = 1e-16);
[[nodiscard]] GradientTransformation scale_by_yogi(double b1 = 0.9, double b2 = 0.999, double eps = 1e-3,
                                                   double eps_root = 0.0,
                                                   double initial_accumulator_value = 1e-6);
[[nodiscard]] GradientTransformation scale_by_radam(double b1 = 0.9, double b2 = 0.999, double eps = 1e-8,
                                                    double eps_root = 0.0, double threshold = 5.0);
[[nodiscard]] GradientTransformation scale_by_adan(double b1 = 0.98, double b2 = 0.92, double b3 = 0.99,
                                                   double eps = 1e-8, double eps_root = 1e-8);
[[nodiscard]] GradientTransformation scale_by_lion(double b1 = 0.9, double b2 = 0.99);
[[nodiscard]] GradientTransformation scale_by_rms(double decay = 0.9, double eps = 1e-8,
                                                  double initial_scale = 0.0, bool eps_in_sqrt = true,
                                                  bool bias_correction = false);
[[nodiscard]] GradientTransformation scale_by_stddev(double decay = 0.9, double eps = 1e-8,
                                                     double initial_scale = 0.0, bool eps_in_sqrt = true,
                                                     bool bias_correction = false);
[[nodiscard]] GradientTransformation scale_by_rss(double initial_accumulator_value = 0.1, double eps = 1e-7);
[[nodiscard]] GradientTransformation scale_by_adadelta(double rho = 0.9, double eps = 1e-6);
[[nodiscard]] GradientTransformation scale_by_novograd(double b1 = 0.9, double b2 = 0.25, double eps = 1e-6,
                                                       double eps_root = 0.0, double weight_decay = 0.0);
[[nodiscard]] GradientTransformation scale_by_sm3(double b1 = 0.9, double b2 = 1.0, double eps = 1e-8);
[[nodiscard]] GradientTransformation scale_by_rprop(double learning_rate, double eta_minus = 0.5,
                                                    double eta_plus = 1.2, double min_step_size = 1e-6,
                                                    double max_step_size = 50.0);
[[nodiscard]] GradientTransformation scale_by_optimistic_gradient(double alpha = 1.0, double beta = 1.0);
[[nodiscard]] GradientTransformation scale_by_sign();
/// Each array times the norm of its parameters over its own (both at least min_norm), 1 if either is 0.
[[nodiscard]] GradientTransformation scale_by_trust_ratio(double min_norm = 0.0,
                                                          double trust_coefficient = 1.0, double eps = 0.0);
/// Each array times the root mean square of its parameters, at least min_scale.
[[nodiscard]] GradientTransformation scale_by_param_block_rms(double min_scale = 1e-3);
/// Adafactor's second moments: of large matrices only the means of rows and columns are kept.
[[nodiscard]] GradientTransformation scale_by_factored_rms(bool factored = true, double decay_rate = 0.8,
                                                           std::int64_t min_dim_size_to_factor = 128,
                                                           double eps = 1e-30);

}  // namespace copse::optim
