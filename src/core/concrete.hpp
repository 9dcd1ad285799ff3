// Asking for values that may not be known: who asked, and where the array comes from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "copse/core/array.hpp"
#include "copse/core/trace.hpp"

namespace copse::detail {

/// For traces that don't know values: where one of their arrays comes from, for messages.
class Origins {
 public:
  virtual ~Origins() = default;
  /// "the result of `greater` in Classifier.hidden" or "argument array 0"; empty if that isn't known.
  virtual std::string origin(std::uint32_t node) const = 0;
};

/// What to do instead of asking for a value.
inline constexpr std::string_view without_values =
    "use `where` or `cond` instead of `if`, `fori_loop` or `while_loop` instead of loops on values, or "
    "compute "
    "it outside";
inline constexpr std::string_view without_masks =
    "the shape of its result depends on values: use `where`, which keeps shapes, or compute it outside";

/// What reads elements, to look at them.
inline constexpr std::string_view without_elements =
    "return it from the function and read it there, print it with `debug::print`, or use `where`, `cond` or "
    "`fori_loop` instead of C++ control flow";

/// Throws the ConcretizationError of `function`, which was given an array of a transform that has ended.
[[noreturn]] void escaped(const Array& traced, std::string_view function);
/// Throws the ConcretizationError of `function`, which wanted the value of a traced array.
[[noreturn]] void unknown_value(const Array& traced, std::string_view function, std::string_view remedy);

/// The plain array under the traces that know values. Throws ConcretizationError if one of them doesn't.
inline const Array& concrete(const Array& array, std::string_view function,
                             std::string_view remedy = without_values) {
  const Array* at = &array;
  while (const Tracer* tracer = at->tracer()) {
    if (!tracer->value.has_value() || !tracer->trace->knows_values()) unknown_value(*at, function, remedy);
    at = &tracer->value;
  }
  return *at;
}

}  // namespace copse::detail
