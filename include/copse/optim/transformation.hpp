// Gradient transformations: what optimizers are made of, on lists of arrays.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"

namespace copse::optim {

/// The leaves that an optimizer works on.
using Arrays = std::vector<Array>;

/// What a transformation remembers from one step to the next: a plain tree, whose form depends on the
/// transformation and on the number of leaves alone.
struct State {
  std::map<std::string, Array> scalars{};  ///< one number each: `count`, hyper-parameters
  std::map<std::string, Arrays> slots{};   ///< one array for each leaf: `mu`, `nu`, `trace`
  std::vector<State> parts{};              ///< of the transformations that this one consists of
};

/// Updates, and the state for the next step.
using Updates = std::pair<Arrays, State>;

/// A rule that turns gradients into updates to be added to the parameters: a value, copied in O(1). Two are
/// equal if they are copies of one, or of one sort with equal numbers; those made of functions are equal only
/// to their copies. Using one that has been moved from throws ValueError.
class GradientTransformation {
 public:
  /// A transformation inside of another one.
  struct Inner;
  /// What a transformation does. Its functions are built of functions on arrays, so that they can be
  /// recorded, and read no values.
  class Rule {
   public:
    virtual ~Rule() = default;
    virtual State init(const Arrays& params) const = 0;
    virtual Updates update(const Arrays& grads, const State& state, const Arrays& params) const = 0;
    /// The updates for gradients that the state has gathered and not yet used, and the state without them;
    /// nullopt if it has gathered none. May read values of the state.
    virtual std::optional<Updates> flush(const State& state, const Arrays& params) const;
    virtual bool equal(const Rule& other) const = 0;
    virtual std::size_t hash() const = 0;
    /// Whether `update` reads the parameters.
    virtual bool needs_params() const { return true; }
    /// What the numbers of its state are called in files: `adam`.
    virtual std::string name() const { return "custom"; }
    /// The transformations that it is made of, in the order of its state's parts.
    virtual std::vector<Inner> inner(const Arrays& params) const;
  };

  /// Gives the gradients back as they are.
  GradientTransformation();
  explicit GradientTransformation(std::shared_ptr<const Rule> rule) : rule_(std::move(rule)) {}
  /// One of one's own, and what its state is called in files.
  GradientTransformation(std::function<State(const Arrays&)> init,
                         std::function<Updates(const Arrays&, const State&, const Arrays&)> update,
                         std::string name = "custom");

  /// The state before the first step.
  [[nodiscard]] State init(const Arrays& params) const;
  /// Updates for these gradients. Throws ValueError if there are not as many gradients and parameters as the
  /// state is for, or if the parameters are left out and the rule needs them.
  [[nodiscard]] Updates update(const Arrays& grads, const State& state, const Arrays& params = {}) const;

  /// Updates for the gradients that MultiSteps has gathered, as if as many had come as it waits for; nullopt
  /// if there are none. Reads values of the state, so that it cannot be compiled.
  [[nodiscard]] std::optional<Updates> flush(const State& state, const Arrays& params) const;

  const Rule& rule() const;
  /// Equal for those that are equal; 0 for one that has been moved from.
  std::size_t hash() const noexcept { return rule_ ? rule_->hash() : 0; }

  friend bool operator==(const GradientTransformation& a, const GradientTransformation& b) {
    return a.rule_ == b.rule_ || (a.rule_ && b.rule_ && a.rule_->equal(*b.rule_));
  }

 private:
  std::shared_ptr<const Rule> rule_;
};

struct GradientTransformation::Inner {
  GradientTransformation transformation;
  std::string group{};                        ///< a level of its own in names: the label of a partition
  std::optional<std::vector<bool>> leaves{};  ///< which leaves it is for, if not all
};

/// What the arrays of a state are called, in the order of its leaves: `adam/mu/encoder.kernel`. First comes
/// what they are numbers of, then which, then the parameter that they belong to. Of chains and of
/// transformations around others, each is named by itself, so that a link more or less renames nothing; the
/// second of one name is `adam_2`.
[[nodiscard]] std::vector<std::string> state_names(const GradientTransformation& transformation,
                                                   const State& state, const Arrays& params,
                                                   const std::vector<std::string>& param_names);

/// Transformations one after the other, each given the updates of the one before.
[[nodiscard]] GradientTransformation chain(std::vector<GradientTransformation> transformations);
template <std::convertible_to<GradientTransformation>... More>
[[nodiscard]] GradientTransformation chain(GradientTransformation first, More... more) {
  return chain(std::vector<GradientTransformation>{std::move(first), std::move(more)...});
}

/// Parameters with updates added, in the parameters' own dtypes. Leaves without a value stay so.
[[nodiscard]] Arrays apply_updates(const Arrays& params, const Arrays& updates);

/// The square root of the sum of the squares of all elements of all arrays.
[[nodiscard]] Array global_norm(const Arrays& arrays);

}  // namespace copse::optim

template <>
struct std::hash<copse::optim::GradientTransformation> {
  std::size_t operator()(const copse::optim::GradientTransformation& t) const noexcept { return t.hash(); }
};
