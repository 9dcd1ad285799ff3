// What the arrays of optimizers' states are called.
#include <fmt/format.h>

#include <set>

#include "copse/optim/transformation.hpp"

namespace copse::optim {
namespace {

using Names = std::vector<std::string>;

class Namer {
 public:
  void name(const GradientTransformation& transformation, const State& state, const Arrays& params,
            const Names& param_names, const std::string& scope) {
    const auto& rule = transformation.rule();
    const auto inner = rule.inner(params);
    const bool known = inner.size() == state.parts.size();
    std::string level;
    if (!state.scalars.empty() || !state.slots.empty() || !known) level = unused(scope + rule.name());
    own(state, level, param_names);
    for (std::size_t i = 0; i < state.parts.size(); ++i) {
      if (known) {
        part(inner[i], state.parts[i], params, param_names, scope);
      } else {
        plain(state.parts[i], fmt::format("{}/{}", level, i), param_names);
      }
    }
  }

  Names out;

 private:
  void own(const State& state, const std::string& level, const Names& param_names) {
    for (const auto& [name, value] : state.scalars) out.push_back(level + "/" + name);
    for (const auto& [name, slot] : state.slots) {
      for (std::size_t i = 0; i < slot.size(); ++i)
        out.push_back(fmt::format("{}/{}/{}", level, name,
                                  slot.size() == param_names.size() ? param_names[i] : std::to_string(i)));
    }
  }

  void part(const GradientTransformation::Inner& inner, const State& state, const Arrays& params,
            const Names& param_names, const std::string& scope) {
    const std::string inside = inner.group.empty() ? scope : unused(scope + inner.group) + "/";
    if (!inner.leaves) return name(inner.transformation, state, params, param_names, inside);
    Arrays some;
    Names some_names;
    for (std::size_t i = 0; i < params.size(); ++i) {
      if (!(*inner.leaves)[i]) continue;
      some.push_back(params[i]);
      some_names.push_back(param_names[i]);
    }
    name(inner.transformation, state, some, some_names, inside);
  }

  // A state of which nothing is known but its form.
  void plain(const State& state, const std::string& level, const Names& param_names) {
    own(state, level, param_names);
    for (std::size_t i = 0; i < state.parts.size(); ++i)
      plain(state.parts[i], fmt::format("{}/{}", level, i), param_names);
  }

  std::string unused(const std::string& name) {
    std::string out = name;
    for (int i = 2; !used_.insert(out).second; ++i) out = fmt::format("{}_{}", name, i);
    return out;
  }

  std::set<std::string> used_;
};

}  // namespace

std::vector<std::string> state_names(const GradientTransformation& transformation, const State& state,
                                     const Arrays& params, const std::vector<std::string>& param_names) {
  Namer namer;
  namer.name(transformation, state, params, param_names, "");
  return std::move(namer.out);
}

}  // namespace copse::optim
