// Adam and what is made like it.
#include "copse/optim/optimizers.hpp"
#include "copse/optim/transforms.hpp"
#include "rule.hpp"

namespace copse::optim {
namespace {

struct Adam {
  double b1, b2, eps, eps_root;
  bool nesterov;

  State init(const Arrays& params) const {
    return {.scalars = {{"count", no_steps()}},
            .slots = {{"mu", zeros_like(params)}, {"nu", zeros_like(params)}}};
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Arrays &mu = state.slots.at("mu"), &nu = state.slots.at("nu");
    const Array count = next_step(state.scalars.at("count"));
    Shared first(bias_correction(b1, nesterov ? count + 1 : count)), second(bias_correction(b2, count));
    Shared gradient(nesterov ? (1.0 - b1) * bias_correction(b1, count) : Array());
    Arrays means(grads.size()), squares(grads.size()), out(grads.size());
    for (std::size_t i = 0; i < grads.size(); ++i) {
      const Array& g = grads[i];
      means[i] = moving_average(mu[i], g, b1);
      squares[i] = moving_average(nu[i], square(g), b2);
      const Array direction =
          nesterov ? b1 * first.like(g) * means[i] + gradient.like(g) * g : means[i] * first.like(g);
      Array scale = squares[i] * second.like(g);
      if (eps_root != 0.0) scale = scale + eps_root;
      out[i] = direction / (sqrt(scale) + eps);
    }
    return {std::move(out),
            {.scalars = {{"count", count}}, .slots = {{"mu", std::move(means)}, {"nu", std::move(squares)}}}};
  }
  bool operator==(const Adam&) const = default;
};

}  // namespace

GradientTransformation scale_by_adam(double b1, double b2, double eps, double eps_root, bool nesterov) {
  return make(Adam{b1, b2, eps, eps_root, nesterov});
}

GradientTransformation sgd(LearningRate learning_rate, std::optional<double> momentum, bool nesterov) {
  if (!momentum) return scale_by_learning_rate(std::move(learning_rate));
  return chain(trace(*momentum, nesterov), scale_by_learning_rate(std::move(learning_rate)));
}

GradientTransformation adam(LearningRate learning_rate, double b1, double b2, double eps, double eps_root) {
  return chain(scale_by_adam(b1, b2, eps, eps_root), scale_by_learning_rate(std::move(learning_rate)));
}

}  // namespace copse::optim
