// Running a case's job: at once, compiled, or with its derivatives compiled.
#pragma once

#include <optional>
#include <string_view>

#include "registry.hpp"

namespace reference {

enum class Mode {
  eager,
  jit,       ///< the call is recorded and compiled; derivatives go through the recorded program
  grad_jit,  ///< the derivatives are computed inside of what is recorded and compiled
};

std::optional<Mode> mode_from_name(std::string_view name);

/// What the job gives for the case's inputs. Throws Unsupported if an option or an input stays unused.
Results run(const Job& job, const Case& c, Mode mode);

}  // namespace reference
