#include "copse/transform/grad.hpp"

#include <fmt/format.h>

namespace copse::lift {

void not_scalar(const char* function, const Array& value) {
  throw ShapeError(fmt::format(
      "{}: the function must return one floating-point number to be differentiated, got {}; reduce "
      "it with sum or mean, or use jacobian or vjp",
      function, to_string(value.type())));
}

void not_differentiable(const char* function, std::size_t number, const Array& argument) {
  throw DTypeError(
      fmt::format("{}: argument {} is {}, which cannot be differentiated; it must be floating-point",
                  function, number, to_string(argument.type())));
}

}  // namespace copse::lift
