// The untyped part of Optimizer.
#include "copse/optim/optimizer.hpp"

#include <fmt/format.h>

#include <unordered_map>

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
      fmt::format("Optimizer::{}: the state has no hyper-parameter '{}'; a learning rate that is a number is "
                  "there as 'learning_rate', all others with inject_hyperparams; and call init first",
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

bool operator==(const Optimizer& a, const Optimizer& b) {
  Optimizer other = b;
  other.names_ = a.names_;
  return tree_detail::trees_equal(a, other);
}

Optimizer Optimizer::init_leaves(const Arrays& params, std::vector<std::string> names) const {
  if (names.empty()) {
    for (std::size_t i = 0; i < params.size(); ++i) names.push_back(std::to_string(i));
  } else if (names.size() != params.size()) {
    throw ValueError(
        fmt::format("Optimizer::init_leaves: got {} names for {} parameters", names.size(), params.size()));
  }
  Optimizer out = *this;
  out.state_ = transformation_.init(params);
  out.leaf_count_ = static_cast<std::int64_t>(params.size());
  out.names_ = detail::Names(state_names(transformation_, out.state_.get(), params, names));
  return out;
}

Optimizer Optimizer::adapt_leaves(const Arrays& params, std::vector<std::string> names) const {
  Optimizer out = init_leaves(params, std::move(names));
  std::unordered_map<std::string, Array> before;
  const auto name = [](const tree_detail::PathLink* at) { return tree_detail::path_text(at); };
  auto remember = [&](auto slot, const tree_detail::PathLink* at) {
    if (!slot.is_nothing()) before.emplace(name(at), slot.value());
  };
  tree_detail::visit_paths(*this, remember);
  auto go_on = [&](auto slot, const tree_detail::PathLink* at) {
    const auto found = before.find(name(at));
    if (found == before.end() || slot.is_nothing()) return;
    if (found->second.shape() == slot.value().shape() && found->second.dtype() == slot.value().dtype())
      slot.set(found->second);
  };
  tree_detail::visit_paths(out, go_on);
  return out;
}

template <class Self>
void Optimizer::walk_paths(Self& optimizer, const tree_detail::SlotVisitor& f,
                           const tree_detail::PathLink* at) {
  const detail::Names names = optimizer.names_;
  std::size_t place = 0;
  auto visit = [&](auto slot) {
    // A rule of one's own may have changed the form of its state.
    const std::string name = place < names.size() ? names[place] : "state/" + std::to_string(place);
    ++place;
    const tree_detail::PathLink link{at, tree_detail::PathLink::Sort::slashed, name};
    f(slot, &link);
  };
  visit_slots(optimizer.state_, visit);
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

std::optional<std::pair<Arrays, Optimizer>> Optimizer::flush_leaves(const Arrays& params) const {
  if (!initialized()) return std::nullopt;
  if (params.size() != static_cast<std::size_t>(leaf_count_))
    throw ValueError(
        fmt::format("Optimizer::flush: initialised with {} parameters, got {}", leaf_count_, params.size()));
  auto flushed = transformation_.flush(state_.get(), params);
  if (!flushed) return std::nullopt;
  Optimizer next = *this;
  next.state_ = std::move(flushed->second);
  return std::pair{std::move(flushed->first), std::move(next)};
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

namespace copse::tree_detail {

template <>
void TreeCode<optim::Optimizer>::walk_paths(optim::Optimizer& value, const SlotVisitor& f, LeafContext,
                                            const PathLink* at) {
  optim::Optimizer::walk_paths(value, f, at);
}
template <>
void TreeCode<optim::Optimizer>::walk_paths(const optim::Optimizer& value, const SlotVisitor& f, LeafContext,
                                            const PathLink* at) {
  optim::Optimizer::walk_paths(value, f, at);
}

}  // namespace copse::tree_detail
