// Reverse-mode derivatives of functions on trees.
#pragma once

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/transform/lift.hpp"

namespace copse {

namespace lift {

[[noreturn]] void not_scalar(const char* function, const Array& value);
[[noreturn]] void not_differentiable(const char* function, std::size_t number, const Array& argument);

// An array that is an argument must be one that can be differentiated; a tree may hold what it likes.
template <class T>
void check_argument(const char* function, std::size_t number, const T& argument) {
  if constexpr (std::is_same_v<T, Array>)
    if (argument.has_value() && !is_floating(argument.dtype()))
      not_differentiable(function, number, argument);
}

// Whether a type is one array, or reads like one (a Parameter).
template <class T>
inline constexpr bool reads_as_array = std::is_convertible_v<const T&, const Array&>;

// Whether the value of a result, the first of a pair, is an array; a C++ number is none.
template <class Out>
constexpr bool differentiable_result() {
  if constexpr (is_pair<Out>)
    return differentiable_result<typename Out::first_type>();
  else
    return reads_as_array<Out> && !Scalar<std::remove_cvref_t<Out>>;
}

// Differentiates a call: the result as it came, and gradients of the chosen arguments.
template <std::size_t... I, class F, class... H>
auto differentiate(const char* function, const F& f, const std::tuple<H...>& held,
                   std::index_sequence<I...>) try {
  using Raw = std::invoke_result_t<const F&, const H&...>;
  using Out = Result<Raw>;
  static_assert(((I < sizeof...(H)) && ...), "copse: grad of an argument that the call does not have");
  static_assert(differentiable_result<std::remove_cvref_t<Raw>>(),
                "copse: a function given to grad must return one number as an Array, or a pair of that and "
                "anything else; nothing can be differentiated through a C++ number such as item<float>()");
  (check_argument(function, I, std::get<I>(held)), ...);
  flat::Arrays inputs;
  (collect(std::get<I>(held), inputs), ...);
  const std::vector<std::uint8_t> wanted(inputs.size(), 1);
  std::optional<Out> result;
  const flat::Vjp found = flat::vjp(
      [&](const flat::Arrays& arrays) {
        std::tuple<H...> arguments = held;
        const Array* next = arrays.data();
        ((std::get<I>(arguments) = fill(std::move(std::get<I>(arguments)), next)), ...);
        result.emplace(std::apply(f, std::as_const(arguments)));
        flat::Arrays outputs;
        collect(*result, outputs);
        return outputs;
      },
      inputs, wanted);
  const Array* next = found.outputs.data();
  Out value = fill(std::move(*result), next);
  const Array* scalar = nullptr;
  if constexpr (is_pair<Out>)
    scalar = &static_cast<const Array&>(value.first);
  else
    scalar = &static_cast<const Array&>(value);
  if (!scalar->shape().empty() || !is_floating(scalar->dtype())) not_scalar(function, *scalar);
  flat::Arrays cotangents(found.outputs.size());
  cotangents[0] = ones_like(*scalar);
  flat::Arrays gradients = found.pullback(cotangents);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!gradients[i].has_value() && is_floating(inputs[i].dtype())) gradients[i] = zeros_like(inputs[i]);
  const Array* gradient = gradients.data();
  auto trees = std::tuple{fill_or_clear(std::get<I>(held), gradient)...};
  if constexpr (sizeof...(I) == 1)
    return std::pair{std::move(value), std::get<0>(std::move(trees))};
  else
    return std::pair{std::move(value), std::move(trees)};
} catch (const std::bad_alloc&) {
  detail::out_of_memory(function);
}

template <std::size_t... I>
struct Chosen {
  using type = std::index_sequence<I...>;
};
template <>
struct Chosen<> {
  using type = std::index_sequence<0>;
};

}  // namespace lift

/// A function that gives f's value and its gradient with respect to argument I (the first by default; a tuple
/// if several are named). f returns one number, or a pair of that and anything else. The gradient of a tree
/// is a tree of the same type, Nothing where there is nothing to differentiate. Throws ShapeError if f's
/// value is not a scalar, and DTypeError if an argument is one array of integers.
template <std::size_t... I, class F>
[[nodiscard]] auto value_and_grad(F f) {
  return [f = copse::detail::Callable(std::move(f))](const auto&... args) {
    const std::tuple<lift::Held<decltype(args)>...> held{args...};
    return lift::differentiate("value_and_grad", f.get("value_and_grad"), held,
                               typename lift::Chosen<I...>::type{});
  };
}

/// A function that gives f's gradient alone; with a pair as f's result, a pair of the gradient and the rest.
template <std::size_t... I, class F>
[[nodiscard]] auto grad(F f) {
  return [f = copse::detail::Callable(std::move(f))](const auto&... args) {
    const std::tuple<lift::Held<decltype(args)>...> held{args...};
    auto [value, gradient] =
        lift::differentiate("grad", f.get("grad"), held, typename lift::Chosen<I...>::type{});
    if constexpr (lift::is_pair<decltype(value)>)
      return std::pair{std::move(gradient), std::move(value.second)};
    else
      return std::move(gradient);
  };
}

/// The value of f and its pullback: a function that takes a cotangent, a tree like the value, and gives the
/// gradients of all arguments (a tuple if there are several). A cotangent that is Nothing is zero; those of
/// integers are ignored. The pullback throws TreeError, ShapeError or DTypeError if the cotangent is not like
/// the value.
template <class F, class... Args>
[[nodiscard]] auto vjp(F f, const Args&... args) try {
  static_assert(!lift::is_number_result<lift::RawResult<F, Args...>>,
                "copse: a function given to vjp must return arrays; nothing can be differentiated through a "
                "C++ number such as item<float>()");
  using Held = std::tuple<lift::Held<Args>...>;
  using Out = lift::CallResult<F, Args...>;
  Held held{args...};
  flat::Arrays inputs;
  lift::collect(held, inputs);
  std::optional<Out> result;
  flat::Vjp found = flat::vjp(
      [&](const flat::Arrays& arrays) {
        result.emplace(lift::call(f, held, arrays));
        flat::Arrays outputs;
        lift::collect(*result, outputs);
        return outputs;
      },
      inputs, std::vector<std::uint8_t>(inputs.size(), 1));
  const Array* next = found.outputs.data();
  Out value = lift::fill(std::move(*result), next);
  auto pullback = [held, inputs, like = lift::skeleton(value), types = lift::slot_types(value),
                   pull = copse::detail::Callable(std::move(found.pullback))](const Out& cotangent) {
    const flat::Pullback& pull_back = pull.get("vjp: the pullback");
    flat::Arrays gradients =
        pull_back(lift::directions_like("vjp: the cotangent", types, lift::slots_of(cotangent),
                                        [&](std::size_t i) { return lift::path_at(like, i); }));
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (!gradients[i].has_value() && is_floating(inputs[i].dtype())) gradients[i] = zeros_like(inputs[i]);
    const Array* at = gradients.data();
    Held trees = lift::fill_or_clear(held, at);
    if constexpr (sizeof...(Args) == 1)
      return std::get<0>(std::move(trees));
    else
      return trees;
  };
  return std::pair{std::move(value), std::move(pullback)};
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("vjp");
}

}  // namespace copse
