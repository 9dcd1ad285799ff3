// Whether an array is what a case expects.
#pragma once

#include <optional>
#include <string>

#include "copse/core/array.hpp"

namespace reference {

/// What is wrong with `got`: its dtype, its shape, or the first element that differs. Nothing if it passes:
/// |got - wanted| <= atol + rtol * |wanted|, a nan for a nan, an infinity for the same; integers and bools
/// exactly.
std::optional<std::string> difference(const copse::Array& got, const copse::Array& wanted, double rtol,
                                      double atol);

}  // namespace reference
