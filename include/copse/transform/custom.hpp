// Functions with derivatives of one's own.
#pragma once

#include "copse/trace/control.hpp"
#include "copse/transform/lift.hpp"

namespace copse {

namespace lift {

void check_gradient_count(std::size_t got, std::size_t wanted);
// Throws TreeError unless the results of forward have their arrays where the function's have theirs.
void check_forward(const SlotTypes& got, const SlotTypes& wanted);

// A gradient's leaves in the places of the argument's arrays.
template <class T>
void gradient_arrays(const T& argument, const T& gradient, flat::Arrays& out) {
  const flat::Arrays mine = slots_of(argument), theirs = slots_of(gradient);
  check_gradient_count(theirs.size(), mine.size());
  for (std::size_t i = 0; i < mine.size(); ++i)
    if (mine[i].has_value()) out.push_back(theirs[i]);
}

template <class T>
T filled_with(T tree, const flat::Arrays& arrays) {
  const Array* next = arrays.data();
  return fill(std::move(tree), next);
}

}  // namespace lift

/// f with a gradient of its own. `forward(args...) -> pair(result, kept)` runs in its place when it is
/// differentiated; `backward(kept, cotangent)` gives the gradients of the arguments: a tuple, or one tree if
/// there is one argument, Nothing where there is none. Everything that is differentiated must be an argument,
/// else ValueError. Serves forward mode, too, where the gradient is linear in the cotangent. jax.custom_vjp.
template <class F, class Forward, class Backward>
[[nodiscard]] auto custom_vjp(F fun, Forward forward, Backward backward) {
  return [callable = copse::detail::Callable(std::move(fun)), forward = std::move(forward),
          backward = std::move(backward)](const auto&... args) {
    const F& f = callable.get("custom_vjp");
    using Out = lift::CallResult<F, decltype(args)...>;
    using Both =
        std::remove_cvref_t<std::invoke_result_t<const Forward&, const lift::Held<decltype(args)>&...>>;
    using Kept = lift::Held<typename Both::second_type>;
    static_assert(std::is_same_v<lift::Held<typename Both::first_type>, Out>,
                  "copse: the forward function of custom_vjp must return a pair of f's result and what the "
                  "gradient needs");
    const std::tuple<lift::Held<decltype(args)>...> held{args...};
    if (!current_trace()) return Out(std::apply(f, held));
    flat::Arrays inputs;
    lift::collect(held, inputs);
    auto [recorded, result] = lift::record_call("custom_vjp", f, held, lift::types_of(held));
    const auto kept = std::make_shared<std::optional<Kept>>();
    flat::GradientRule rule;
    const auto like = lift::skeleton(held);
    rule.forward = [forward, like, kept, types = lift::slot_types(result)](const flat::Arrays& arrays) {
      const auto both = lift::call(forward, like, arrays);
      flat::Arrays out;
      const Out first(both.first);
      lift::check_forward(lift::slot_types(first), types);
      lift::collect(first, out);
      const Kept needed(both.second);
      lift::collect(needed, out);
      kept->emplace(lift::skeleton(needed));
      return out;
    };
    rule.backward = [backward, like, kept, shape = lift::skeleton(result)](const flat::Arrays& arrays) {
      const Array* next = arrays.data();
      const Kept seen = lift::fill(**kept, next);
      const Out cotangent = lift::fill(shape, next);
      flat::Arrays gradients;
      if constexpr (sizeof...(args) == 1) {
        const lift::Held<std::tuple_element_t<0, std::tuple<std::remove_cvref_t<decltype(args)>...>>>
            gradient(backward(seen, cotangent));
        lift::gradient_arrays(std::get<0>(like), gradient, gradients);
      } else {
        const std::tuple<lift::Held<decltype(args)>...> all(backward(seen, cotangent));
        lift::gradient_arrays(like, all, gradients);
      }
      return gradients;
    };
    const flat::Arrays found = flat::custom_vjp(std::move(recorded), std::move(rule), inputs);
    return Out(lift::filled_with(std::move(result), found));
  };
}

/// f with a derivative of its own: `rule(primals, tangents) -> pair(result, its tangent)`, where primals and
/// tangents are tuples of arguments and the tangent is linear in the latter: reverse mode throws ValueError
/// for one that isn't. Serves both modes. Everything that is differentiated must be an argument, else
/// ValueError. jax.custom_jvp.
template <class F, class Rule>
[[nodiscard]] auto custom_jvp(F fun, Rule rule) {
  return [callable = copse::detail::Callable(std::move(fun)), rule = std::move(rule)](const auto&... args) {
    const F& f = callable.get("custom_jvp");
    using Out = lift::CallResult<F, decltype(args)...>;
    using Held = std::tuple<lift::Held<decltype(args)>...>;
    const Held held{args...};
    if (!current_trace()) return Out(std::apply(f, held));
    flat::Arrays inputs;
    lift::collect(held, inputs);
    auto [recorded, result] = lift::record_call("custom_jvp", f, held, lift::types_of(held));
    const auto tangent_rule = [rule, like = lift::skeleton(held), out = lift::skeleton(result),
                               types = lift::slot_types(result)](const flat::Arrays& primals,
                                                                 const flat::Arrays& tangents) {
      const Array *primal = primals.data(), *tangent = tangents.data();
      const Held at = lift::fill(like, primal), direction = lift::fill(like, tangent);
      const std::pair<Out, Out> both = rule(at, direction);
      return lift::directions_like("custom_jvp: the tangent that the rule gives", types,
                                   lift::slots_of(both.second),
                                   [&](std::size_t i) { return lift::path_at(out, i); });
    };
    const flat::Arrays found = flat::custom_jvp(std::move(recorded), tangent_rule, inputs);
    return Out(lift::filled_with(std::move(result), found));
  };
}

}  // namespace copse
