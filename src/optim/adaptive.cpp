// Gradients over the root of their squares, summed or averaged; steps by sign.
#include "copse/optim/transforms.hpp"
#include "rule.hpp"

namespace copse::optim {
namespace {

struct Rms {
  static constexpr const char* name = "rms";
  double decay, eps, initial_scale;
  bool eps_in_sqrt, bias_corrected, centered;
  State init(const Arrays& params) const {
    State state{.slots = {{"nu", each(params.size(),
                                      [&](std::size_t i) { return full_like(params[i], initial_scale); })}}};
    if (centered) state.slots["mu"] = zeros_like(params);
    if (bias_corrected) state.scalars["count"] = no_steps();
    return state;
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    State next;
    Array correction;
    if (bias_corrected) {
      next.scalars["count"] = next_step(state.scalars.at("count"));
      correction = bias_correction(decay, next.scalars["count"]);
    }
    Shared corrected(correction);
    const auto hat = [&](const Array& x) { return bias_corrected ? x * corrected.like(x) : x; };
    const Arrays& nu = state.slots.at("nu");
    Arrays squares(grads.size()), means(centered ? grads.size() : 0), out(grads.size());
    for (std::size_t i = 0; i < grads.size(); ++i) {
      const Array& g = grads[i];
      squares[i] = moving_average(nu[i], square(g), decay);
      Array variance = hat(squares[i]);
      if (centered) {
        means[i] = moving_average(state.slots.at("mu")[i], g, decay);
        variance = variance - square(hat(means[i]));
      }
      out[i] = eps_in_sqrt ? g * rsqrt(variance + eps) : g / (sqrt(variance) + eps);
    }
    next.slots["nu"] = std::move(squares);
    if (centered) next.slots["mu"] = std::move(means);
    return {std::move(out), std::move(next)};
  }
  bool operator==(const Rms&) const = default;
};

struct Rss {
  static constexpr const char* name = "rss";
  double start, eps;
  State init(const Arrays& params) const {
    return {.slots = {{"sum_of_squares",
                       each(params.size(), [&](std::size_t i) { return full_like(params[i], start); })}}};
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Arrays& before = state.slots.at("sum_of_squares");
    Arrays sums = each(grads.size(),
                       [&](std::size_t i) { return typed_like(square(grads[i]) + before[i], before[i]); });
    Arrays out = each(grads.size(), [&](std::size_t i) {
      return grads[i] * where(sums[i] > 0.0, rsqrt(sums[i] + eps), 0.0);
    });
    return {std::move(out), {.slots = {{"sum_of_squares", std::move(sums)}}}};
  }
  bool operator==(const Rss&) const = default;
};

struct AdaDelta {
  static constexpr const char* name = "adadelta";
  double rho, eps;
  State init(const Arrays& params) const {
    return {.slots = {{"e_g", zeros_like(params)}, {"e_x", zeros_like(params)}}};
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Arrays &e_g = state.slots.at("e_g"), &e_x = state.slots.at("e_x");
    Arrays gradients(grads.size()), steps(grads.size()), out(grads.size());
    for (std::size_t i = 0; i < grads.size(); ++i) {
      gradients[i] = moving_average(e_g[i], square(grads[i]), rho);
      out[i] = sqrt(e_x[i] + eps) / sqrt(gradients[i] + eps) * grads[i];
      steps[i] = moving_average(e_x[i], square(out[i]), rho);
    }
    return {std::move(out), {.slots = {{"e_g", std::move(gradients)}, {"e_x", std::move(steps)}}}};
  }
  bool operator==(const AdaDelta&) const = default;
};

struct Rprop {
  static constexpr const char* name = "rprop";
  double learning_rate, eta_minus, eta_plus, min_step, max_step;
  State init(const Arrays& params) const {
    return {
        .slots = {{"step_sizes",
                   each(params.size(), [&](std::size_t i) { return full_like(params[i], learning_rate); })},
                  {"previous", zeros_like(params)}}};
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Arrays &sizes = state.slots.at("step_sizes"), &previous = state.slots.at("previous");
    Arrays next_sizes, kept, out;
    for (std::size_t i = 0; i < grads.size(); ++i) {
      const Array &g = grads[i], agreement = g * previous[i];
      const Array grown =
          copse::clip(sizes[i] * where(agreement > 0.0, eta_plus, eta_minus), min_step, max_step);
      next_sizes.push_back(typed_like(where(agreement == 0.0, sizes[i], grown), sizes[i]));
      // After a change of sign the step is left out, and the next is not compared with it.
      const Array moved = where(agreement < 0.0, 0.0, next_sizes[i] * sign(g));
      kept.push_back(typed_like(moved, previous[i]));
      out.push_back(moved);
    }
    return {std::move(out),
            {.slots = {{"step_sizes", std::move(next_sizes)}, {"previous", std::move(kept)}}}};
  }
  bool operator==(const Rprop&) const = default;
};

}  // namespace

GradientTransformation scale_by_rms(double decay, double eps, double initial_scale, bool eps_in_sqrt,
                                    bool bias_correction) {
  return make(Rms{decay, eps, initial_scale, eps_in_sqrt, bias_correction, false});
}
GradientTransformation scale_by_stddev(double decay, double eps, double initial_scale, bool eps_in_sqrt,
                                       bool bias_correction) {
  return make(Rms{decay, eps, initial_scale, eps_in_sqrt, bias_correction, true});
}
GradientTransformation scale_by_rss(double initial_accumulator_value, double eps) {
  return make(Rss{initial_accumulator_value, eps});
}
GradientTransformation scale_by_adadelta(double rho, double eps) { return make(AdaDelta{rho, eps}); }
GradientTransformation scale_by_rprop(double learning_rate, double eta_minus, double eta_plus,
                                      double min_step_size, double max_step_size) {
  return make(Rprop{learning_rate, eta_minus, eta_plus, min_step_size, max_step_size});
}

}  // namespace copse::optim
