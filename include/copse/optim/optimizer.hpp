// Optimizer: a gradient transformation and its state in one immutable tree.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/optim/transformation.hpp"
#include "copse/tree/field.hpp"
#include "copse/tree/path.hpp"

namespace copse::optim {

namespace detail {

// Which leaves of a tree an optimizer changes: the trainable parameters; every floating-point array where no
// leaf has a kind.
template <class T>
std::vector<std::uint8_t> chosen(const T& tree) {
  std::vector<std::uint8_t> out;
  bool kinds = false;
  visit_slots(tree, [&](auto slot) { kinds = kinds || slot.kind() != KindId(); });
  visit_slots(tree, [&](auto slot) {
    if constexpr (std::same_as<typename decltype(slot)::value_type, Array>)
      out.push_back(!slot.is_nothing() && (kinds ? slot.trainable() : true) &&
                    is_floating(slot.value().dtype()));
    else
      out.push_back(false);
  });
  return out;
}

// The arrays at the chosen places; those without a value are left out.
template <class T>
Arrays collect(const T& tree, const std::vector<std::uint8_t>& chosen) {
  Arrays out;
  std::size_t place = 0;
  visit_slots(tree, [&](auto slot) {
    const bool wanted = place < chosen.size() && chosen[place];
    ++place;
    if constexpr (std::same_as<typename decltype(slot)::value_type, Array>)
      if (wanted && !slot.is_nothing()) out.push_back(slot.value());
  });
  return out;
}

// The paths of the chosen places; a tree that is one leaf calls it `value`.
template <class T>
std::vector<std::string> paths(const T& tree, const std::vector<std::uint8_t>& chosen) {
  std::vector<std::string> out;
  std::size_t place = 0;
  auto visit = [&](auto, const tree_detail::PathLink* at) {
    if (!chosen[place++]) return;
    out.push_back(at == nullptr ? "value" : tree_detail::path_text(at));
  };
  tree_detail::visit_paths(tree, visit);
  return out;
}

// A copy of a tree with other arrays at the chosen places; the rest becomes Nothing if `clear`.
template <class T>
T replaced(T tree, const std::vector<std::uint8_t>& chosen, Arrays arrays, bool clear) {
  std::size_t place = 0, next = 0;
  visit_slots(tree, [&](auto slot) {
    const bool wanted = chosen[place++];
    if constexpr (std::same_as<typename decltype(slot)::value_type, Array>) {
      if (wanted)
        slot.set(std::move(arrays[next++]));
      else if (clear)
        slot.clear();
    }
  });
  return tree;
}

// A list of names that is copied in O(1). Equal to one with the same names.
class Names {
 public:
  Names() = default;
  explicit Names(std::vector<std::string> names)
      : names_(std::make_shared<const std::vector<std::string>>(std::move(names))) {}
  std::size_t size() const { return names_ ? names_->size() : 0; }
  const std::string& operator[](std::size_t i) const { return (*names_)[i]; }
  friend bool operator==(const Names& a, const Names& b) {
    return a.names_ == b.names_ || (a.names_ && b.names_ && *a.names_ == *b.names_);
  }

 private:
  std::shared_ptr<const std::vector<std::string>> names_;
};

}  // namespace detail
}  // namespace copse::optim

template <>
struct std::hash<copse::optim::detail::Names> {
  std::size_t operator()(const copse::optim::detail::Names& names) const noexcept { return names.size(); }
};

namespace copse::optim {

/// A gradient transformation (static) and its state (a node of the kind OptState), to be a member of any
/// struct.
///
/// What it changes in a tree are the trainable parameters, all else passes through; in a tree whose leaves
/// have no kinds at all, every floating-point array counts as a parameter. The state depends on the list of
/// these leaves alone, not on the tree they are in; its arrays have the leaves' paths in their own, after a
/// slash: `optimizer/adam/mu/encoder.kernel`.
class Optimizer {
 public:
  /// An optimizer that does nothing.
  Optimizer();
  Optimizer(GradientTransformation transformation);
  // Compiled once, and not in each program: copies of what a trainer keeps are much of its code.
  Optimizer(const Optimizer&);
  Optimizer(Optimizer&&) noexcept;
  Optimizer& operator=(const Optimizer&);
  Optimizer& operator=(Optimizer&&) noexcept;
  ~Optimizer();

  /// The optimizer with its state before the first step.
  template <class T>
  [[nodiscard]] Optimizer init(const T& params) const {
    const auto chosen = detail::chosen(params);
    return init_leaves(detail::collect(params, chosen), detail::paths(params, chosen));
  }

  /// The optimizer for other parameters, or others of them trainable: what has the same path and type goes
  /// on, all else begins anew.
  template <class T>
  [[nodiscard]] Optimizer adapt(const T& params) const {
    const auto chosen = detail::chosen(params);
    return adapt_leaves(detail::collect(params, chosen), detail::paths(params, chosen));
  }

  /// What is to be added to the parameters (a tree like `grads`, Nothing where there is nothing to update),
  /// and the optimizer for the next step. Throws ValueError before `init`, or if there are not as many leaves
  /// as then.
  template <class T>
  [[nodiscard]] std::pair<T, Optimizer> update(const T& grads, const T& params) const {
    const auto chosen = detail::chosen(params);
    auto [updates, next] = update_leaves(detail::collect(grads, chosen), detail::collect(params, chosen));
    return {detail::replaced(grads, chosen, std::move(updates), true), std::move(next)};
  }

  /// The parameters with the updates added, in their own dtypes, and the optimizer for the next step. Takes
  /// whole modules, too.
  template <class T>
  [[nodiscard]] std::pair<T, Optimizer> step(const T& grads, T params) const {
    const auto chosen = detail::chosen(params);
    const Arrays before = detail::collect(params, chosen);
    auto [updates, next] = update_leaves(detail::collect(grads, chosen), before);
    return {detail::replaced(std::move(params), chosen, apply_updates(before, updates), false),
            std::move(next)};
  }

  /// The parameters and the optimizer after an update by the gradients that MultiSteps has gathered so far;
  /// as they were if there are none. Cannot be compiled.
  template <class T>
  [[nodiscard]] std::pair<T, Optimizer> flush(T params) const {
    const auto chosen = detail::chosen(params);
    const Arrays before = detail::collect(params, chosen);
    auto flushed = flush_leaves(before);
    if (!flushed) return {std::move(params), *this};
    return {detail::replaced(std::move(params), chosen, apply_updates(before, flushed->first), false),
            std::move(flushed->second)};
  }

  /// The same on lists of leaves. Without names they are called by their place in the list: `adam/mu/0`.
  [[nodiscard]] Optimizer init_leaves(const Arrays& params, std::vector<std::string> names = {}) const;
  [[nodiscard]] Optimizer adapt_leaves(const Arrays& params, std::vector<std::string> names = {}) const;
  [[nodiscard]] std::pair<Arrays, Optimizer> update_leaves(const Arrays& grads, const Arrays& params) const;
  [[nodiscard]] std::optional<std::pair<Arrays, Optimizer>> flush_leaves(const Arrays& params) const;

  /// Whether there is a state.
  bool initialized() const { return leaf_count_ >= 0; }
  const GradientTransformation& transformation() const { return transformation_; }
  const State& state() const { return state_.get(); }

  /// A hyper-parameter that is part of the state, `learning_rate` where that is a number, or one of
  /// inject_hyperparams: what it was in the last step.
  /// Throws ValueError if there is none of that name.
  Array hyperparam(std::string_view name) const;
  /// The optimizer with a hyper-parameter set, if it is a number and not a schedule.
  [[nodiscard]] Optimizer with_hyperparam(std::string_view name, const Array& value) const;

  static constexpr auto fields() {
    return std::tuple{
        std::pair{"transformation", &Optimizer::transformation_}, std::pair{"state", &Optimizer::state_},
        std::pair{"leaf_count", &Optimizer::leaf_count_}, std::pair{"names", &Optimizer::names_}};
  }
  /// Whether transformation and state are equal; the names of the state's arrays are not asked for.
  friend bool operator==(const Optimizer& a, const Optimizer& b);

 private:
  friend struct tree_detail::TreeCode<Optimizer>;
  template <class Self>
  static void walk_paths(Self& optimizer, const tree_detail::SlotVisitor& f, const tree_detail::PathLink* at);

  GradientTransformation transformation_;
  Field<OptStateKind, State> state_{};
  std::int64_t leaf_count_ = -1;
  detail::Names names_{};  // of the leaves of the state
};

}  // namespace copse::optim

namespace copse::tree_detail {

// The paths of an optimizer's state are not those of its members.
template <>
void TreeCode<optim::Optimizer>::walk_paths(optim::Optimizer& value, const SlotVisitor& f,
                                            LeafContext context, const PathLink* at);
template <>
void TreeCode<optim::Optimizer>::walk_paths(const optim::Optimizer& value, const SlotVisitor& f,
                                            LeafContext context, const PathLink* at);

}  // namespace copse::tree_detail
