// Gradient transformations as values: those made of functions, chains, and applying updates.
#include "copse/optim/transformation.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/core/moved.hpp"
#include "copse/ops/reduce.hpp"
#include "rule.hpp"

namespace copse::optim {
namespace {

struct Identity {
  State init(const Arrays&) const { return {}; }
  Updates update(const Arrays& grads, const State& state, const Arrays&) const { return {grads, state}; }
  bool operator==(const Identity&) const = default;
};

class OfFunctions final : public GradientTransformation::Rule {
 public:
  OfFunctions(std::function<State(const Arrays&)> init,
              std::function<Updates(const Arrays&, const State&, const Arrays&)> update, std::string name)
      : init_(std::move(init)), update_(std::move(update)), name_(std::move(name)) {}
  State init(const Arrays& params) const override { return init_(params); }
  Updates update(const Arrays& grads, const State& state, const Arrays& params) const override {
    return update_(grads, state, params);
  }
  bool equal(const Rule& other) const override { return this == &other; }
  std::size_t hash() const override { return std::hash<const void*>{}(this); }
  bool needs_params() const override { return false; }  // it checks for itself
  std::string name() const override { return name_; }

 private:
  std::function<State(const Arrays&)> init_;
  std::function<Updates(const Arrays&, const State&, const Arrays&)> update_;
  std::string name_;
};

struct Chain {
  std::vector<GradientTransformation> links;

  State init(const Arrays& params) const {
    State state;
    for (const auto& link : links) state.parts.push_back(link.init(params));
    return state;
  }
  Updates update(const Arrays& grads, const State& state, const Arrays& params) const {
    if (state.parts.size() != links.size())
      throw ValueError(
          fmt::format("chain: got a state of {} transformations, has {}", state.parts.size(), links.size()));
    Updates out{grads, {}};
    out.second.parts.reserve(links.size());
    for (std::size_t i = 0; i < links.size(); ++i) {
      auto [updates, next] = links[i].update(out.first, state.parts[i], params);
      out.first = std::move(updates);
      out.second.parts.push_back(std::move(next));
    }
    return out;
  }
  // What a link has gathered goes on through the links behind it.
  std::optional<Updates> flush(const State& state, const Arrays& params) const {
    std::optional<Arrays> updates;
    State after = state;
    for (std::size_t i = 0; i < links.size(); ++i) {
      auto next = updates ? std::optional(links[i].update(*updates, state.parts.at(i), params))
                          : links[i].flush(state.parts.at(i), params);
      if (!next) continue;
      updates = std::move(next->first);
      after.parts[i] = std::move(next->second);
    }
    if (!updates) return std::nullopt;
    return Updates{std::move(*updates), std::move(after)};
  }
  static bool needs_params(const Chain& chain) {
    for (const auto& link : chain.links)
      if (link.rule().needs_params()) return true;
    return false;
  }
  std::vector<GradientTransformation::Inner> inner_parts(const Arrays&) const {
    std::vector<GradientTransformation::Inner> out;
    for (const auto& link : links) out.push_back({link});
    return out;
  }
  bool operator==(const Chain&) const = default;
};

}  // namespace

GradientTransformation::GradientTransformation() : GradientTransformation(make(Identity{})) {}

GradientTransformation::GradientTransformation(
    std::function<State(const Arrays&)> init,
    std::function<Updates(const Arrays&, const State&, const Arrays&)> update, std::string name)
    : rule_(std::make_shared<const OfFunctions>(std::move(init), std::move(update), std::move(name))) {}

std::vector<GradientTransformation::Inner> GradientTransformation::Rule::inner(const Arrays&) const {
  return {};
}

std::optional<Updates> GradientTransformation::Rule::flush(const State&, const Arrays&) const {
  return std::nullopt;
}

std::optional<Updates> GradientTransformation::flush(const State& state, const Arrays& params) const {
  return rule().flush(state, params);
}

const GradientTransformation::Rule& GradientTransformation::rule() const {
  if (!rule_) copse::detail::throw_moved_from("GradientTransformation");
  return *rule_;
}

State GradientTransformation::init(const Arrays& params) const { return rule().init(params); }

Updates GradientTransformation::update(const Arrays& grads, const State& state, const Arrays& params) const {
  if (params.empty() ? rule().needs_params() && !grads.empty() : params.size() != grads.size())
    throw ValueError(fmt::format("GradientTransformation::update: got {} gradients and {} parameters{}",
                                 grads.size(), params.size(),
                                 params.empty() ? ", which this transformation needs" : ""));
  for (const auto& [name, slot] : state.slots)
    if (slot.size() != grads.size())
      throw ValueError(
          fmt::format("GradientTransformation::update: got {} gradients, the state ('{}') is for {}",
                      grads.size(), name, slot.size()));
  return rule().update(grads, state, params);
}

GradientTransformation chain(std::vector<GradientTransformation> transformations) {
  if (transformations.size() == 1) return std::move(transformations.front());
  return make(Chain{std::move(transformations)});
}

Arrays apply_updates(const Arrays& params, const Arrays& updates) {
  if (params.size() != updates.size())
    throw ValueError(
        fmt::format("apply_updates: got {} updates for {} parameters", updates.size(), params.size()));
  return each(params.size(), [&](std::size_t i) {
    if (!params[i].has_value() || !updates[i].has_value()) return params[i];
    return astype(params[i] + updates[i], params[i].dtype());
  });
}

Array global_norm(const Arrays& arrays) {
  Array total;
  for (const Array& a : arrays) {
    const Array wide = a.dtype() == DType::bfloat16 ? astype(a, DType::float32) : a;
    const Array part = sum(square(wide));
    total = total.has_value() ? total + part : part;
  }
  return total.has_value() ? sqrt(total) : zeros({});
}

}  // namespace copse::optim
