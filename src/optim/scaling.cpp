// Transformations that multiply, and momentum.
#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/core/moved.hpp"
#include "copse/optim/transforms.hpp"
#include "rule.hpp"

namespace copse::optim {
namespace {

struct SetToZero {
  State init(const Arrays&) const { return {}; }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    return {zeros_like(grads), state};
  }
  bool operator==(const SetToZero&) const = default;
};

struct Scale {
  double factor;
  State init(const Arrays&) const { return {}; }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    return {each(grads.size(), [&](std::size_t i) { return factor * grads[i]; }), state};
  }
  bool operator==(const Scale&) const = default;
};

// Gradients times a number, which is rounded to the dtype of each.
Arrays times(const Arrays& grads, Array factor) {
  Shared shared(std::move(factor));
  return each(grads.size(), [&](std::size_t i) { return grads[i] * shared.like(grads[i]); });
}

struct ScaleBySchedule {
  static constexpr const char* name = "schedule";
  Hyperparameter factor;
  double sign;
  State init(const Arrays&) const { return counted(factor); }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    auto [value, next] = value_and_count(factor, state);
    return {times(grads, sign * value), std::move(next)};
  }
  bool operator==(const ScaleBySchedule&) const = default;
};

// A learning rate that is a number is part of the state: it can be read, set without compiling anew, and
// comes back with a checkpoint.
struct ScaleByNumber {
  static constexpr const char* name = "scale";
  double number, sign;
  State init(const Arrays&) const {
    return {.scalars = {{"learning_rate", full({}, number, DType::float64)}}};
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    return {times(grads, sign * state.scalars.at("learning_rate")), state};
  }
  bool operator==(const ScaleByNumber&) const = default;
};

struct DecayedWeights {
  static constexpr const char* name = "weight_decay";
  static constexpr bool reads_params = true;
  Hyperparameter weight_decay;
  Mask mask;
  State init(const Arrays&) const { return counted(weight_decay); }
  Updates update(const Arrays& grads, const State& state, const Arrays& params) const {
    auto [value, next] = value_and_count(weight_decay, state);
    Shared shared(value);
    const std::vector<bool> flags = mask.flags(params);
    return {each(grads.size(),
                 [&](std::size_t i) {
                   return flags[i] ? grads[i] + shared.like(grads[i]) * params[i] : grads[i];
                 }),
            std::move(next)};
  }
  bool operator==(const DecayedWeights&) const = default;
};

struct Trace {
  static constexpr const char* name = "trace";
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

struct Ema {
  static constexpr const char* name = "ema";
  double decay;
  bool debias;
  State init(const Arrays& params) const {
    return {.scalars = {{"count", no_steps()}}, .slots = {{"ema", zeros_like(params)}}};
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Arrays& before = state.slots.at("ema");
    const Array count = next_step(state.scalars.at("count"));
    Arrays means =
        each(grads.size(), [&](std::size_t i) { return moving_average(before[i], grads[i], decay); });
    Arrays out = means;
    if (debias) {
      Shared correction(bias_correction(decay, count));
      for (Array& u : out) u = u * correction.like(u);
    }
    return {std::move(out), {.scalars = {{"count", count}}, .slots = {{"ema", std::move(means)}}}};
  }
  bool operator==(const Ema&) const = default;
};

struct ApplyEvery {
  static constexpr const char* name = "apply_every";
  std::int64_t k;
  State init(const Arrays& params) const {
    return {.scalars = {{"count", no_steps()}}, .slots = {{"sum", zeros_like(params)}}};
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Arrays& before = state.slots.at("sum");
    const Array count = state.scalars.at("count");
    const Array first = count == 0, last = count == k - 1;
    Arrays sums = each(grads.size(), [&](std::size_t i) {
      return typed_like(where(first, grads[i], before[i] + grads[i]), before[i]);
    });
    Arrays out = each(grads.size(), [&](std::size_t i) { return where(last, sums[i], 0.0); });
    return {std::move(out),
            {.scalars = {{"count", where(last, 0, count + 1)}}, .slots = {{"sum", std::move(sums)}}}};
  }
  bool operator==(const ApplyEvery&) const = default;
};

struct Optimistic {
  static constexpr const char* name = "optimistic_gradient";
  double alpha, beta;
  State init(const Arrays& params) const {
    return {.scalars = {{"count", no_steps()}}, .slots = {{"previous", zeros_like(params)}}};
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Arrays& before = state.slots.at("previous");
    const Array& count = state.scalars.at("count");
    const Array first = count == 0;
    Arrays out = each(grads.size(), [&](std::size_t i) {
      return (alpha + beta) * grads[i] - beta * where(first, grads[i], before[i]);
    });
    Arrays kept = each(grads.size(), [&](std::size_t i) { return typed_like(grads[i], before[i]); });
    return {std::move(out),
            {.scalars = {{"count", next_step(count)}}, .slots = {{"previous", std::move(kept)}}}};
  }
  bool operator==(const Optimistic&) const = default;
};

}  // namespace

std::vector<bool> Mask::flags(const Arrays& leaves) const {
  if (const auto* list = std::get_if<std::vector<bool>>(&which_)) {
    if (list->size() != leaves.size())
      throw ValueError(fmt::format("Mask: got {} flags for {} leaves", list->size(), leaves.size()));
    return *list;
  }
  std::vector<bool> out(leaves.size(), true);
  if (const auto* f = std::get_if<std::shared_ptr<const std::function<bool(const Array&)>>>(&which_)) {
    if (!*f) copse::detail::throw_moved_from("Mask");
    for (std::size_t i = 0; i < leaves.size(); ++i) out[i] = (**f)(leaves[i]);
  }
  return out;
}

GradientTransformation identity() { return {}; }
GradientTransformation set_to_zero() { return make(SetToZero{}); }
GradientTransformation scale(double factor) { return make(Scale{factor}); }
GradientTransformation scale_by_schedule(Hyperparameter factor) {
  return make(ScaleBySchedule{std::move(factor), 1.0});
}
GradientTransformation scale_by_learning_rate(LearningRate learning_rate, bool flip_sign) {
  const double sign = flip_sign ? -1.0 : 1.0;
  if (const std::optional<double> number = learning_rate.number()) return make(ScaleByNumber{*number, sign});
  return make(ScaleBySchedule{std::move(learning_rate), sign});
}
GradientTransformation add_decayed_weights(Hyperparameter weight_decay, Mask mask) {
  if (weight_decay.is_zero()) return {};
  return make(DecayedWeights{std::move(weight_decay), std::move(mask)});
}
GradientTransformation trace(double decay, bool nesterov) { return make(Trace{decay, nesterov}); }
GradientTransformation ema(double decay, bool debias) { return make(Ema{decay, debias}); }
GradientTransformation apply_every(std::int64_t k) {
  if (k < 1) throw ValueError(fmt::format("apply_every: k must be positive, got {}", k));
  return make(ApplyEvery{k});
}
GradientTransformation scale_by_optimistic_gradient(double alpha, double beta) {
  return make(Optimistic{alpha, beta});
}

}  // namespace copse::optim
