// What calls of compiled functions ask the system for once they have been called a few times: nothing.
#include <array>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <new>

#include "catch.hpp"
#include "copse/core/kinds.hpp"
#include "copse/core/threads.hpp"
#include "copse/core/trace.hpp"
#include "copse/ops/conv.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/loops.hpp"
#include "sanitized.hpp"

namespace {
std::atomic<std::int64_t> requests{0};
}

// Every request for memory of this program is counted, but by sanitizers, which have operators of their own:
// there only blocks of arrays are.
#ifndef COPSE_TEST_SANITIZED
void* operator new(std::size_t bytes) {
  requests.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

using namespace copse;

namespace {

// Requests of 20 calls after some others, and blocks asked of the system for arrays.
template <class F>
std::pair<std::int64_t, std::int64_t> asked(const F& call) {
  for (int i = 0; i < 5; ++i) call();
  const auto before = requests.load(), blocks = detail::memory_stats().system_allocations;
  for (int i = 0; i < 20; ++i) call();
  return {requests.load() - before, detail::memory_stats().system_allocations - blocks};
}
const std::pair<std::int64_t, std::int64_t> nothing{0, 0};

template <std::size_t n>
struct Many {
  std::array<Parameter, n> w;
  std::array<Array, n> m;
};

template <std::size_t n>
Many<n> many(float value) {
  Many<n> all;
  for (Parameter& p : all.w) p = full({3, 5}, value);
  for (Array& a : all.m) a = full({3, 5}, value);
  return all;
}

// A step of gradient descent with momentum, over many parameters.
template <std::size_t n>
Many<n> descend(const Many<n>& all, const Array& x) {
  const auto g = grad([&](const Many<n>& at) {
    Array h = x;
    for (const Parameter& w : at.w) h = tanh(h * w);
    return sum(h);
  })(all);
  Many<n> next;
  for (std::size_t i = 0; i < n; ++i) {
    next.m[i] = 0.9f * all.m[i] + g.w[i];
    next.w[i] = all.w[i] - 0.1f * next.m[i];
  }
  return next;
}

}  // namespace

TEST_CASE("a call of a compiled function asks for no memory") {
  const auto f = jit([](const Array& a, const Array& b) { return tanh(matmul(a, b)) * 2.0f; });
  const Array a = ones({64, 64}), b = ones({64, 64});
  CHECK(asked([&] { (void)f(a, b); }) == nothing);
  Array state = ones({64, 64});
  CHECK(asked([&] { state = f(std::move(state), b); }) == nothing);
}

TEST_CASE("nor does a step over few or many parameters") {
  const Array x = full({3, 5}, 0.5f);
  // The many do not fit what is on the stack; all of them are more than a thread keeps of large blocks.
  const auto few = jit(descend<3>);
  auto some = many<3>(0.5f);
  CHECK(asked([&] { some = few(std::move(some), x); }) == nothing);
  const auto lots = jit(descend<200>);
  auto all = many<200>(0.5f);
  CHECK(asked([&] { all = lots(std::move(all), x); }) == nothing);
  CHECK(all.w[0].get().shape() == Shape{3, 5});
}

TEST_CASE("nor do loops and convolutions, whatever the number of threads") {
  const int before = num_threads();
  const auto looped = jit([](const Array& x) {
    return scan(
               [](const Array& c, const Array& in) {
                 return std::pair{tanh(c + in), c};
               },
               x, ones({10, 8}))
        .first;
  });
  const auto pictures = jit(grad([](const Array& kernel, const Array& x) {
    return sum(square(
        conv(max_pool(relu(conv(x, kernel)), {.window = {2, 2}, .strides = {2, 2}}), ones({3, 3, 8, 4}))));
  }));
  const Array x = ones({8}), kernel = full({3, 3, 1, 8}, 0.1f), images = ones({8, 28, 28, 1});
  for (const int threads : {1, 2}) {
    INFO("threads " << threads);
    set_num_threads(threads);
    CHECK(asked([&] { (void)looped(x); }) == nothing);
    // Whoever takes part for the first time makes room for itself, and that may be late.
    auto found = asked([&] { (void)pictures(kernel, images); });
    for (int more = 0; threads > 1 && more < 100 && found != nothing; ++more)
      found = asked([&] { (void)pictures(kernel, images); });
    CHECK(found == nothing);
  }
  set_num_threads(before);
}

TEST_CASE("compiling takes a time that grows with the number of operations alone") {
  // Of this program alone: others may keep the processor busy.
  const auto seconds = [](int n, const auto& transformed) {
    double best = 1e9;
    for (int run = 0; run < 2; ++run) {
      const std::clock_t start = std::clock();
      (void)jit([&](const Array& x) {
        return transformed([n](const Array& a) {
          Array y = a, z = a * 0.5f;
          for (int i = 0; i < n / 4; ++i) {
            const Array t = sin(y) * z;
            z = y * 0.3f;
            y = t + z;
          }
          return sum(y + z);
        })(x);
      }).ahead(ones({2, 4}));
      best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    }
    return best;
  };
  const auto slope = [](auto f) { return grad(std::move(f)); };
  // Four times as many: 4 if it is linear, 16 if it is quadratic.
  CHECK(seconds(40000, slope) < 10 * seconds(10000, slope));
}
