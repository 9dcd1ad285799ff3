// Optimizers as chains.
#include "copse/optim/optimizers.hpp"

#include <cmath>

#include "copse/optim/wrappers.hpp"

namespace copse::optim {
namespace {

// Links that do nothing are left out.
GradientTransformation links(std::vector<GradientTransformation> all) {
  const GradientTransformation nothing;
  std::erase_if(all, [&](const GradientTransformation& t) { return t == nothing; });
  return all.empty() ? nothing : chain(std::move(all));
}

}  // namespace

GradientTransformation sgd(LearningRate learning_rate, std::optional<double> momentum, bool nesterov) {
  return links(
      {momentum ? trace(*momentum, nesterov) : identity(), scale_by_learning_rate(std::move(learning_rate))});
}

GradientTransformation adam(LearningRate learning_rate, double b1, double b2, double eps, double eps_root,
                            bool nesterov) {
  return links(
      {scale_by_adam(b1, b2, eps, eps_root, nesterov), scale_by_learning_rate(std::move(learning_rate))});
}
GradientTransformation adam(LearningRate learning_rate, const AdamOptions& o) {
  return adam(std::move(learning_rate), o.b1, o.b2, o.eps, o.eps_root, o.nesterov);
}

GradientTransformation adamw(LearningRate learning_rate, double b1, double b2, double eps, double eps_root,
                             Hyperparameter weight_decay, Mask mask, bool nesterov) {
  return links({scale_by_adam(b1, b2, eps, eps_root, nesterov),
                add_decayed_weights(std::move(weight_decay), std::move(mask)),
                scale_by_learning_rate(std::move(learning_rate))});
}
GradientTransformation adamw(LearningRate learning_rate, const AdamWOptions& o) {
  return adamw(std::move(learning_rate), o.b1, o.b2, o.eps, o.eps_root, o.weight_decay, o.mask, o.nesterov);
}

GradientTransformation nadam(LearningRate learning_rate, double b1, double b2, double eps, double eps_root) {
  return adam(std::move(learning_rate), b1, b2, eps, eps_root, true);
}
GradientTransformation nadamw(LearningRate learning_rate, double b1, double b2, double eps, double eps_root,
                              Hyperparameter weight_decay, Mask mask) {
  return adamw(std::move(learning_rate), b1, b2, eps, eps_root, std::move(weight_decay), std::move(mask),
               true);
}

GradientTransformation adamax(LearningRate learning_rate, double b1, double b2, double eps) {
  return links({scale_by_adamax(b1, b2, eps), scale_by_learning_rate(std::move(learning_rate))});
}
GradientTransformation adamaxw(LearningRate learning_rate, double b1, double b2, double eps,
                               Hyperparameter weight_decay, Mask mask) {
  return links({scale_by_adamax(b1, b2, eps), add_decayed_weights(std::move(weight_decay), std::move(mask)),
                scale_by_learning_rate(std::move(learning_rate))});
}

GradientTransformation amsgrad(LearningRate learning_rate, double b1, double b2, double eps,
                               double eps_root) {
  return links({scale_by_amsgrad(b1, b2, eps, eps_root), scale_by_learning_rate(std::move(learning_rate))});
}

GradientTransformation adabelief(LearningRate learning_rate, double b1, double b2, double eps,
                                 double eps_root) {
  return links({scale_by_belief(b1, b2, eps, eps_root), scale_by_learning_rate(std::move(learning_rate))});
}

GradientTransformation yogi(LearningRate learning_rate, double b1, double b2, double eps) {
  return links({scale_by_yogi(b1, b2, eps), scale_by_learning_rate(std::move(learning_rate))});
}

GradientTransformation radam(LearningRate learning_rate, double b1, double b2, double eps, double eps_root,
                             double threshold) {
  return links(
      {scale_by_radam(b1, b2, eps, eps_root, threshold), scale_by_learning_rate(std::move(learning_rate))});
}

GradientTransformation adan(LearningRate learning_rate, double b1, double b2, double b3, double eps,
                            double eps_root, Hyperparameter weight_decay, Mask mask) {
  return links({scale_by_adan(b1, b2, b3, eps, eps_root),
                add_decayed_weights(std::move(weight_decay), std::move(mask)),
                scale_by_learning_rate(std::move(learning_rate))});
}

GradientTransformation lion(LearningRate learning_rate, double b1, double b2, Hyperparameter weight_decay,
                            Mask mask) {
  return links({scale_by_lion(b1, b2), add_decayed_weights(std::move(weight_decay), std::move(mask)),
                scale_by_learning_rate(std::move(learning_rate))});
}

GradientTransformation rmsprop(LearningRate learning_rate, const RmspropOptions& o) {
  return links({o.centered
                    ? scale_by_stddev(o.decay, o.eps, o.initial_scale, o.eps_in_sqrt, o.bias_correction)
                    : scale_by_rms(o.decay, o.eps, o.initial_scale, o.eps_in_sqrt, o.bias_correction),
                scale_by_learning_rate(std::move(learning_rate)),
                o.momentum ? trace(*o.momentum, o.nesterov) : identity()});
}
GradientTransformation rmsprop(LearningRate learning_rate, double decay, double eps, double initial_scale,
                               bool eps_in_sqrt, bool centered, std::optional<double> momentum, bool nesterov,
                               bool bias_correction) {
  return rmsprop(std::move(learning_rate), RmspropOptions{.decay = decay,
                                                          .eps = eps,
                                                          .initial_scale = initial_scale,
                                                          .eps_in_sqrt = eps_in_sqrt,
                                                          .centered = centered,
                                                          .momentum = momentum,
                                                          .nesterov = nesterov,
                                                          .bias_correction = bias_correction});
}

GradientTransformation adagrad(LearningRate learning_rate, double initial_accumulator_value, double eps) {
  return links(
      {scale_by_rss(initial_accumulator_value, eps), scale_by_learning_rate(std::move(learning_rate))});
}

GradientTransformation adadelta(LearningRate learning_rate, double rho, double eps,
                                Hyperparameter weight_decay, Mask mask) {
  return links({add_decayed_weights(std::move(weight_decay), std::move(mask)), scale_by_adadelta(rho, eps),
                scale_by_learning_rate(std::move(learning_rate))});
}

GradientTransformation lamb(LearningRate learning_rate, double b1, double b2, double eps, double eps_root,
                            Hyperparameter weight_decay, Mask mask) {
  return links({scale_by_adam(b1, b2, eps, eps_root),
                add_decayed_weights(std::move(weight_decay), std::move(mask)), scale_by_trust_ratio(),
                scale_by_learning_rate(std::move(learning_rate))});
}

GradientTransformation lars(LearningRate learning_rate, Hyperparameter weight_decay, Mask weight_decay_mask,
                            double trust_coefficient, double eps, Mask trust_ratio_mask, double momentum,
                            bool nesterov) {
  const GradientTransformation ratio = scale_by_trust_ratio(0.0, trust_coefficient, eps);
  return links({add_decayed_weights(std::move(weight_decay), std::move(weight_decay_mask)),
                trust_ratio_mask.all() ? ratio : masked(ratio, std::move(trust_ratio_mask)),
                scale_by_learning_rate(std::move(learning_rate)), trace(momentum, nesterov)});
}

GradientTransformation adafactor(std::optional<LearningRate> learning_rate, const AdafactorOptions& o) {
  return links(
      {scale_by_factored_rms(o.factored, o.decay_rate, o.min_dim_size_to_factor, o.eps),
       o.clipping_threshold ? clip_by_block_rms(*o.clipping_threshold) : identity(),
       learning_rate ? scale_by_learning_rate(*learning_rate, false) : identity(),
       o.multiply_by_parameter_scale ? scale_by_param_block_rms() : identity(),
       o.momentum ? ema(*o.momentum, false) : identity(),
       o.weight_decay_rate ? add_decayed_weights(*o.weight_decay_rate, o.weight_decay_mask) : identity(),
       scale(-1.0)});
}

GradientTransformation novograd(LearningRate learning_rate, double b1, double b2, double eps, double eps_root,
                                double weight_decay) {
  return links({scale_by_novograd(b1, b2, eps, eps_root, weight_decay),
                scale_by_learning_rate(std::move(learning_rate))});
}

GradientTransformation fromage(double learning_rate, double min_norm) {
  const double shrink = 1.0 / std::sqrt(1.0 + learning_rate * learning_rate);
  return links({scale_by_trust_ratio(min_norm), scale_by_learning_rate(learning_rate * shrink),
                add_decayed_weights(shrink - 1.0)});
}

GradientTransformation sm3(double learning_rate, double momentum) {
  return links({scale_by_sm3(momentum), scale(-learning_rate)});
}

GradientTransformation rprop(double learning_rate, double eta_minus, double eta_plus, double min_step_size,
                             double max_step_size) {
  return links(
      {scale_by_rprop(learning_rate, eta_minus, eta_plus, min_step_size, max_step_size), scale(-1.0)});
}

GradientTransformation sign_sgd(LearningRate learning_rate) {
  return links({scale_by_sign(), scale_by_learning_rate(std::move(learning_rate))});
}

GradientTransformation signum(LearningRate learning_rate, double beta) {
  return links({ema(beta, false), scale_by_sign(), scale_by_learning_rate(std::move(learning_rate))});
}

GradientTransformation optimistic_gradient_descent(LearningRate learning_rate, double alpha, double beta) {
  return links({scale_by_optimistic_gradient(alpha, beta), scale_by_learning_rate(std::move(learning_rate))});
}

}  // namespace copse::optim
