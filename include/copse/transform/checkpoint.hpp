// Gradients that take less memory.
#pragma once

#include "copse/trace/control.hpp"
#include "copse/transform/lift.hpp"

namespace copse {

/// The same function, of which a gradient keeps nothing but the arguments: what f computes on the way is
/// computed again. Costs time, saves memory. jax.checkpoint.
template <class F>
[[nodiscard]] auto checkpoint(F fun) {
  return [callable = copse::detail::Callable(std::move(fun))](const auto&... args) {
    const F& f = callable.get("checkpoint");
    using Out = lift::CallResult<F, decltype(args)...>;
    const std::tuple<lift::Held<decltype(args)>...> held{args...};
    if (!current_trace()) return Out(std::apply(f, held));
    flat::Arrays inputs;
    lift::collect(held, inputs);
    auto [recorded, result] = lift::record_call("checkpoint", f, held, lift::types_of(held));
    const flat::Arrays found = flat::checkpoint(std::move(recorded), inputs);
    const Array* next = found.data();
    return Out(lift::fill(std::move(result), next));
  };
}

}  // namespace copse
