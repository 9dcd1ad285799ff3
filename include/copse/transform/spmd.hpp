// One program for many ranks: functions whose collectives go through a communicator.
#pragma once

#include "copse/trace/axes.hpp"
#include "copse/transform/collectives.hpp"

namespace copse {

namespace lift {
// Bare numbers become arrays; everything else stays what it is, so that rvalues can be donated.
template <class T>
decltype(auto) as_argument(T&& argument) {
  if constexpr (Scalar<std::remove_cvref_t<T>>)
    return Array(argument);
  else
    return std::forward<T>(argument);
}
}  // namespace lift

/// A function that calls f as one of several ranks: each calls it with arguments of its own and gets its own
/// result, and the collectives that f calls with the name `axis` go through the communicator. So the same f
/// runs under `vmap`, where the ranks are the elements of an axis. All ranks must call it equally often. It
/// may be compiled, `jit(spmd(f, ...))` or `spmd(jit(f), ...)`, differentiated and mapped; within it jit
/// compiles for this communicator. Throws ValueError if the axis has no name or the communicator is null;
/// what a rank throws ends the others as the communicator says (comm::Communicator::abort).
///
///     auto local = spmd([](const Array& x) { return x / psum(x, "i"); }, "i", comm::mpi());
template <class F>
[[nodiscard]] auto spmd(F fun, std::string axis, comm::CommunicatorPtr communicator) {
  return [callable = copse::detail::Callable(std::move(fun)),
          ranks = flat::rank_axis(std::move(axis), std::move(communicator))](auto&&... args) {
    const F& f = callable.get("spmd");
    const flat::AxisScope scope(ranks);
    return std::invoke(f, lift::as_argument(std::forward<decltype(args)>(args))...);
  };
}

}  // namespace copse
