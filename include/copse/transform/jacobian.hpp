// Derivatives of functions with many results.
#pragma once

#include "copse/ops/create.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/vmap.hpp"

namespace copse {

namespace lift {

// The gradients of each element of f's one result, by one pullback mapped over all of them.
flat::Arrays jacobian(const flat::Function& f, const flat::Arrays& inputs);

}  // namespace lift

/// A function that gives the derivatives of all elements of f's result, an array, with respect to argument I
/// (the first by default): a tree like that argument, each leaf with the result's dimensions in front of its
/// own. By reverse mode, mapped over the elements.
template <std::size_t I = 0, class F>
[[nodiscard]] auto jacobian(F fun) {
  return [callable = copse::detail::Callable(std::move(fun))](const auto&... args) {
    const F& f = callable.get("jacobian");
    static_assert(I < sizeof...(args), "copse: jacobian of an argument that the call does not have");
    const std::tuple<lift::Held<decltype(args)>...> held{args...};
    static_assert(std::is_same_v<lift::RawResult<F, decltype(args)...>, Array>,
                  "copse: jacobian wants a function that returns one array; nothing can be differentiated "
                  "through a C++ number such as item<float>()");
    flat::Arrays inputs;
    lift::collect(std::get<I>(held), inputs);
    const flat::Arrays found = lift::jacobian(
        [&](const flat::Arrays& arrays) {
          auto arguments = held;
          const Array* next = arrays.data();
          std::get<I>(arguments) = lift::fill(std::move(std::get<I>(arguments)), next);
          return flat::Arrays{Array(std::apply(f, std::as_const(arguments)))};
        },
        inputs);
    const Array* next = found.data();
    return lift::fill_or_clear(std::get<I>(held), next);
  };
}

/// A function that gives the second derivatives of f, which returns one number, with respect to argument I,
/// an array: its dimensions twice.
template <std::size_t I = 0, class F>
[[nodiscard]] auto hessian(F f) {
  return [derivative = jacobian<I>(grad<I>(std::move(f)))](const auto&... args) {
    static_assert(
        std::is_same_v<lift::Held<std::tuple_element_t<I, std::tuple<decltype(args)...>>>, Array>,
        "copse: hessian wants an argument that is an array; for a tree, use jacobian of a function that "
        "returns the part of the gradient that you want");
    return derivative(args...);
  };
}

}  // namespace copse
