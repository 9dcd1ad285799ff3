// The untyped part of Optimizer.
#include "copse/optim/optimizer.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/tree.hpp"

namespace copse::optim {
namespace {

// The state that has a hyper-parameter of that name.
template <class S>
S* holder_of(S& state, const std::string& name) {
  if (state.scalars.count(name) && name != "count") return &state;
  for (auto& part : state.parts)
    if (S* found = holder_of(part, name)) return found;
  return nullptr;
}

[[noreturn]] void no_hyperparam(const char* function, std::string_view name) {
  throw ValueError(
      fmt::format("Optimizer::{}: the state has no hyper-parameter '{}'; make the optimizer with "
                  "inject_hyperparams, and call init",
                  function, name));
}

}  // namespace

Optimizer::Optimizer() = default;
Optimizer::Optimizer(GradientTransformation transformation) : transformation_(std::move(transformation)) {}
Optimizer::Optimizer(const Optimizer&) = default;
Optimizer::Optimizer(Optimizer&&) noexcept = default;
Optimizer& Optimizer::operator=(const Optimizer&) = default;
Optimizer& Optimizer::operator=(Optimizer&&) noexcept = default;
Optimizer::~Optimizer() = default;

Optimizer Optimizer::init_leaves(const Arrays& params) const {
  Optimizer out = *this;
  out.state_ = transformation_.init(params);
  out.leaf_count_ = static_cast<std::int64_t>(params.size());
  return out;
}

std::pair<Arrays, Optimizer> Optimizer::update_leaves(const Arrays& grads, const Arrays& params) const {
  if (!initialized())
    throw ValueError("Optimizer: it has no state yet: call init(params) before update or step");
  const auto wanted = static_cast<std::size_t>(leaf_count_);
  if (params.size() != wanted || grads.size() != wanted)
    throw ValueError(
        fmt::format("Optimizer: initialised with {} parameters, got {} parameters and {} gradients for them",
                    wanted, params.size(), grads.size()));
  for (std::size_t i = 0; i < wanted; ++i)
    if (grads[i].shape() != params[i].shape())
      throw ShapeError(fmt::format("Optimizer: gradient {} has the type {}, its parameter {}", i,
                                   to_string(grads[i].type()), to_string(params[i].type())));
  auto [updates, state] = transformation_.update(grads, state_.get(), params);
  Optimizer next = *this;
  next.state_ = std::move(state);
  return {std::move(updates), std::move(next)};
}

Array Optimizer::hyperparam(std::string_view name) const {
  const std::string key(name);
  const State* holder = holder_of(state_.get(), key);
  if (!holder) no_hyperparam("hyperparam", name);
  return holder->scalars.at(key);
}

Optimizer Optimizer::with_hyperparam(std::string_view name, const Array& value) const {
  Optimizer out = *this;
  const std::string key(name);
  State* holder = holder_of(out.state_.get(), key);
  if (!holder) no_hyperparam("with_hyperparam", name);
  Array& at = holder->scalars.at(key);
  if (!value.shape().empty())
    throw ShapeError(fmt::format("Optimizer::with_hyperparam: '{}' wants a scalar, got {}", name,
                                 to_string(value.type())));
  at = astype(value, at.dtype());
  return out;
}

}  // namespace copse::optim
