// Second moments that are smaller than the parameters: by rows and columns, by dimension, by array.
#include <algorithm>
#include <numeric>
#include <optional>

#include "copse/ops/shaping.hpp"
#include "copse/optim/transforms.hpp"
#include "rule.hpp"

namespace copse::optim {
namespace {

struct FactoredRms {
  static constexpr const char* name = "factored_rms";
  bool factored;
  double decay_rate;
  std::int64_t min_dim;
  double eps;

  // The second largest and the largest dimension, if both are large enough.
  std::optional<std::pair<int, int>> dims(const Shape& shape) const {
    if (!factored || shape.rank() < 2) return std::nullopt;
    std::vector<int> order(shape.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return shape[a] < shape[b]; });
    const int second = order[order.size() - 2], first = order.back();
    if (shape[second] < min_dim) return std::nullopt;
    return std::pair{second, first};
  }
  static Array zeros_without(const Array& p, int axis) {
    Shape shape = p.shape();
    shape.erase(axis);
    return zeros(shape, p.dtype());
  }

  // The arrays that a leaf does not need have no value.
  State init(const Arrays& params) const {
    State state{.scalars = {{"count", no_steps()}}};
    Arrays &rows = state.slots["v_row"], &columns = state.slots["v_col"], &all = state.slots["v"];
    for (const Array& p : params) {
      const auto d = dims(p.shape());
      rows.push_back(d ? zeros_without(p, d->second) : Array());
      columns.push_back(d ? zeros_without(p, d->first) : Array());
      all.push_back(d ? Array() : copse::zeros_like(p));
    }
    return state;
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Array count = next_step(state.scalars.at("count"));
    const Array kept = 1.0 - power(as_float64(count), -decay_rate);
    Shared keep(kept), take(1.0 - kept);
    State next{.scalars = {{"count", count}}, .slots = state.slots};
    Arrays &rows = next.slots["v_row"], &columns = next.slots["v_col"], &all = next.slots["v"];
    Arrays out;
    for (std::size_t i = 0; i < grads.size(); ++i) {
      const Array &g = grads[i], squares = square(g) + eps;
      const auto average = [&](const Array& old, const Array& x) {
        return typed_like(keep.like(old) * old + take.like(old) * x, old);
      };
      if (const auto d = dims(g.shape())) {
        const auto [second, first] = *d;
        rows[i] = average(rows[i], mean(squares, first));
        columns[i] = average(columns[i], mean(squares, second));
        const int left = second > first ? second - 1 : second;
        const Array row = rsqrt(rows[i] / mean(rows[i], left, true));
        out.push_back(g * expand_dims(row, first) * expand_dims(rsqrt(columns[i]), second));
      } else {
        all[i] = average(all[i], squares);
        out.push_back(g * rsqrt(all[i]));
      }
    }
    return {std::move(out), std::move(next)};
  }
  bool operator==(const FactoredRms&) const = default;
};

struct Novograd {
  static constexpr const char* name = "novograd";
  static constexpr bool reads_params = true;
  double b1, b2, eps, eps_root, weight_decay;
  State init(const Arrays& params) const {
    return {
        .scalars = {{"count", no_steps()}},
        .slots = {{"mu", zeros_like(params)},
                  {"nu", each(params.size(), [&](std::size_t i) { return zeros({}, params[i].dtype()); })}}};
  }
  Updates update(const Arrays& grads, const State& state, const Arrays& params) const {
    const Arrays &mu = state.slots.at("mu"), &nu = state.slots.at("nu");
    const Array &before = state.scalars.at("count"), first = before == 0;
    Arrays means(grads.size()), norms(grads.size());
    for (std::size_t i = 0; i < grads.size(); ++i) {
      const Array squared = sum(square(widened(grads[i])));
      norms[i] = typed_like(where(first, squared, b2 * nu[i] + (1.0 - b2) * squared), nu[i]);
      const Array direction = grads[i] / (sqrt(norms[i] + eps_root) + eps) + weight_decay * params[i];
      means[i] = typed_like(b1 * mu[i] + direction, mu[i]);  // mu is 0 in the first step
    }
    Arrays out = means;
    return {std::move(out),
            {.scalars = {{"count", next_step(before)}},
             .slots = {{"mu", std::move(means)}, {"nu", std::move(norms)}}}};
  }
  bool operator==(const Novograd&) const = default;
};

// For each dimension of an array the largest sums of squares along it; the smallest of those that meet at an
// element stands for its own.
struct Sm3 {
  static constexpr const char* name = "sm3";
  double b1, b2, eps;
  static std::string slot(int axis) { return "mu_" + std::to_string(axis); }
  static int accumulators(const Array& p) { return std::max(p.ndim(), 1); }

  State init(const Arrays& params) const {
    State state{.slots = {{"nu", zeros_like(params)}}};
    int most = 0;
    for (const Array& p : params) most = std::max(most, accumulators(p));
    for (int d = 0; d < most; ++d)
      state.slots[slot(d)] = each(params.size(), [&](std::size_t i) {
        const Array& p = params[i];
        if (d >= accumulators(p)) return Array();
        return zeros(p.ndim() == 0 ? Shape{} : Shape{p.shape(d)}, p.dtype());
      });
    return state;
  }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    State next = state;
    Arrays& nu = next.slots["nu"];
    for (std::size_t i = 0; i < grads.size(); ++i) {
      const Array& g = grads[i];
      Array bound;
      for (int d = 0; d < accumulators(g); ++d) {
        Array along = state.slots.at(slot(d))[i];
        if (g.ndim() > 1) {
          Shape shape = Shape::filled(g.ndim(), 1);
          shape[d] = g.shape(d);
          along = reshape(along, shape);
        }
        bound = bound.has_value() ? minimum(bound, along) : along;
      }
      const Array total = (b2 == 1.0 ? 1.0 : 1.0 - b2) * square(g) + b2 * bound;
      nu[i] = moving_average(nu[i], g * where(total > 0.0, rsqrt(total + eps), 0.0), b1);
      for (int d = 0; d < accumulators(g); ++d) {
        Array& kept = next.slots[slot(d)][i];
        std::vector<int> others;
        for (int o = 0; o < g.ndim(); ++o)
          if (o != d) others.push_back(o);
        if (g.size() != 0) kept = typed_like(others.empty() ? total : max(total, Axes(others)), kept);
      }
    }
    Arrays out = nu;
    return {std::move(out), std::move(next)};
  }
  bool operator==(const Sm3&) const = default;
};

}  // namespace

GradientTransformation scale_by_factored_rms(bool factored, double decay_rate,
                                             std::int64_t min_dim_size_to_factor, double eps) {
  return make(FactoredRms{factored, decay_rate, min_dim_size_to_factor, eps});
}
GradientTransformation scale_by_novograd(double b1, double b2, double eps, double eps_root,
                                         double weight_decay) {
  return make(Novograd{b1, b2, eps, eps_root, weight_decay});
}
GradientTransformation scale_by_sm3(double b1, double b2, double eps) { return make(Sm3{b1, b2, eps}); }

}  // namespace copse::optim
