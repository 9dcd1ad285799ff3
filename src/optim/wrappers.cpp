// Transformations made of others.
#include "copse/optim/wrappers.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "rule.hpp"

namespace copse::optim {
namespace {

Arrays chosen(const Arrays& all, const std::vector<bool>& flags) {
  Arrays out;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (flags[i]) out.push_back(all[i]);
  return out;
}

// The flushed updates of a transformation for some leaves, put in their places in `out`.
bool flush_some(const GradientTransformation& inner, const std::vector<bool>& flags, const Arrays& params,
                State& state, Arrays& out) {
  auto flushed = inner.flush(state, chosen(params, flags));
  if (!flushed) return false;
  std::size_t place = 0;
  for (std::size_t i = 0; i < params.size(); ++i)
    if (flags[i]) out[i] = std::move(flushed->first[place++]);
  state = std::move(flushed->second);
  return true;
}

// The same of one for all leaves, whose state is the only part.
std::optional<Updates> flush_inner(const GradientTransformation& inner, const State& state,
                                   const Arrays& params) {
  auto flushed = inner.flush(state.parts.at(0), params);
  if (!flushed) return std::nullopt;
  State after = state;
  after.parts[0] = std::move(flushed->second);
  return Updates{std::move(flushed->first), std::move(after)};
}

struct Masked {
  GradientTransformation inner;
  Mask mask;
  static bool needs_params(const Masked& m) { return m.inner.rule().needs_params(); }
  State init(const Arrays& params) const {
    return {.parts = {inner.init(chosen(params, mask.flags(params)))}};
  }
  Updates update(const Arrays& grads, const State& state, const Arrays& params) const {
    const std::vector<bool> flags = mask.flags(params.empty() ? grads : params);
    auto [updates, next] = inner.update(chosen(grads, flags), state.parts.at(0),
                                        params.empty() ? params : chosen(params, flags));
    Arrays out = grads;
    std::size_t place = 0;
    for (std::size_t i = 0; i < grads.size(); ++i)
      if (flags[i]) out[i] = std::move(updates[place++]);
    return {std::move(out), {.parts = {std::move(next)}}};
  }
  std::optional<Updates> flush(const State& state, const Arrays& params) const {
    Updates out{zeros_like(params), state};
    if (!flush_some(inner, mask.flags(params), params, out.second.parts.at(0), out.first))
      return std::nullopt;
    return out;
  }
  std::vector<GradientTransformation::Inner> inner_parts(const Arrays& params) const {
    return {{inner, {}, mask.flags(params)}};
  }
  bool operator==(const Masked&) const = default;
};

struct Partition {
  std::map<std::string, GradientTransformation> transformations;
  std::vector<std::string> list;
  std::shared_ptr<const std::function<std::string(const Array&)>> function;

  static bool needs_params(const Partition& p) {
    for (const auto& [label, t] : p.transformations)
      if (t.rule().needs_params()) return true;
    return false;
  }
  std::vector<std::string> labels(const Arrays& leaves) const {
    std::vector<std::string> out = list;
    if (function)
      for (const Array& leaf : leaves) out.push_back((*function)(leaf));
    if (out.size() != leaves.size())
      throw ValueError(fmt::format("partition: got {} labels for {} leaves", out.size(), leaves.size()));
    for (const auto& label : out)
      if (!transformations.count(label))
        throw ValueError(fmt::format("partition: there is no transformation for the label '{}'", label));
    return out;
  }
  static std::vector<bool> having(const std::vector<std::string>& labels, const std::string& label) {
    std::vector<bool> out;
    for (const auto& l : labels) out.push_back(l == label);
    return out;
  }
  // One part for each label, in their order.
  State init(const Arrays& params) const {
    const auto all = labels(params);
    State state;
    for (const auto& [label, t] : transformations)
      state.parts.push_back(t.init(chosen(params, having(all, label))));
    return state;
  }
  Updates update(const Arrays& grads, const State& state, const Arrays& params) const {
    const auto all = labels(params.empty() ? grads : params);
    Updates out{grads, {}};
    std::size_t part = 0;
    for (const auto& [label, t] : transformations) {
      const auto flags = having(all, label);
      auto [updates, next] = t.update(chosen(grads, flags), state.parts.at(part++),
                                      params.empty() ? params : chosen(params, flags));
      std::size_t place = 0;
      for (std::size_t i = 0; i < grads.size(); ++i)
        if (flags[i]) out.first[i] = std::move(updates[place++]);
      out.second.parts.push_back(std::move(next));
    }
    return out;
  }
  std::optional<Updates> flush(const State& state, const Arrays& params) const {
    const auto all = labels(params);
    Updates out{zeros_like(params), state};
    bool some = false;
    std::size_t part = 0;
    for (const auto& [label, t] : transformations)
      some |= flush_some(t, having(all, label), params, out.second.parts.at(part++), out.first);
    return some ? std::optional(std::move(out)) : std::nullopt;
  }
  std::vector<GradientTransformation::Inner> inner_parts(const Arrays& params) const {
    const auto all = labels(params);
    std::vector<GradientTransformation::Inner> out;
    for (const auto& [label, t] : transformations) out.push_back({t, label, having(all, label)});
    return out;
  }
  bool operator==(const Partition&) const = default;
};

Array choose(const Array& condition, const Array& yes, const Array& no) {
  return no.has_value() ? typed_like(where(condition, yes, no), no) : no;
}
Arrays choose(const Array& condition, const Arrays& yes, const Arrays& no) {
  return each(no.size(), [&](std::size_t i) { return choose(condition, yes[i], no[i]); });
}
State choose(const Array& condition, const State& yes, const State& no) {
  State out;
  for (const auto& [name, value] : no.scalars)
    out.scalars[name] = choose(condition, yes.scalars.at(name), value);
  for (const auto& [name, slot] : no.slots) out.slots[name] = choose(condition, yes.slots.at(name), slot);
  for (std::size_t i = 0; i < no.parts.size(); ++i)
    out.parts.push_back(choose(condition, yes.parts[i], no.parts[i]));
  return out;
}

Array all_finite(const Arrays& grads) {
  Array finite = full({}, true);
  for (const Array& g : grads) finite = logical_and(finite, all(isfinite(g)));
  return finite;
}

struct Gather {
  static constexpr const char* name = "multi_steps";
  GradientTransformation inner;
  std::int64_t k;
  bool mean;
  std::shared_ptr<const SkipRule> skip;
  static bool needs_params(const Gather& g) { return g.inner.rule().needs_params(); }

  State init(const Arrays& params) const {
    return {.scalars = {{"mini_step", no_steps()}, {"gradient_step", no_steps()}},
            .slots = {{"acc_grads", zeros_like(params)}},
            .parts = {inner.init(params)}};
  }
  Updates update(const Arrays& grads, const State& state, const Arrays& params) const {
    const Array &mini = state.scalars.at("mini_step"), &done = state.scalars.at("gradient_step");
    const Arrays& before = state.slots.at("acc_grads");
    Shared weight(mean ? 1.0 / (as_float64(mini) + 1.0) : Array(1.0));
    const Arrays gathered = each(grads.size(), [&](std::size_t i) {
      const Array& g = grads[i];
      return typed_like(mean ? before[i] + (g - before[i]) * weight.like(g) : before[i] + g, before[i]);
    });
    const Array last = mini == k - 1;
    auto [updates, next] = inner.update(gathered, state.parts.at(0), params);
    State out{.scalars = {{"mini_step", where(last, 0, mini + 1)},
                          {"gradient_step", where(last, next_step(done), done)}},
              .slots = {{"acc_grads", each(gathered.size(),
                                           [&](std::size_t i) { return where(last, 0.0, gathered[i]); })}},
              .parts = {choose(last, next, state.parts[0])}};
    Arrays emitted = each(updates.size(), [&](std::size_t i) { return where(last, updates[i], 0.0); });
    if (!skip) return {std::move(emitted), std::move(out)};
    const Array skipped = (*skip)(grads);
    return {choose(skipped, zeros_like(emitted), emitted), choose(skipped, state, out)};
  }
  std::optional<Updates> flush(const State& state, const Arrays& params) const {
    const Array& mini = state.scalars.at("mini_step");
    if (mini.item<std::int64_t>() == 0) return std::nullopt;
    const Arrays& gathered = state.slots.at("acc_grads");
    auto [updates, next] = inner.update(gathered, state.parts.at(0), params);
    return Updates{std::move(updates),
                   {.scalars = {{"mini_step", no_steps()},
                                {"gradient_step", next_step(state.scalars.at("gradient_step"))}},
                    .slots = {{"acc_grads", zeros_like(gathered)}},
                    .parts = {std::move(next)}}};
  }
  std::vector<GradientTransformation::Inner> inner_parts(const Arrays&) const { return {{inner}}; }
  bool operator==(const Gather&) const = default;
};

struct IfFinite {
  static constexpr const char* name = "apply_if_finite";
  GradientTransformation inner;
  std::int64_t max_errors;
  static bool needs_params(const IfFinite& f) { return f.inner.rule().needs_params(); }

  State init(const Arrays& params) const {
    return {.scalars = {{"notfinite_count", no_steps()},
                        {"total_notfinite", no_steps()},
                        {"last_finite", full({}, true)}},
            .parts = {inner.init(params)}};
  }
  Updates update(const Arrays& grads, const State& state, const Arrays& params) const {
    const Array finite = all_finite(grads);
    const Array &errors = state.scalars.at("notfinite_count"), &total = state.scalars.at("total_notfinite");
    const Array in_a_row = where(finite, 0, next_step(errors));
    const Array applied = logical_or(finite, in_a_row > max_errors);
    auto [updates, next] = inner.update(grads, state.parts.at(0), params);
    return {choose(applied, updates, zeros_like(updates)),
            {.scalars = {{"notfinite_count", in_a_row},
                         {"total_notfinite", where(finite, total, next_step(total))},
                         {"last_finite", finite}},
             .parts = {choose(applied, next, state.parts[0])}}};
  }
  std::optional<Updates> flush(const State& state, const Arrays& params) const {
    return flush_inner(inner, state, params);
  }
  std::vector<GradientTransformation::Inner> inner_parts(const Arrays&) const { return {{inner}}; }
  bool operator==(const IfFinite&) const = default;
};

struct Injected {
  static constexpr const char* name = "hyperparams";
  std::shared_ptr<const std::function<GradientTransformation(const Hyperparameters&)>> factory;
  Hyperparameters hyperparams;

  std::map<std::string, Array> values_at(const Array& count) const {
    std::map<std::string, Array> out;
    for (const auto& [name, h] : hyperparams) out[name] = astype(h.at(count) + zeros({}), DType::float32);
    return out;
  }
  // The transformation with the values of a state.
  GradientTransformation with(const State& state) const {
    Hyperparameters values;
    for (const auto& [name, h] : hyperparams) values.emplace(name, Hyperparameter(state.scalars.at(name)));
    return (*factory)(values);
  }
  State init(const Arrays& params) const {
    State state{.scalars = values_at(no_steps())};
    state.scalars["count"] = no_steps();
    state.parts = {with(state).init(params)};
    return state;
  }
  Updates update(const Arrays& grads, const State& state, const Arrays& params) const {
    State next = state;
    const Array& count = state.scalars.at("count");
    for (const auto& [name, h] : hyperparams)
      if (h.is_schedule()) next.scalars[name] = astype(h.at(count), DType::float32);
    next.scalars["count"] = next_step(count);
    auto [updates, inner] = with(next).update(grads, state.parts.at(0), params);
    next.parts = {std::move(inner)};
    return {std::move(updates), std::move(next)};
  }
  std::optional<Updates> flush(const State& state, const Arrays& params) const {
    return flush_inner(with(state), state, params);
  }
  std::vector<GradientTransformation::Inner> inner_parts(const Arrays&) const {
    return {{with(State{.scalars = values_at(no_steps())})}};
  }
  bool operator==(const Injected&) const = default;
};

}  // namespace

GradientTransformation masked(GradientTransformation inner, Mask mask) {
  return make(Masked{std::move(inner), std::move(mask)});
}

GradientTransformation partition(std::map<std::string, GradientTransformation> transformations,
                                 Labels labels) {
  Partition out{std::move(transformations), {}, nullptr};
  if (auto* list = std::get_if<std::vector<std::string>>(&labels))
    out.list = std::move(*list);
  else
    out.function = std::make_shared<const std::function<std::string(const Array&)>>(
        std::get<std::function<std::string(const Array&)>>(std::move(labels)));
  return make(std::move(out));
}

SkipRule skip_not_finite() {
  return [](const Arrays& grads) { return logical_not(all_finite(grads)); };
}
SkipRule skip_large_updates(double max_squared_norm) {
  // A norm of nan is left out, too.
  return [=](const Arrays& grads) { return logical_not(square(global_norm(grads)) < max_squared_norm); };
}

MultiSteps::MultiSteps(GradientTransformation inner, std::int64_t every_k, bool use_grad_mean,
                       SkipRule should_skip)
    : GradientTransformation(
          make(Gather{std::move(inner), every_k, use_grad_mean,
                      should_skip ? std::make_shared<const SkipRule>(std::move(should_skip)) : nullptr})) {
  if (every_k < 1) throw ValueError(fmt::format("MultiSteps: every_k must be positive, got {}", every_k));
}

Array MultiSteps::has_updated(const State& state) {
  const auto mini = state.scalars.find("mini_step"), done = state.scalars.find("gradient_step");
  if (mini == state.scalars.end() || done == state.scalars.end())
    throw ValueError("MultiSteps::has_updated: the state is not one of MultiSteps");
  return logical_and(mini->second == 0, done->second > 0);
}

GradientTransformation apply_if_finite(GradientTransformation inner, std::int64_t max_consecutive_errors) {
  return make(IfFinite{std::move(inner), max_consecutive_errors});
}

GradientTransformation inject_hyperparams(
    std::function<GradientTransformation(const Hyperparameters&)> factory, Hyperparameters hyperparams) {
  if (hyperparams.count("count"))
    throw ValueError("inject_hyperparams: 'count' is the name of the number of steps");
  return make(Injected{std::make_shared<const std::function<GradientTransformation(const Hyperparameters&)>>(
                           std::move(factory)),
                       std::move(hyperparams)});
}

Arrays incremental_update(const Arrays& new_values, const Arrays& old_values, double step_size) {
  if (new_values.size() != old_values.size())
    throw ValueError(fmt::format("incremental_update: got {} new and {} old arrays", new_values.size(),
                                 old_values.size()));
  return each(old_values.size(), [&](std::size_t i) {
    return typed_like(old_values[i] + step_size * (new_values[i] - old_values[i]), old_values[i]);
  });
}

}  // namespace copse::optim
