#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"

using namespace copse;
using Catch::Contains;

namespace {

// Sets the number of threads for a test.
struct Threads {
  explicit Threads(int count) { set_num_threads(count); }
  ~Threads() { set_num_threads(before); }
  int before = num_threads();
};

// How often a loop visits each of its elements.
std::vector<int> visits(std::int64_t count, std::int64_t grain) {
  std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
  });
  return {seen.begin(), seen.end()};
}

bool once(const std::vector<int>& seen) {
  return std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; });
}

}  // namespace

TEST_CASE("threads are set in one place") {
  const Threads two(2);
  CHECK(num_threads() == 2);
  set_num_threads(0);
  CHECK(num_threads() >= 1);
  CHECK_THROWS_WITH(set_num_threads(-1), Contains("-1"));
}

TEST_CASE("a loop over threads visits everything once") {
  for (const int threads : {1, 2, 3, 7, 2}) {
    const Threads some(threads);
    for (const std::int64_t count : {0, 1, 2, 5, 1000})
      for (const std::int64_t grain : {1, 3, 400}) CHECK(once(visits(count, grain)));
  }
}

TEST_CASE("a loop is divided into no more ranges than there are threads") {
  const Threads three(3);
  std::atomic<int> ranges{0};
  parallel_for(100, 1, [&](std::int64_t, std::int64_t) { ++ranges; });
  CHECK(ranges == 3);
  ranges = 0;
  parallel_for(100, 60, [&](std::int64_t, std::int64_t) { ++ranges; });
  CHECK(ranges == 1);
}

TEST_CASE("a loop within a loop stays on its thread") {
  const Threads four(4);
  std::atomic<int> strayed{0}, inner{0};
  parallel_for(4, 1, [&](std::int64_t, std::int64_t) {
    const auto me = std::this_thread::get_id();
    parallel_for(100, 1, [&](std::int64_t begin, std::int64_t end) {
      inner += static_cast<int>(end - begin);
      strayed += std::this_thread::get_id() != me;
    });
  });
  CHECK(strayed == 0);
  CHECK(inner == 400);
  CHECK_FALSE(detail::in_parallel());
}

TEST_CASE("loops of several threads at once, after each other, and after a rest") {
  const Threads three(3);
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t)
    callers.emplace_back([&wrong] {
      for (int n = 0; n < 500; ++n) wrong += !once(visits(n % 37, 1));
    });
  for (std::thread& c : callers) c.join();
  CHECK(wrong == 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the pool's threads go to sleep
  CHECK(once(visits(1000, 1)));
}
