// Numbers that gradients are multiplied with, and momentum.
#include "copse/optim/transforms.hpp"
#include "rule.hpp"

namespace copse::optim {
namespace {

struct Scale {
  double factor;
  State init(const Arrays&) const { return {}; }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    return {each(grads.size(), [&](std::size_t i) { return factor * grads[i]; }), state};
  }
  bool operator==(const Scale&) const = default;
};

struct ScaleBySchedule {
  Hyperparameter factor;
  double sign;
  State init(const Arrays&) const {
    State state;
    if (factor.is_schedule()) state.scalars["count"] = no_steps();
    return state;
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    State next = state;
    Array count;
    if (factor.is_schedule()) {
      count = state.scalars.at("count");
      next.scalars["count"] = next_step(count);
    }
    Shared shared(sign * factor.at(count));
    return {each(grads.size(), [&](std::size_t i) { return grads[i] * shared.like(grads[i]); }),
            std::move(next)};
  }
  bool operator==(const ScaleBySchedule&) const = default;
};

struct Trace {
  double decay;
  bool nesterov;
  State init(const Arrays& params) const { return {.slots = {{"trace", zeros_like(params)}}}; }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Arrays& before = state.slots.at("trace");
    Arrays sums = each(grads.size(),
                       [&](std::size_t i) { return typed_like(grads[i] + decay * before[i], before[i]); });
    Arrays out =
        nesterov ? each(grads.size(), [&](std::size_t i) { return grads[i] + decay * sums[i]; }) : sums;
    return {std::move(out), {.slots = {{"trace", std::move(sums)}}}};
  }
  bool operator==(const Trace&) const = default;
};

}  // namespace

GradientTransformation scale(double factor) { return make(Scale{factor}); }
GradientTransformation scale_by_schedule(Hyperparameter factor) {
  return make(ScaleBySchedule{std::move(factor), 1.0});
}
GradientTransformation scale_by_learning_rate(LearningRate learning_rate) {
  return make(ScaleBySchedule{std::move(learning_rate), -1.0});
}
GradientTransformation trace(double decay, bool nesterov) { return make(Trace{decay, nesterov}); }

}  // namespace copse::optim
