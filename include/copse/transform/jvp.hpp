// Forward-mode derivatives.
#pragma once

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/transform/lift.hpp"

namespace copse {

/// f at `primals` and its derivative in the direction of `tangents`: two tuples of arguments. A tangent that
/// is Nothing is zero; those of integers are ignored. Throws TreeError, ShapeError or DTypeError if a tangent
/// is not like its primal.
template <class F, class... Args>
[[nodiscard]] auto jvp(F f, const std::tuple<Args...>& primals, const std::tuple<Args...>& tangents) try {
  static_assert(!lift::is_number_result<lift::RawResult<F, Args...>>,
                "copse: a function given to jvp must return arrays; nothing can be differentiated through a "
                "C++ number such as item<float>()");
  using Held = std::tuple<lift::Held<Args>...>;
  using Out = lift::CallResult<F, Args...>;
  const Held held{primals}, directions{tangents};
  flat::Arrays inputs;
  lift::collect(held, inputs);
  const flat::Arrays moves =
      lift::directions_like("jvp: the tangent", lift::slot_types(held), lift::slots_of(directions),
                            [&](std::size_t i) { return lift::path_at(held, i); });
  std::optional<Out> result;
  flat::Jvp found = flat::jvp(
      [&](const flat::Arrays& arrays) {
        result.emplace(lift::call(f, held, arrays));
        flat::Arrays out;
        lift::collect(*result, out);
        return out;
      },
      inputs, moves);
  for (std::size_t i = 0; i < found.tangents.size(); ++i)
    if (!found.tangents[i].has_value()) found.tangents[i] = zeros_like(found.outputs[i]);
  const Array *value = found.outputs.data(), *tangent = found.tangents.data();
  Out primal = lift::fill(*result, value);
  return std::pair{std::move(primal), lift::fill(std::move(*result), tangent)};
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("jvp");
}

}  // namespace copse
