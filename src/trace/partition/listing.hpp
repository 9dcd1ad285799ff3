// What a divided program exchanges, for people who want to know.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "copse/trace/partition.hpp"

namespace copse::sharding {

/// Filled by `local_program`.
using Listing = Communication;

}  // namespace copse::sharding
