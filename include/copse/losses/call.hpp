// Calling a function with arguments found by name: how many it takes is asked of the compiler.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "copse/losses/arguments.hpp"

namespace copse {

/// `CrossEntropy` as `cross_entropy`, `L2` as `l2`, `AUROC` as `auroc`.
std::string snake_case(std::string_view name);

namespace detail {

inline constexpr std::size_t max_named = 6;

template <class F, class A, std::size_t... I>
consteval bool takes(std::index_sequence<I...>) {
  return std::is_invocable_v<F, std::conditional_t<(I >= 0), A, void>...>;
}

// How many arguments of type A a function takes: at least and at most; 0 if none in 1 ... max_named.
struct Arity {
  std::size_t least = 0, most = 0;
};
template <class F, class A>
consteval Arity arity() {
  Arity out;
  [&]<std::size_t... N>(std::index_sequence<N...>) {
    (
        [&] {
          if (!takes<F, A>(std::make_index_sequence<N + 1>{})) return;
          if (out.least == 0) out.least = N + 1;
          out.most = N + 1;
        }(),
        ...);
  }(std::make_index_sequence<max_named>{});
  return out;
}

// Functions of arrays take them as they are, all others (of lists of arrays) the arguments themselves.
template <class F>
inline constexpr bool of_arrays = arity<F, const Array&>().least > 0;
template <class F>
using NamedType = std::conditional_t<of_arrays<F>, const Array&, const Argument&>;

template <class T>
concept NamesArguments = requires { std::string_view(*std::begin(T::arguments)); };

// The names of a function's arguments: those that T lists, or the usual ones.
template <class T, class F>
constexpr auto argument_names(std::string_view single) {
  constexpr Arity count = arity<F, NamedType<F>>();
  if constexpr (NamesArguments<T>) {
    std::array<std::string_view, std::size(T::arguments)> names{};
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = T::arguments[i];
    return names;
  } else if constexpr (count.least == 1) {
    return std::array<std::string_view, 2>{of_arrays<F> ? single : std::string_view("parameters"),
                                           "sample_weight"};
  } else {
    return std::array<std::string_view, 3>{"preds", "target", "sample_weight"};
  }
}

// Finds the arguments of these names: the first `least` must be there, of the rest as many as there are.
// Gives their number. Throws ValueError naming the function and what is missing.
std::size_t find_named(std::span<const std::string_view> names, std::size_t least, bool arrays,
                       const Arguments& arguments, std::string_view function,
                       std::span<const Argument*> found);

/// Calls `f` with arguments found by name. `T` is the struct that it belongs to, `single` the usual name of
/// an only argument.
template <class T, class F>
decltype(auto) call_named(F&& f, const Arguments& arguments, std::string_view function,
                          std::string_view single) {
  using A = NamedType<F>;
  constexpr Arity count = arity<F, A>();
  const auto names = argument_names<T, F>(single);
  constexpr std::size_t known = std::tuple_size_v<std::remove_const_t<decltype(names)>>;
  constexpr std::size_t most = count.most < known ? count.most : known;
  static_assert(
      count.least <= known,
      "copse: a loss or metric with three arguments or more that are not preds, target, sample_weight must "
      "name them: static constexpr std::array arguments{\"preds\", \"inputs\", ...};");
  std::array<const Argument*, most> found{};
  const std::size_t n =
      find_named({names.data(), most}, count.least, of_arrays<F>, arguments, function, found);
  const auto argument = [&](std::size_t i) -> A {
    if constexpr (of_arrays<F>)
      return found[i]->array();
    else
      return *found[i];
  };
  const auto call = [&]<std::size_t... I>(std::index_sequence<I...>) -> decltype(auto) {
    return f(argument(I)...);
  };
  if constexpr (most > count.least) {
    if constexpr (most > count.least + 1)
      if (n == count.least + 1) return call(std::make_index_sequence<count.least + 1>{});
    if (n > count.least) return call(std::make_index_sequence<most>{});
  }
  return call(std::make_index_sequence<count.least>{});
}

}  // namespace detail
}  // namespace copse
