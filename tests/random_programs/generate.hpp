// Random programs by number: the same number is the same program.
#pragma once

#include "program.hpp"

namespace random_programs {

/// A program whose values are finite and of moderate size, and not sensitive to rounding: each step is run
/// while the program grows, and left out if it is none that can be compared.
Program generate(std::uint64_t seed);

/// The step that is being tried, for whoever finds the process dead.
void note_step(const std::function<void(const Step&)>& note);

}  // namespace random_programs
