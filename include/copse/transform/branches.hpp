// Choices inside of functions that are transformed: all sides are recorded, one is run.
#pragma once

#include <array>

#include "copse/ops/elementwise.hpp"
#include "copse/trace/control.hpp"
#include "copse/transform/lift.hpp"

namespace copse {

namespace lift {

Array branch_index(const char* function, const Array& index);
// "branches 0 and 2"; those of cond have other names.
std::string branch_names(std::string_view function, std::size_t branch);
// Throws TreeError, ShapeError or DTypeError unless all branches give results alike.
void check_branches(const char* function, std::size_t branch, const std::vector<std::string>& paths,
                    std::span<const ShapeDtype> first, std::span<const ShapeDtype> other);

template <class Out, class... Args>
Out choose(const char* function, const Array& index,
           const std::vector<std::function<Out(const Args&...)>>& branches,
           const std::tuple<Args...>& arguments) try {
  flat::Arrays inputs;
  collect(arguments, inputs);
  const std::vector<ShapeDtype> types = types_of(arguments);
  std::vector<flat::Recorded> recorded;
  std::optional<Out> result;
  std::vector<ShapeDtype> first;
  for (std::size_t b = 0; b < branches.size(); ++b) {
    auto one = record_call(function, branches[b], arguments, types);
    if (!result) {
      result.emplace(std::move(one.result));
      first = types_of(*result);
    } else {
      if (const auto at =
              structure_equal(*result, one.result) ? std::nullopt : first_difference(*result, one.result))
        throw TreeError(std::string(function) + ": " + branch_names(function, b) +
                        " give different structures: " + (at->path.empty() ? "the root" : at->path) + ": " +
                        at->left + " vs " + at->right);
      std::vector<std::string> paths;
      for (const auto& [info, leaf] : leaves_with_path(*result)) paths.push_back(info.path);
      check_branches(function, b, paths, first, types_of(one.result));
    }
    recorded.push_back(std::move(one.recorded));
  }
  const flat::Arrays found = flat::branch(index, std::move(recorded), inputs);
  const Array* next = found.data();
  return fill(std::move(*result), next);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory(function);
}

}  // namespace lift

/// `then(args...)` where `condition` is true, else `otherwise(args...)`. Both are recorded, whichever is run,
/// and must give results of the same structure, shapes and dtypes. Under vmap with a condition for each
/// element both are run. Throws DTypeError unless the condition is one bool.
template <class Then, class Else, class... Args>
[[nodiscard]] auto cond(const Array& condition, const Then& then, const Else& otherwise,
                        const Args&... args) {
  using Out = lift::CallResult<Then, Args...>;
  static_assert(std::is_same_v<Out, lift::CallResult<Else, Args...>>,
                "copse: both branches of cond must return the same type");
  using Branch = std::function<Out(const lift::Held<Args>&...)>;
  if (!condition.shape().empty() || condition.dtype() != DType::bool_)
    throw DTypeError("cond: the condition must be one bool, got " + to_string(condition.type()));
  return lift::choose<Out, lift::Held<Args>...>("cond", astype(condition, DType::int32),
                                                {Branch(std::cref(otherwise)), Branch(std::cref(then))},
                                                std::tuple<lift::Held<Args>...>(args...));
}

/// The branch of that number, applied to the arguments; numbers below 0 and past the last mean the first and
/// the last. Branches come in a tuple, or in a vector or array of functions of one type.
template <class... Branches, class... Args>
[[nodiscard]] auto switch_(const Array& index, const std::tuple<Branches...>& branches, const Args&... args) {
  static_assert(sizeof...(Branches) > 0, "copse: switch_ needs a branch");
  using Out = lift::CallResult<std::tuple_element_t<0, std::tuple<Branches...>>, Args...>;
  static_assert((std::is_same_v<Out, lift::CallResult<Branches, Args...>> && ...),
                "copse: all branches of switch_ must return the same type");
  using Branch = std::function<Out(const lift::Held<Args>&...)>;
  return lift::choose<Out, lift::Held<Args>...>(
      "switch_", lift::branch_index("switch_", index),
      std::apply([](const auto&... b) { return std::vector<Branch>{Branch(std::cref(b))...}; }, branches),
      std::tuple<lift::Held<Args>...>(args...));
}

template <class Branches, class... Args>
  requires requires(const Branches& b) { b.begin(); }
[[nodiscard]] auto switch_(const Array& index, const Branches& branches, const Args&... args) {
  using Out = lift::CallResult<typename Branches::value_type, Args...>;
  using Branch = std::function<Out(const lift::Held<Args>&...)>;
  if (branches.begin() == branches.end()) throw ValueError("switch_: there are no branches");
  std::vector<Branch> all;
  for (const auto& b : branches) all.push_back(Branch(std::cref(b)));
  return lift::choose<Out, lift::Held<Args>...>("switch_", lift::branch_index("switch_", index), all,
                                                std::tuple<lift::Held<Args>...>(args...));
}

}  // namespace copse
