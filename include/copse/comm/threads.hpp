// Ranks that are threads of one process.
#pragma once

#include <functional>

#include "copse/comm/communicator.hpp"

namespace copse::comm {

/// A group of n ranks in this process, each for a thread of its own. After `abort`, collectives throw that
/// error until `run` is called with the group. Throws ValueError unless n is positive.
Group threads(int n);

/// Calls `f(communicator)` for each of the group's ranks in this process at once, the first on this thread
/// and the others on threads made for it. If one throws, the group is aborted, so that the others end, too;
/// when all have ended, the first error is thrown here.
void run(const Group& group, const std::function<void(const CommunicatorPtr&)>& f);

}  // namespace copse::comm
