// Layers one after the other.
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "copse/nn/scope.hpp"

namespace copse::nn {

namespace detail {

// A layer or a plain function on one input. Elements that take a scope become known to it.
template <class Layer, class X>
decltype(auto) run_layer(Layer& layer, Scope& scope, const X& x) {
  if constexpr (std::is_invocable_v<Layer&, Scope&, const X&>) {
    const auto call = scope.enter(layer);
    return layer(scope, x);
  } else {
    static_assert(std::is_invocable_v<Layer&, const X&>,
                  "copse: a layer of a Sequential cannot be called with what the layer before it returns");
    return layer(x);
  }
}

template <std::size_t I = 0, class... Layers, class X>
auto run_layers(std::tuple<Layers...>& layers, Scope& scope, const X& x) {
  if constexpr (I == sizeof...(Layers)) {
    return x;
  } else {
    return run_layers<I + 1>(layers, scope, run_layer(std::get<I>(layers), scope, x));
  }
}

}  // namespace detail

/// A plain function as a layer: `Lambda{[](const Array& x) { return relu(x) + 1; }}`.
template <class F>
struct Lambda {
  F f;

  template <class X>
  auto operator()(Scope&, const X& x) const {
    return f(x);
  }
};

template <class F>
Lambda(F) -> Lambda<F>;

/// Runs layers and plain functions one after the other: `Sequential{Linear{16}, relu, Dropout{0.1},
/// Linear{3}}`. Functions are static parts.
template <class... Layers>
class Sequential {
 public:
  Sequential() = default;
  explicit Sequential(Layers... all)
    requires(sizeof...(Layers) > 0)
      : layers(std::move(all)...) {}

  template <class X>
  auto operator()(Scope& scope, const X& x) {
    return detail::run_layers(layers, scope, x);
  }

  static constexpr auto fields() { return std::tuple{std::pair{"layers", &Sequential::layers}}; }

  std::tuple<Layers...> layers;
};

template <class... Layers>
Sequential(Layers...) -> Sequential<Layers...>;

/// A function that calls functions one after the other.
template <class... Fs>
[[nodiscard]] auto sequence(Fs... fs) {
  return [... fs = std::move(fs)](auto x) {
    ((void)(x = fs(std::as_const(x))), ...);
    return x;
  };
}

}  // namespace copse::nn
