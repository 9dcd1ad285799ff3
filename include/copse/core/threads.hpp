// The one setting for threads, and the loop that uses it.
#pragma once

#include "copse/core/config.hpp"

#include <algorithm>
#include <cstdint>

namespace copse {

/// How many threads kernels may use; 0 takes one a processor. Throws ValueError if negative.
void set_num_threads(int count);

/// How many threads kernels may use.
int num_threads() noexcept;

namespace detail {
using RangeFunction = void (*)(void* context, std::int64_t begin, std::int64_t end);
void parallel_ranges(std::int64_t count, std::int64_t ranges, RangeFunction function, void* context);
/// True while this thread runs inside a parallel loop, where further loops stay on it.
bool in_parallel() noexcept;
}  // namespace detail

/// Calls `f(begin, end)` over [0, count), split over threads into parts of at least `grain`.
/// Runs on the calling thread when there is too little work for two. An exception of `f` is thrown here when
/// all ranges have ended; of several the first.
template <class F>
void parallel_for(std::int64_t count, std::int64_t grain, F&& f) {
  const std::int64_t most = std::max<std::int64_t>(1, count / std::max<std::int64_t>(1, grain));
  const std::int64_t ranges = std::min<std::int64_t>(most, num_threads());
  if (ranges <= 1 || detail::in_parallel()) {
    if (count > 0) f(std::int64_t{0}, count);
    return;
  }
  detail::parallel_ranges(
      count, ranges,
      [](void* context, std::int64_t begin, std::int64_t end) {
        (*static_cast<std::remove_reference_t<F>*>(context))(begin, end);
      },
      const_cast<void*>(static_cast<const void*>(&f)));
}

}  // namespace copse
