// Schedules: numbers that depend on the step.
#pragma once

#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "copse/core/array.hpp"

namespace copse::optim {

/// A function of the number of steps done so far, counted from 0: a value, copied in O(1). Schedules made by
/// the functions below are equal if their numbers are; one's own are equal only to their copies. Using one
/// that has been moved from throws ValueError.
class Schedule {
 public:
  class Rule {
   public:
    virtual ~Rule() = default;
    virtual Array at(const Array& step) const = 0;
    virtual bool equal(const Rule& other) const = 0;
  };

  explicit Schedule(std::shared_ptr<const Rule> rule) : rule_(std::move(rule)) {}
  /// One of one's own: `[](const Array& step) { return 0.1f / (1 + step); }`. It is given steps of any shape,
  /// as float64, and must not read their values.
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, Schedule> &&
             std::is_invocable_r_v<Array, const F&, const Array&>)
  Schedule(F f) : Schedule(of_function(std::move(f))) {}

  /// The value at a step, or for each of an array of steps, as float32.
  Array operator()(const Array& step) const;
  /// The same, computed in float64 and not rounded.
  Array exact(const Array& step) const;

  friend bool operator==(const Schedule& a, const Schedule& b) {
    return a.rule_ == b.rule_ || (a.rule_ && b.rule_ && a.rule_->equal(*b.rule_));
  }

 private:
  static Schedule of_function(std::function<Array(const Array&)> f);

  std::shared_ptr<const Rule> rule_;
};

/// A hyper-parameter: a number, a schedule, or an array with one element.
class Hyperparameter {
 public:
  template <Scalar T>
  Hyperparameter(T value) : value_(static_cast<double>(value)) {}
  Hyperparameter(Schedule schedule) : value_(std::move(schedule)) {}
  template <class F>
    requires(!Scalar<F> && !std::same_as<std::remove_cvref_t<F>, Hyperparameter> &&
             std::is_invocable_r_v<Array, const F&, const Array&> &&
             !std::same_as<std::remove_cvref_t<F>, Schedule>)
  Hyperparameter(F f) : value_(Schedule(std::move(f))) {}
  /// A value that is computed, as inject_hyperparams does.
  Hyperparameter(Array value) : value_(std::move(value)) {}

  /// Whether it depends on the step.
  bool is_schedule() const { return std::holds_alternative<Schedule>(value_); }
  /// Whether it is known to be 0.
  bool is_zero() const { return std::holds_alternative<double>(value_) && std::get<double>(value_) == 0.0; }
  /// The number, if it is one.
  std::optional<double> number() const {
    const double* number = std::get_if<double>(&value_);
    return number ? std::optional(*number) : std::nullopt;
  }
  /// Its value at a step.
  Array at(const Array& step) const;

  /// Arrays are equal only to their copies.
  friend bool operator==(const Hyperparameter& a, const Hyperparameter& b);

 private:
  std::variant<double, Schedule, Array> value_;
};

using LearningRate = Hyperparameter;

/// Always `value`.
[[nodiscard]] Schedule constant(double value);
/// From `init_value` to `end_value` in `transition_steps` equal steps, which start after `transition_begin`.
/// Constant if there are no steps.
[[nodiscard]] Schedule linear(double init_value, double end_value, std::int64_t transition_steps,
                              std::int64_t transition_begin = 0);
/// The same with the remaining fraction raised to a power.
[[nodiscard]] Schedule polynomial(double init_value, double end_value, double power,
                                  std::int64_t transition_steps, std::int64_t transition_begin = 0);
/// init_value * decay_rate ^ (steps / transition_steps), only whole multiples if `staircase`, never beyond
/// `end_value`.
[[nodiscard]] Schedule exponential_decay(double init_value, std::int64_t transition_steps, double decay_rate,
                                         std::int64_t transition_begin = 0, bool staircase = false,
                                         std::optional<double> end_value = std::nullopt);
/// Down to `alpha * init_value` along half a cosine, to the power `exponent`. Throws ValueError unless
/// decay_steps > 0.
[[nodiscard]] Schedule cosine_decay(double init_value, std::int64_t decay_steps, double alpha = 0.0,
                                    double exponent = 1.0);
/// Linear from `init_value` to `peak_value`, then down to `end_value` along half a cosine; `decay_steps`
/// counts both.
[[nodiscard]] Schedule warmup_cosine_decay(double init_value, double peak_value, std::int64_t warmup_steps,
                                           std::int64_t decay_steps, double end_value = 0.0,
                                           double exponent = 1.0);
/// Linear from `init_value` to `peak_value`, then exponential_decay from there.
[[nodiscard]] Schedule warmup_exponential_decay(double init_value, double peak_value,
                                                std::int64_t warmup_steps, std::int64_t transition_steps,
                                                double decay_rate, std::int64_t transition_begin = 0,
                                                bool staircase = false,
                                                std::optional<double> end_value = std::nullopt);
/// Linear from `init_value` to `peak_value`, then constant.
[[nodiscard]] Schedule warmup_constant(double init_value, double peak_value, std::int64_t warmup_steps);
/// Multiplied by a scale from each boundary on: `piecewise_constant(0.1, {{1000, 0.5}, {2000, 0.1}})`.
[[nodiscard]] Schedule piecewise_constant(double init_value,
                                          std::map<std::int64_t, double> boundaries_and_scales);

/// How piecewise_interpolate goes from one boundary to the next.
enum class Interpolation { linear, cosine };
/// The values of piecewise_constant at the boundaries, with a line or half a cosine between them.
[[nodiscard]] Schedule piecewise_interpolate(Interpolation interpolation, double init_value,
                                             std::map<std::int64_t, double> boundaries_and_scales);
/// From peak / div_factor up to the peak after a fraction `pct_start` of the steps, and down to peak /
/// (div_factor * final_div_factor), along half cosines.
[[nodiscard]] Schedule cosine_onecycle(std::int64_t transition_steps, double peak_value,
                                       double pct_start = 0.3, double div_factor = 25.0,
                                       double final_div_factor = 1e4);
/// The same along lines: up until `pct_start`, down to the start until `pct_final`, then to the end.
[[nodiscard]] Schedule linear_onecycle(std::int64_t transition_steps, double peak_value,
                                       double pct_start = 0.3, double pct_final = 0.85,
                                       double div_factor = 25.0, double final_div_factor = 1e4);
/// One schedule after the other; each counts from the boundary at which it begins. There is one boundary less
/// than there are schedules.
[[nodiscard]] Schedule join(std::vector<Schedule> schedules, std::vector<std::int64_t> boundaries);

/// One cycle of sgdr: warmup_cosine_decay's arguments.
struct Cycle {
  double init_value = 0.0;
  double peak_value = 1.0;
  std::int64_t warmup_steps = 0;
  std::int64_t decay_steps = 1;
  double end_value = 0.0;
  double exponent = 1.0;
};
/// Cosine decays with warm restarts: the cycles one after the other.
[[nodiscard]] Schedule sgdr(const std::vector<Cycle>& cycles);

}  // namespace copse::optim
