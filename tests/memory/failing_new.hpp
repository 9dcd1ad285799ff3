// A program-wide operator new that can be told to find no memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace failing_new {

/// From now on the n-th request (from 1) of at least `bytes` finds none, and with `lasting` none after it
/// does. Requests of other threads count as well.
void begin(std::int64_t n, std::size_t bytes, bool lasting);
/// All find some again. Gives whether one has not.
bool end();

}  // namespace failing_new
