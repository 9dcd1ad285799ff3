// What the rules of this folder share: comparison, the count of steps, numbers in the dtype of each leaf.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/optim/schedules.hpp"
#include "copse/optim/transformation.hpp"

namespace copse::optim {

/// A rule made of a plain struct R of numbers, with `init`, `update` and `==`.
template <class R>
class RuleOf final : public GradientTransformation::Rule {
 public:
  explicit RuleOf(R rule) : rule_(std::move(rule)) {}
  State init(const Arrays& params) const override { return rule_.init(params); }
  Updates update(const Arrays& grads, const State& state, const Arrays& params) const override {
    return rule_.update(grads, state, params);
  }
  std::optional<Updates> flush(const State& state, const Arrays& params) const override {
    if constexpr (requires { rule_.flush(state, params); })
      return rule_.flush(state, params);
    else
      return std::nullopt;
  }
  bool equal(const Rule& other) const override {
    const auto* same = dynamic_cast<const RuleOf*>(&other);
    return same && rule_ == same->rule_;
  }
  std::size_t hash() const override { return typeid(R).hash_code(); }
  bool needs_params() const override {
    if constexpr (requires { R::needs_params(rule_); })
      return R::needs_params(rule_);
    else if constexpr (requires { R::reads_params; })
      return R::reads_params;
    else
      return false;
  }
  std::string name() const override {
    if constexpr (requires { R::name; })
      return R::name;
    else
      return "stateless";
  }
  std::vector<GradientTransformation::Inner> inner(const Arrays& params) const override {
    if constexpr (requires { rule_.inner_parts(params); })
      return rule_.inner_parts(params);
    else
      return Rule::inner(params);
  }

 private:
  R rule_;
};

template <class R>
GradientTransformation make(R rule) {
  return GradientTransformation(std::make_shared<const RuleOf<R>>(std::move(rule)));
}

/// `f(i)` for each of n leaves.
template <class F>
Arrays each(std::size_t n, F f) {
  Arrays out;
  out.reserve(n);
  for (std::size_t i = 0; i < n; ++i) out.push_back(f(i));
  return out;
}

inline Arrays zeros_like(const Arrays& arrays) {
  return each(arrays.size(), [&](std::size_t i) { return copse::zeros_like(arrays[i]); });
}

/// Before the first step.
inline Array no_steps() { return zeros({}, DType::int32); }
/// One step more; stays at the largest int32.
inline Array next_step(const Array& count) { return minimum(count, 2147483646) + 1; }
inline Array as_float64(const Array& x) { return astype(x, DType::float64); }

/// A number that all leaves share: computed once in float64, rounded once for each dtype.
class Shared {
 public:
  explicit Shared(Array exact) : exact_(std::move(exact)) {}
  const Array& like(const Array& leaf) {
    Array& out = rounded_[static_cast<int>(leaf.dtype())];
    if (!out.has_value()) out = astype(exact_, leaf.dtype());
    return out;
  }

 private:
  Array exact_;
  Array rounded_[dtype_count];
};

/// The state of a hyper-parameter: the count of steps if it depends on them, else nothing.
inline State counted(const Hyperparameter& h) {
  return h.is_schedule() ? State{.scalars = {{"count", no_steps()}}} : State{};
}
/// Its value in this step, and its state for the next.
inline std::pair<Array, State> value_and_count(const Hyperparameter& h, const State& state) {
  if (!h.is_schedule()) return {h.at({}), state};
  const Array& count = state.scalars.at("count");
  return {h.at(count), State{.scalars = {{"count", next_step(count)}}}};
}

/// In the dtype of what it replaces, so that a state keeps its types whatever the gradients' are.
inline Array typed_like(const Array& x, const Array& old) { return astype(x, old.dtype()); }

/// decay * old + (1 - decay) * x.
inline Array moving_average(const Array& old, const Array& x, double decay) {
  return typed_like(decay * old + (1.0 - decay) * x, old);
}

/// The factor that undoes a moving average's start at zero: 1 / (1 - decay^t).
inline Array bias_correction(double decay, const Array& steps) {
  return 1.0 / (1.0 - power(decay, as_float64(steps)));
}

/// Wide enough to add up squares.
inline Array widened(const Array& x) { return x.dtype() == DType::bfloat16 ? astype(x, DType::float32) : x; }
/// The root of the sum of squares, of their mean; in at least float32.
inline Array norm(const Array& x) { return sqrt(sum(square(widened(x)))); }
inline Array root_mean_square(const Array& x) { return sqrt(mean(square(widened(x)))); }

}  // namespace copse::optim
