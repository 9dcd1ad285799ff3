// Transformations that bound gradients, or what becomes of parameters.
#include "copse/core/error.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/optim/transforms.hpp"
#include "rule.hpp"

namespace copse::optim {
namespace {

// A rule without state, made of a function of one gradient (and its parameter).
template <class F>
struct Each {
  static bool needs_params(const Each&) { return F::reads_params; }
  F f;
  State init(const Arrays&) const { return {}; }
  Updates update(const Arrays& grads, const State& state, const Arrays& params) const {
    return {each(grads.size(),
                 [&](std::size_t i) {
                   const Array none;
                   return typed_like(f(grads[i], params.empty() ? none : params[i]), grads[i]);
                 }),
            state};
  }
  bool operator==(const Each&) const = default;
};
template <class F>
GradientTransformation make_each(F f) {
  return make(Each<F>{std::move(f)});
}

struct Clip {
  static constexpr bool reads_params = false;
  double max_delta;
  Array operator()(const Array& g, const Array&) const { return copse::clip(g, -max_delta, max_delta); }
  bool operator==(const Clip&) const = default;
};

struct BlockRms {
  static constexpr bool reads_params = false;
  double threshold;
  Array operator()(const Array& g, const Array&) const {
    return g.size() == 0 ? g : g / maximum(1.0, root_mean_square(g) / threshold);
  }
  bool operator==(const BlockRms&) const = default;
};

// The norms of the parts of an array that feed one output, broadcast to the array.
Array unit_norms(const Array& x) {
  int large = 0;
  for (const std::int64_t d : x.shape()) large += d != 1 ? 1 : 0;
  Axes axes;
  if (large > 1) {
    if (x.ndim() > 5)
      throw ShapeError("adaptive_grad_clip: wants arrays of at most 5 dimensions, got " +
                       to_string(x.type()));
    if (x.ndim() <= 3)
      axes = 0;
    else
      axes = x.ndim() == 4 ? Axes{0, 1, 2} : Axes{0, 1, 2, 3};
  }
  return sqrt(sum(square(widened(x)), axes, true));
}

struct AdaptiveClip {
  static constexpr bool reads_params = true;
  double clipping, eps;
  Array operator()(const Array& g, const Array& p) const {
    const Array own = unit_norms(g), most = clipping * maximum(unit_norms(p), eps);
    return where(own < most, g, g * (most / maximum(own, 1e-6)));
  }
  bool operator==(const AdaptiveClip&) const = default;
};

struct Centralize {
  static constexpr bool reads_params = false;
  Array operator()(const Array& g, const Array&) const {
    if (g.ndim() < 2) return g;
    std::vector<int> rest;
    for (int d = 1; d < g.ndim(); ++d) rest.push_back(d);
    return g - mean(g, Axes(rest), true);
  }
  bool operator==(const Centralize&) const = default;
};

struct ZeroNans {
  static constexpr bool reads_params = false;
  Array operator()(const Array& g, const Array&) const { return where(isnan(g), 0.0, g); }
  bool operator==(const ZeroNans&) const = default;
};

struct Nonnegative {
  static constexpr bool reads_params = true;
  Array operator()(const Array& g, const Array& p) const { return where(p + g < 0.0, -p, g); }
  bool operator==(const Nonnegative&) const = default;
};

struct Sign {
  static constexpr bool reads_params = false;
  Array operator()(const Array& g, const Array&) const { return sign(g); }
  bool operator==(const Sign&) const = default;
};

struct TrustRatio {
  static constexpr bool reads_params = true;
  double min_norm, trust_coefficient, eps;
  Array operator()(const Array& g, const Array& p) const {
    const Array own = maximum(norm(p), min_norm), update = maximum(norm(g), min_norm);
    const Array ratio = trust_coefficient * own / (update + eps);
    return g * where(logical_or(own == 0.0, update == 0.0), 1.0, ratio);
  }
  bool operator==(const TrustRatio&) const = default;
};

struct ParamRms {
  static constexpr bool reads_params = true;
  double min_scale;
  Array operator()(const Array& g, const Array& p) const {
    return p.size() == 0 ? g : g * maximum(root_mean_square(p), min_scale);
  }
  bool operator==(const ParamRms&) const = default;
};

struct GlobalNorm {
  double max_norm;
  State init(const Arrays&) const { return {}; }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const {
    const Array norm = global_norm(grads);
    // One factor for all: 1, or what makes the norm max_norm.
    Shared factor(where(norm < max_norm, 1.0, max_norm / as_float64(norm)));
    return {each(grads.size(), [&](std::size_t i) { return grads[i] * factor.like(grads[i]); }), state};
  }
  bool operator==(const GlobalNorm&) const = default;
};

}  // namespace

GradientTransformation clip(double max_delta) { return make_each(Clip{max_delta}); }
GradientTransformation clip_by_global_norm(double max_norm) { return make(GlobalNorm{max_norm}); }
GradientTransformation clip_by_block_rms(double threshold) { return make_each(BlockRms{threshold}); }
GradientTransformation adaptive_grad_clip(double clipping, double eps) {
  return make_each(AdaptiveClip{clipping, eps});
}
GradientTransformation centralize() { return make_each(Centralize{}); }
GradientTransformation zero_nans() { return make_each(ZeroNans{}); }
GradientTransformation keep_params_nonnegative() { return make_each(Nonnegative{}); }
GradientTransformation scale_by_sign() { return make_each(Sign{}); }
GradientTransformation scale_by_trust_ratio(double min_norm, double trust_coefficient, double eps) {
  return make_each(TrustRatio{min_norm, trust_coefficient, eps});
}
GradientTransformation scale_by_param_block_rms(double min_scale) { return make_each(ParamRms{min_scale}); }

}  // namespace copse::optim
