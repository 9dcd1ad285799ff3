// Adam and what is made like it: a mean of gradients over the root of a mean of squares.
#include "copse/optim/transforms.hpp"
#include "rule.hpp"

namespace copse::optim {
namespace {

State moments(const Arrays& params) {
  return {.scalars = {{"count", no_steps()}},
          .slots = {{"mu", zeros_like(params)}, {"nu", zeros_like(params)}}};
}

// One step of both moments, for the rules that differ only in what they make of them. `second(i, g, m)` gives
// the new second moment, `direction(g, m, v)` the update.
template <class Second, class Direction>
Updates step(const Arrays& grads, const State& state, const Array& count, double b1, Second second,
             Direction direction) {
  const Arrays &mu = state.slots.at("mu"), &nu = state.slots.at("nu");
  Arrays means(grads.size()), squares(grads.size()), out(grads.size());
  for (std::size_t i = 0; i < grads.size(); ++i) {
    means[i] = moving_average(mu[i], grads[i], b1);
    squares[i] = typed_like(second(nu[i], grads[i], means[i]), nu[i]);
    out[i] = direction(grads[i], means[i], squares[i]);
  }
  return {std::move(out),
          {.scalars = {{"count", count}}, .slots = {{"mu", std::move(means)}, {"nu", std::move(squares)}}}};
}

Array plus(const Array& x, double eps) { return eps == 0.0 ? x : x + eps; }

struct Adam {
  static constexpr const char* name = "adam";
  double b1, b2, eps, eps_root;
  bool nesterov;
  State init(const Arrays& params) const { return moments(params); }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Array count = next_step(state.scalars.at("count"));
    Shared first(bias_correction(b1, nesterov ? count + 1 : count) * (nesterov ? b1 : 1.0));
    Shared second(bias_correction(b2, count));
    Shared ahead(nesterov ? (1.0 - b1) * bias_correction(b1, count) : Array());
    return step(
        grads, state, count, b1,
        [&](const Array& v, const Array& g, const Array&) { return moving_average(v, square(g), b2); },
        [&](const Array& g, const Array& m, const Array& v) {
          Array mean = m * first.like(m);
          if (nesterov) mean = mean + g * ahead.like(g);
          return mean / plus(sqrt(plus(v * second.like(v), eps_root)), eps);
        });
  }
  bool operator==(const Adam&) const = default;
};

struct Adamax {
  static constexpr const char* name = "adamax";
  double b1, b2, eps;
  State init(const Arrays& params) const { return moments(params); }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Array count = next_step(state.scalars.at("count"));
    Shared first(bias_correction(b1, count));
    return step(
        grads, state, count, b1,
        [&](const Array& v, const Array& g, const Array&) { return maximum(plus(abs(g), eps), b2 * v); },
        [&](const Array&, const Array& m, const Array& v) { return m * first.like(m) / v; });
  }
  bool operator==(const Adamax&) const = default;
};

struct Belief {
  static constexpr const char* name = "belief";
  double b1, b2, eps, eps_root;
  State init(const Arrays& params) const { return moments(params); }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Array count = next_step(state.scalars.at("count"));
    Shared first(bias_correction(b1, count)), second(bias_correction(b2, count));
    return step(
        grads, state, count, b1,
        [&](const Array& v, const Array& g, const Array& m) {
          return plus(moving_average(v, square(g - m), b2), eps_root);
        },
        [&](const Array&, const Array& m, const Array& v) {
          return m * first.like(m) / plus(sqrt(v * second.like(v)), eps);
        });
  }
  bool operator==(const Belief&) const = default;
};

struct Yogi {
  static constexpr const char* name = "yogi";
  double b1, b2, eps, eps_root, start;
  State init(const Arrays& params) const {
    const Arrays filled = each(params.size(), [&](std::size_t i) { return full_like(params[i], start); });
    return {.scalars = {{"count", no_steps()}}, .slots = {{"mu", filled}, {"nu", filled}}};
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Array count = next_step(state.scalars.at("count"));
    Shared first(bias_correction(b1, count)), second(bias_correction(b2, count));
    return step(
        grads, state, count, b1,
        [&](const Array& v, const Array& g, const Array&) {
          const Array squares = square(g);
          return v - (1.0 - b2) * sign(v - squares) * squares;
        },
        [&](const Array&, const Array& m, const Array& v) {
          return m * first.like(m) / plus(sqrt(plus(v * second.like(v), eps_root)), eps);
        });
  }
  bool operator==(const Yogi&) const = default;
};

struct Radam {
  static constexpr const char* name = "radam";
  double b1, b2, eps, eps_root, threshold;
  State init(const Arrays& params) const { return moments(params); }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Array count = next_step(state.scalars.at("count")), t = as_float64(count);
    const double limit = 2.0 / (1.0 - b2) - 1.0;
    const Array power_t = power(b2, t), length = limit - 2.0 * t * power_t / (1.0 - power_t);
    const Array known = length >= threshold;
    // The root is taken only where it exists.
    const Array safe = where(known, length, limit);
    Shared first(bias_correction(b1, count)), second(bias_correction(b2, count)),
        rectifier(sqrt((safe - 4.0) * (safe - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * safe)));
    return step(
        grads, state, count, b1,
        [&](const Array& v, const Array& g, const Array&) { return moving_average(v, square(g), b2); },
        [&](const Array&, const Array& m, const Array& v) {
          const Array mean = m * first.like(m);
          return where(known, rectifier.like(m) * mean / plus(sqrt(plus(v * second.like(v), eps_root)), eps),
                       mean);
        });
  }
  bool operator==(const Radam&) const = default;
};

struct Amsgrad {
  static constexpr const char* name = "amsgrad";
  double b1, b2, eps, eps_root;
  State init(const Arrays& params) const {
    State state = moments(params);
    state.slots["nu_max"] = zeros_like(params);
    return state;
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Arrays& before = state.slots.at("nu_max");
    const Array count = next_step(state.scalars.at("count"));
    Shared first(bias_correction(b1, count)), second(bias_correction(b2, count));
    Arrays largest;
    Updates out = step(
        grads, state, count, b1,
        [&](const Array& v, const Array& g, const Array&) { return moving_average(v, square(g), b2); },
        [&](const Array&, const Array& m, const Array& v) {
          const Array& old = before[largest.size()];
          largest.push_back(typed_like(maximum(old, v * second.like(v)), old));
          return m * first.like(m) / plus(sqrt(plus(largest.back(), eps_root)), eps);
        });
    out.second.slots["nu_max"] = std::move(largest);
    return out;
  }
  bool operator==(const Amsgrad&) const = default;
};

struct Adan {
  static constexpr const char* name = "adan";
  double b1, b2, b3, eps, eps_root;
  State init(const Arrays& params) const {
    return {.scalars = {{"count", no_steps()}},
            .slots = {{"m", zeros_like(params)},
                      {"v", zeros_like(params)},
                      {"n", zeros_like(params)},
                      {"previous", zeros_like(params)}}};
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Arrays &m = state.slots.at("m"), &v = state.slots.at("v"), &n = state.slots.at("n"),
                 &previous = state.slots.at("previous");
    const Array& before = state.scalars.at("count");
    const Array count = next_step(before), first_step = before == 0;
    Shared first(bias_correction(b1, count)), second(bias_correction(b2, count)),
        third(bias_correction(b3, count));
    State next{.scalars = {{"count", count}}};
    Arrays &m2 = next.slots["m"], &v2 = next.slots["v"], &n2 = next.slots["n"],
           &kept = next.slots["previous"];
    Arrays out;
    for (std::size_t i = 0; i < grads.size(); ++i) {
      const Array& g = grads[i];
      const Array change = where(first_step, 0.0, g - previous[i]);
      m2.push_back(moving_average(m[i], g, b1));
      v2.push_back(moving_average(v[i], change, b2));
      n2.push_back(moving_average(n[i], square(g + (1.0 - b2) * change), b3));
      kept.push_back(typed_like(g, previous[i]));
      const Array direction = m2[i] * first.like(g) + (1.0 - b2) * (v2[i] * second.like(g));
      out.push_back(direction / plus(sqrt(plus(n2[i] * third.like(g), eps_root)), eps));
    }
    return {std::move(out), std::move(next)};
  }
  bool operator==(const Adan&) const = default;
};

struct Lion {
  static constexpr const char* name = "lion";
  double b1, b2;
  State init(const Arrays& params) const { return {.slots = {{"mu", zeros_like(params)}}}; }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Arrays& mu = state.slots.at("mu");
    Arrays out = each(grads.size(), [&](std::size_t i) { return sign(b1 * mu[i] + (1.0 - b1) * grads[i]); });
    Arrays means = each(grads.size(), [&](std::size_t i) { return moving_average(mu[i], grads[i], b2); });
    return {std::move(out), {.slots = {{"mu", std::move(means)}}}};
  }
  bool operator==(const Lion&) const = default;
};

}  // namespace

GradientTransformation scale_by_adam(double b1, double b2, double eps, double eps_root, bool nesterov) {
  return make(Adam{b1, b2, eps, eps_root, nesterov});
}
GradientTransformation scale_by_amsgrad(double b1, double b2, double eps, double eps_root) {
  return make(Amsgrad{b1, b2, eps, eps_root});
}
GradientTransformation scale_by_adamax(double b1, double b2, double eps) { return make(Adamax{b1, b2, eps}); }
GradientTransformation scale_by_belief(double b1, double b2, double eps, double eps_root) {
  return make(Belief{b1, b2, eps, eps_root});
}
GradientTransformation scale_by_yogi(double b1, double b2, double eps, double eps_root,
                                     double initial_accumulator_value) {
  return make(Yogi{b1, b2, eps, eps_root, initial_accumulator_value});
}
GradientTransformation scale_by_radam(double b1, double b2, double eps, double eps_root, double threshold) {
  return make(Radam{b1, b2, eps, eps_root, threshold});
}
GradientTransformation scale_by_adan(double b1, double b2, double b3, double eps, double eps_root) {
  return make(Adan{b1, b2, b3, eps, eps_root});
}
GradientTransformation scale_by_lion(double b1, double b2) { return make(Lion{b1, b2}); }

}  // namespace copse::optim
