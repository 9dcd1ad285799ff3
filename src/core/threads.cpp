#include "copse/core/threads.hpp"

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#ifdef __linux__
#include <sched.h>
#endif

#include "copse/core/error.hpp"
#include "serial.hpp"

namespace copse {
namespace {

std::atomic<int> thread_count{0};

// Those that this process may use.
int processors() {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

// The processor on which this thread runs; -1 if that is not known.
int here() {
#ifdef __linux__
  return sched_getcpu();
#else
  return -1;
#endif
}

// Makes this thread go on elsewhere than on a processor. Schedulers now and then put two threads that wake
// each other on one processor and leave another one idle for many milliseconds.
void leave([[maybe_unused]] int processor) {
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t others = allowed;
  CPU_CLR(static_cast<std::size_t>(processor), &others);
  if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0) return;
  sched_setaffinity(0, sizeof allowed, &allowed);
#endif
}

thread_local bool inside = false;  // whether this thread works on a range

// Threads that wait for loops. A loop is divided into as many ranges as threads may work on it. Everybody
// begins with a range of their own, so that the same thread finds the same data again in the next loop, and
// then takes what nobody has begun: one that is slow to wake up holds up nobody.
class Pool {
 public:
  // False if the pool is at work for another thread.
  bool run(std::int64_t count, std::int64_t ranges, detail::RangeFunction function, void* context) {
    const std::unique_lock lock(busy_, std::try_to_lock);
    if (!lock) return false;
    grow(ranges);
    for (std::int64_t i = 0; i < ranges; ++i) taken(i).store(false, std::memory_order_relaxed);
    count_ = count;
    ranges_ = ranges;
    function_ = function;
    context_ = context;
    failed_.store(false, std::memory_order_relaxed);
    home_.store(here(), std::memory_order_relaxed);
    epoch_.fetch_add(1);  // odd: there is work
    epoch_.notify_all();
    work(0);
    epoch_.fetch_add(1);
    // Nobody joins any more; those that have are waited for.
    for (int spins = 0; active_.load() != 0; ++spins) {
      if (spins < spins_before_yield)
        pause();
      else
        std::this_thread::yield();
    }
    if (failed_.load(std::memory_order_relaxed)) std::rethrow_exception(std::exchange(error_, nullptr));
    return true;
  }

 private:
  static constexpr int spins_before_yield = 4000, spins_before_sleep = 20000;

  std::atomic<bool>& taken(std::int64_t range) { return taken_[static_cast<std::size_t>(range)]; }

  void grow(std::int64_t ranges) {
    if (ranges > room_) {
      taken_ = std::make_unique<std::atomic<bool>[]>(static_cast<std::size_t>(ranges));
      room_ = ranges;
    }
    try {
      for (; workers_ < ranges - 1; ++workers_)
        std::thread([this, number = workers_ + 1] { serve(number); }).detach();
    } catch (const std::system_error&) {
      // The system has no more threads: those that there are do the work.
    } catch (const std::bad_alloc&) {
      // Or no memory for one.
    }
  }

  [[noreturn]] void serve(std::int64_t number) {
    for (int seen = 0;;) {
      int epoch = epoch_.load();
      for (int spins = 0; epoch == seen || epoch % 2 == 0; epoch = epoch_.load()) {
        if (++spins % 256 == 0) keep_apart();
        if (spins < spins_before_sleep)
          pause();
        else
          epoch_.wait(epoch);
      }
      keep_apart();
      // Who counts as active while the epoch is odd is waited for, and may look at the loop.
      active_.fetch_add(1);
      seen = epoch_.load();
      if (seen % 2 != 0) work(number);
      active_.fetch_sub(1);
    }
  }

  void keep_apart() const {
    const int home = home_.load(std::memory_order_relaxed);
    if (home >= 0 && here() == home) leave(home);
  }

  void work(std::int64_t first) {
    inside = true;
    for (std::int64_t i = 0; i < ranges_; ++i) {
      const std::int64_t range = (first + i) % ranges_;
      if (taken(range).load(std::memory_order_relaxed) || taken(range).exchange(true)) continue;
      try {
        function_(context_, count_ * range / ranges_, count_ * (range + 1) / ranges_);
      } catch (...) {  // memory that a range has not found: whoever began the loop is told
        if (!failed_.exchange(true)) error_ = std::current_exception();
      }
    }
    inside = false;
  }

  std::mutex busy_;
  std::atomic<int> epoch_{0}, active_{0};
  std::atomic<int> home_{-1};  // the processor of the thread that began the last loop
  std::unique_ptr<std::atomic<bool>[]> taken_;
  std::int64_t room_ = 0, workers_ = 0;
  std::int64_t count_ = 0, ranges_ = 0;
  detail::RangeFunction function_ = nullptr;
  void* context_ = nullptr;
  std::atomic<bool> failed_{false};
  std::exception_ptr error_;  // the first
};

Pool& pool() {
  static Pool* const threads = new Pool;  // outlives whatever runs at exit
  return *threads;
}

}  // namespace

void set_num_threads(int count) {
  if (count < 0)
    throw ValueError("set_num_threads: got " + std::to_string(count) + ", wanted 0 (all) or more");
  thread_count = count == 0 ? processors() : count;
}

int num_threads() noexcept {
  int count = thread_count.load(std::memory_order_relaxed);
  if (count == 0) {
    count = processors();
    thread_count = count;
  }
  return count;
}

namespace detail {

bool in_parallel() noexcept { return inside; }

SerialScope::SerialScope() noexcept : before_(std::exchange(inside, true)) {}
SerialScope::~SerialScope() { inside = before_; }

void parallel_ranges(std::int64_t count, std::int64_t ranges, RangeFunction function, void* context) {
  if (!pool().run(count, ranges, function, context)) function(context, 0, count);
}

}  // namespace detail
}  // namespace copse
