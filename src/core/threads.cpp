#include "copse/core/threads.hpp"

#include <atomic>
#include <string>
#include <thread>

#include "copse/core/error.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace copse {
namespace {
std::atomic<int> thread_count{0};

int processors() {
#ifdef _OPENMP
  return std::max(1, omp_get_num_procs());
#else
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
#endif
}
}  // namespace

void set_num_threads(int count) {
  if (count < 0)
    throw ValueError("set_num_threads: got " + std::to_string(count) + ", wanted 0 (all) or more");
  thread_count = count == 0 ? processors() : count;
#ifdef _OPENMP
  omp_set_num_threads(thread_count);  // oneDNN takes its threads from here
#endif
}

int num_threads() noexcept {
  int count = thread_count.load(std::memory_order_relaxed);
  if (count == 0) {
#ifdef _OPENMP
    count = std::max(1, omp_get_max_threads());
#else
    count = processors();
#endif
    thread_count = count;
  }
  return count;
}

namespace detail {

bool in_parallel() noexcept {
#ifdef _OPENMP
  return omp_in_parallel() != 0;
#else
  return false;
#endif
}

void parallel_ranges(std::int64_t count, std::int64_t ranges, RangeFunction function, void* context) {
#ifdef _OPENMP
#pragma omp parallel for schedule(static, 1) num_threads(static_cast<int>(ranges))
  for (std::int64_t i = 0; i < ranges; ++i) function(context, count * i / ranges, count * (i + 1) / ranges);
#else
  (void)ranges;
  function(context, 0, count);
#endif
}

}  // namespace detail
}  // namespace copse
