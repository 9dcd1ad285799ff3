// The version of the library. CMake and the package's version file read it from here.
#pragma once

#include "copse/core/config.hpp"

namespace copse {

inline constexpr int version_major = 0;
inline constexpr int version_minor = 1;
inline constexpr int version_patch = 0;

}  // namespace copse
