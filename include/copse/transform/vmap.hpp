// Functions of one example applied to many.
#pragma once

#include "copse/transform/lift.hpp"

namespace copse {

/// Which axes `vmap` maps over: one entry for each argument, nullopt where all share it; empty means axis 0
/// of all. `out_axes` likewise for the result, or for each part of a pair or tuple. By `axis_name` the
/// collectives (trace/collectives.hpp) find the mapped axis.
struct VmapOptions {
  std::vector<std::optional<int>> in_axes = {};
  std::vector<std::optional<int>> out_axes = {};
  std::string axis_name = {};
};

namespace lift {
[[noreturn]] inline void axes_count(const char* which, std::size_t got, std::size_t wanted) {
  throw ValueError(std::string("vmap: ") + which + " has " + std::to_string(got) + " entries, wanted " +
                   std::to_string(wanted));
}
// Throws ShapeError unless all arrays have the axis that they are mapped along, of one extent. `place` names
// one.
void check_mapped(std::span<const Array> arrays, std::span<const std::optional<int>> axes,
                  const std::function<std::string(std::size_t)>& place);

// "argument 1 at w" for the array of that number.
template <class... H>
std::string argument_place(const std::tuple<H...>& held, std::size_t number) {
  std::string text;
  std::size_t argument = 0, at = 0;
  const auto look = [&](const auto& tree) {
    for (const auto& [info, leaf] : leaves_with_path(tree))
      if (at++ == number)
        text = "argument " + std::to_string(argument) + (info.path.empty() ? "" : " at " + info.path);
    ++argument;
  };
  std::apply([&](const auto&... trees) { (look(trees), ...); }, held);
  return text;
}

template <class T>
std::size_t array_count(const T& tree) {
  std::size_t n = 0;
  each_array(tree, [&](auto) { ++n; });
  return n;
}
template <class T>
inline constexpr bool is_tuple = is_pair<T>;
template <class... Ts>
inline constexpr bool is_tuple<std::tuple<Ts...>> = true;
}  // namespace lift

/// A function that applies f to each element along the mapped axes of its arguments (all their arrays) and
/// puts the results together along a new axis. Throws ShapeError if the mapped extents differ or an array
/// lacks the axis.
template <class F>
[[nodiscard]] auto vmap(F fun, VmapOptions options = {}) {
  return [callable = copse::detail::Callable(std::move(fun)),
          options = std::move(options)](const auto&... args) {
    const F& f = callable.get("vmap");
    return copse::detail::guard_memory("vmap", [&] {
      const std::tuple<lift::Held<decltype(args)>...> held{args...};
      using Out = lift::CallResult<F, decltype(args)...>;
      constexpr std::size_t count = sizeof...(args);
      if (!options.in_axes.empty() && options.in_axes.size() != count)
        lift::axes_count("in_axes", options.in_axes.size(), count);
      flat::Arrays inputs;
      std::vector<std::optional<int>> axes;
      std::size_t argument = 0;
      const auto add = [&](const auto& tree) {
        lift::collect(tree, inputs);
        axes.resize(inputs.size(),
                    options.in_axes.empty() ? std::optional<int>(0) : options.in_axes[argument]);
        ++argument;
      };
      std::apply([&](const auto&... trees) { (add(trees), ...); }, held);
      lift::check_mapped(inputs, axes, [&](std::size_t i) { return lift::argument_place(held, i); });
      std::optional<Out> result;
      const auto out_axes = [&](std::size_t outputs) {
        std::vector<std::optional<int>> all(outputs, options.out_axes.empty() ? 0 : options.out_axes[0]);
        if (options.out_axes.size() > 1) {
          if constexpr (lift::is_tuple<Out>) {
            if (options.out_axes.size() != std::tuple_size_v<Out>)
              lift::axes_count("out_axes", options.out_axes.size(), std::tuple_size_v<Out>);
            std::size_t part = 0, at = 0;
            std::apply(
                [&](const auto&... parts) {
                  ((std::fill_n(all.begin() + static_cast<std::ptrdiff_t>(at), lift::array_count(parts),
                                options.out_axes[part++]),
                    at += lift::array_count(parts)),
                   ...);
                },
                *result);
          } else {
            lift::axes_count("out_axes", options.out_axes.size(), 1);
          }
        }
        return all;
      };
      const flat::Arrays outputs = flat::vmap(
          [&](const flat::Arrays& arrays) {
            result.emplace(lift::call(f, held, arrays));
            flat::Arrays out;
            lift::collect(*result, out);
            return out;
          },
          inputs, axes, out_axes, std::nullopt, options.axis_name);
      const Array* next = outputs.data();
      return lift::fill(std::move(*result), next);
    });
  };
}

}  // namespace copse
