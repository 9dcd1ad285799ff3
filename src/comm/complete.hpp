// Collectives where the inputs of all ranks are at hand.
#pragma once

#include "copse/comm/request.hpp"

namespace copse::comm::detail {

/// Fills what a rank gets of a collective. `in` has an address for each rank; those of ranks that give it
/// nothing aren't read.
void complete(const Request& request, int rank, const void* const* in, int ranks);

/// Bytes that a rank gives.
std::size_t given_bytes(const Request& request, int rank);

}  // namespace copse::comm::detail
