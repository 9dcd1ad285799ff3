// Schedules, each a struct of its numbers with the formula. All count in float64.
#include "copse/optim/schedules.hpp"

#include <cmath>
#include <numbers>

#include "copse/core/error.hpp"
#include "copse/core/moved.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"

namespace copse::optim {
namespace {

template <class F>
class RuleOf final : public Schedule::Rule {
 public:
  explicit RuleOf(F f) : f_(std::move(f)) {}
  Array at(const Array& step) const override { return f_(step); }
  bool equal(const Rule& other) const override {
    if constexpr (std::equality_comparable<F>) {
      const auto* same = dynamic_cast<const RuleOf*>(&other);
      return same && f_ == same->f_;
    } else {
      return this == &other;
    }
  }

 private:
  F f_;
};

template <class F>
Schedule make(F f) {
  return Schedule(std::make_shared<const RuleOf<F>>(std::move(f)));
}

struct Constant {
  double value;
  Array operator()(const Array& step) const { return full(step.shape(), value, DType::float64); }
  bool operator==(const Constant&) const = default;
};

struct Polynomial {
  double init, end, exponent, steps, begin;
  Array operator()(const Array& step) const {
    const Array left = 1.0 - clip(step - begin, 0.0, steps) / steps;
    return (init - end) * (exponent == 1.0 ? left : power(left, exponent)) + end;
  }
  bool operator==(const Polynomial&) const = default;
};

struct Exponential {
  double init, steps, rate, begin;
  bool staircase;
  std::optional<double> end;
  Array operator()(const Array& step) const {
    const Array since = step - begin;
    Array periods = since / steps;
    if (staircase) periods = floor(periods);
    Array value = where(since <= 0.0, init, init * power(rate, periods));
    if (end) value = rate < 1.0 ? maximum(value, *end) : minimum(value, *end);
    return value;
  }
  bool operator==(const Exponential&) const = default;
};

// Half a cosine from 1 to 0 over [0, 1].
Array half_cosine(const Array& fraction) { return 0.5 * (1.0 + cos(std::numbers::pi * fraction)); }

struct Cosine {
  double init, steps, alpha, exponent;
  Array operator()(const Array& step) const {
    Array left = half_cosine(minimum(step, steps) / steps);
    if (exponent != 1.0) left = power(left, exponent);
    return init * ((1.0 - alpha) * left + alpha);
  }
  bool operator==(const Cosine&) const = default;
};

struct Piecewise {
  double init;
  std::map<std::int64_t, double> scales;
  Array operator()(const Array& step) const {
    Array value = full(step.shape(), init, DType::float64);
    double level = init;
    for (const auto& [boundary, scale] : scales) {
      level *= scale;
      value = where(step >= static_cast<double>(boundary), level, value);
    }
    return value;
  }
  bool operator==(const Piecewise&) const = default;
};

// Values at boundaries, constant beyond the last.
struct Interpolated {
  Interpolation interpolation;
  std::vector<double> boundaries;  // the first is 0
  std::vector<double> values;
  Array operator()(const Array& step) const {
    Array out = full(step.shape(), values.back(), DType::float64);
    for (std::size_t i = boundaries.size() - 1; i-- > 0;) {
      const double from = boundaries[i], to = boundaries[i + 1];
      if (to <= from) continue;
      const Array fraction = (step - from) / (to - from);
      const Array left = interpolation == Interpolation::linear ? 1.0 - fraction : half_cosine(fraction);
      out = where(step < to, values[i + 1] + (values[i] - values[i + 1]) * left, out);
    }
    return out;
  }
  bool operator==(const Interpolated&) const = default;
};

struct Joined {
  std::vector<Schedule> schedules;
  std::vector<std::int64_t> boundaries;
  Array operator()(const Array& step) const {
    Array out = schedules.front().exact(step);
    for (std::size_t i = 0; i < boundaries.size(); ++i) {
      const auto boundary = static_cast<double>(boundaries[i]);
      out = where(step < boundary, out, schedules[i + 1].exact(step - boundary));
    }
    return out;
  }
  bool operator==(const Joined&) const = default;
};

double number(std::int64_t n) { return static_cast<double>(n); }

}  // namespace

Schedule Schedule::of_function(std::function<Array(const Array&)> f) { return make(std::move(f)); }

Array Schedule::exact(const Array& step) const {
  if (!rule_) copse::detail::throw_moved_from("Schedule");
  return rule_->at(step);
}

Array Schedule::operator()(const Array& step) const {
  return astype(exact(astype(step, DType::float64)), DType::float32);
}

Array Hyperparameter::at(const Array& step) const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  if (const auto* array = std::get_if<Array>(&value_)) return astype(*array, DType::float64);
  return astype(std::get<Schedule>(value_).exact(astype(step, DType::float64)), DType::float64);
}

bool operator==(const Hyperparameter& a, const Hyperparameter& b) {
  if (a.value_.index() != b.value_.index()) return false;
  if (const auto* array = std::get_if<Array>(&a.value_))
    return array->impl() == std::get<Array>(b.value_).impl();
  if (const auto* value = std::get_if<double>(&a.value_)) return *value == std::get<double>(b.value_);
  return std::get<Schedule>(a.value_) == std::get<Schedule>(b.value_);
}

Schedule constant(double value) { return make(Constant{value}); }

Schedule linear(double init_value, double end_value, std::int64_t transition_steps,
                std::int64_t transition_begin) {
  return polynomial(init_value, end_value, 1.0, transition_steps, transition_begin);
}

Schedule polynomial(double init_value, double end_value, double power, std::int64_t transition_steps,
                    std::int64_t transition_begin) {
  if (transition_steps <= 0) return constant(init_value);
  return make(Polynomial{init_value, end_value, power, number(transition_steps),
                         number(std::max<std::int64_t>(transition_begin, 0))});
}

Schedule exponential_decay(double init_value, std::int64_t transition_steps, double decay_rate,
                           std::int64_t transition_begin, bool staircase, std::optional<double> end_value) {
  if (transition_steps <= 0 || decay_rate == 0.0) return constant(init_value);
  return make(Exponential{init_value, number(transition_steps), decay_rate,
                          number(std::max<std::int64_t>(transition_begin, 0)), staircase, end_value});
}

Schedule cosine_decay(double init_value, std::int64_t decay_steps, double alpha, double exponent) {
  if (decay_steps <= 0)
    throw ValueError("cosine_decay: decay_steps must be positive, got " + std::to_string(decay_steps));
  return make(Cosine{init_value, number(decay_steps), alpha, exponent});
}

Schedule warmup_cosine_decay(double init_value, double peak_value, std::int64_t warmup_steps,
                             std::int64_t decay_steps, double end_value, double exponent) {
  if (decay_steps <= warmup_steps)
    throw ValueError(
        "warmup_cosine_decay: decay_steps counts the warmup, too: it must be larger than warmup_steps, " +
        std::to_string(warmup_steps) + ", got " + std::to_string(decay_steps));
  const double alpha = peak_value == 0.0 ? 0.0 : end_value / peak_value;
  return join({linear(init_value, peak_value, warmup_steps),
               cosine_decay(peak_value, decay_steps - warmup_steps, alpha, exponent)},
              {warmup_steps});
}

Schedule warmup_exponential_decay(double init_value, double peak_value, std::int64_t warmup_steps,
                                  std::int64_t transition_steps, double decay_rate,
                                  std::int64_t transition_begin, bool staircase,
                                  std::optional<double> end_value) {
  return join(
      {linear(init_value, peak_value, warmup_steps),
       exponential_decay(peak_value, transition_steps, decay_rate, transition_begin, staircase, end_value)},
      {warmup_steps});
}

Schedule warmup_constant(double init_value, double peak_value, std::int64_t warmup_steps) {
  return join({linear(init_value, peak_value, warmup_steps), constant(peak_value)}, {warmup_steps});
}

Schedule piecewise_constant(double init_value, std::map<std::int64_t, double> boundaries_and_scales) {
  return make(Piecewise{init_value, std::move(boundaries_and_scales)});
}

Schedule piecewise_interpolate(Interpolation interpolation, double init_value,
                               std::map<std::int64_t, double> boundaries_and_scales) {
  Interpolated out{interpolation, {0.0}, {init_value}};
  for (const auto& [boundary, scale] : boundaries_and_scales) {
    if (boundary < 0 || scale < 0.0)
      throw ValueError("piecewise_interpolate: boundaries and scales must not be negative, got {" +
                       std::to_string(boundary) + ", " + std::to_string(scale) + "}");
    out.boundaries.push_back(number(boundary));
    out.values.push_back(out.values.back() * scale);
  }
  return make(std::move(out));
}

Schedule cosine_onecycle(std::int64_t transition_steps, double peak_value, double pct_start,
                         double div_factor, double final_div_factor) {
  if (transition_steps <= 0)
    throw ValueError("cosine_onecycle: transition_steps must be positive, got " +
                     std::to_string(transition_steps));
  const auto up = static_cast<std::int64_t>(pct_start * number(transition_steps));
  return piecewise_interpolate(Interpolation::cosine, peak_value / div_factor,
                               {{up, div_factor}, {transition_steps, 1.0 / (div_factor * final_div_factor)}});
}

Schedule linear_onecycle(std::int64_t transition_steps, double peak_value, double pct_start, double pct_final,
                         double div_factor, double final_div_factor) {
  if (transition_steps <= 0)
    throw ValueError("linear_onecycle: transition_steps must be positive, got " +
                     std::to_string(transition_steps));
  const auto up = static_cast<std::int64_t>(pct_start * number(transition_steps));
  const auto down = static_cast<std::int64_t>(pct_final * number(transition_steps));
  return piecewise_interpolate(
      Interpolation::linear, peak_value / div_factor,
      {{up, div_factor}, {down, 1.0 / div_factor}, {transition_steps, 1.0 / final_div_factor}});
}

Schedule join(std::vector<Schedule> schedules, std::vector<std::int64_t> boundaries) {
  if (schedules.empty() || boundaries.size() + 1 != schedules.size())
    throw ValueError("join: got " + std::to_string(schedules.size()) + " schedules and " +
                     std::to_string(boundaries.size()) +
                     " boundaries, wants one boundary less than schedules");
  return make(Joined{std::move(schedules), std::move(boundaries)});
}

Schedule sgdr(const std::vector<Cycle>& cycles) {
  std::vector<Schedule> schedules;
  std::vector<std::int64_t> boundaries;
  std::int64_t end = 0;
  for (const Cycle& c : cycles) {
    schedules.push_back(warmup_cosine_decay(c.init_value, c.peak_value, c.warmup_steps, c.decay_steps,
                                            c.end_value, c.exponent));
    boundaries.push_back(end += c.decay_steps);
  }
  if (!boundaries.empty()) boundaries.pop_back();
  return join(std::move(schedules), std::move(boundaries));
}

}  // namespace copse::optim
