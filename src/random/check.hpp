// What all functions of keys check.
#pragma once

#include "copse/random/key.hpp"

namespace copse::random {

/// The data of one key: throws KeyError, ShapeError or DTypeError naming the function.
const Array& checked(const Key& key, const char* function);

}  // namespace copse::random
