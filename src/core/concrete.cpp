#include "concrete.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/core/name_scope.hpp"

namespace copse::detail {
namespace {

// "the result of `greater` in Classifier.hidden, of type bool()".
std::string described(const Array& traced) {
  const Tracer& tracer = *traced.tracer();
  const auto* origins = dynamic_cast<const Origins*>(tracer.trace.get());
  const std::string origin = origins ? origins->origin(tracer.node) : std::string();
  return origin.empty() ? fmt::format("an array of type {}", to_string(traced.type()))
                        : fmt::format("{}, of type {}", origin, to_string(traced.type()));
}

// ", in Classifier.hidden": where the program is, unless the text says so already.
std::string whereabouts(const std::string& text) {
  const std::string path = current_path_text();
  return path.empty() || text.find(path) != std::string::npos ? std::string() : ", in " + path;
}

}  // namespace

void escaped(const Array& traced, std::string_view function) {
  const std::string what = described(traced);
  throw ConcretizationError(
      fmt::format("{}: got {}, which left the `{}` that it belongs to{}; return it from the function instead "
                  "of storing it",
                  function, what, traced.tracer()->trace->name(), whereabouts(what)));
}

void unknown_value(const Array& traced, std::string_view function, std::string_view remedy) {
  const Trace& trace = *traced.tracer()->trace;
  const std::string what = described(traced);
  if (!trace.alive())
    throw ConcretizationError(
        fmt::format("{}: wants the value of {}, which left the `{}` that it belongs to{}; return "
                    "it from the function instead of storing it",
                    function, what, trace.name(), whereabouts(what)));
  throw ConcretizationError(
      fmt::format("{}: wants the value of {}, inside `{}`{}, where only shapes are known; {}", function, what,
                  trace.name(), whereabouts(what), remedy));
}

}  // namespace copse::detail
