#include "concrete.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"

namespace copse::detail {

void unknown_value(const Array& traced, std::string_view function, std::string_view remedy) {
  const Tracer& tracer = *traced.tracer();
  const Trace& trace = *tracer.trace;
  if (!trace.alive())
    throw ConcretizationError(fmt::format(
        "{}: wants the value of an array of type {}, which left the `{}` that it belongs to; return "
        "it from the function instead of storing it",
        function, to_string(traced.type()), trace.name()));
  const auto* origins = dynamic_cast<const Origins*>(&trace);
  std::string origin = origins ? origins->origin(tracer.node) : std::string();
  if (origin.empty()) origin = "an array";
  throw ConcretizationError(
      fmt::format("{}: wants the value of {}, of type {}, inside `{}`, where only shapes "
                  "are known; {}",
                  function, origin, to_string(traced.type()), trace.name(), remedy));
}

}  // namespace copse::detail
