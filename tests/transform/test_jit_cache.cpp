#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/transform/jit.hpp"
#include "copse/tree.hpp"

using namespace copse;

namespace {

const auto double_sum = [](const Array& x) { return sum(x * 2.0f); };

struct Scaled {
  Array value;
  int factor = 1;
  std::string name = {};
  std::optional<Array> other = {};
};

}  // namespace

TEST_CASE("a compiled function keeps at most as many programs as its cache_size") {
  const auto f = jit(double_sum, {.cache_size = 4, .log_after = -1});
  for (int turn = 0; turn < 3; ++turn)
    for (int n = 1; n <= 20; ++n) {
      REQUIRE(f(ones({n})).item<float>() == 2.0f * static_cast<float>(n));
      REQUIRE(f.stats().kept == std::min<std::int64_t>(4, turn ? 4 : n));
    }
  CHECK(f.stats().traces == 60);
  CHECK(f.stats().compiles == 60);
  CHECK(f.stats().calls == 60);
}

TEST_CASE("the program that makes room is the one that was not called for longest") {
  const auto f = jit(double_sum, {.cache_size = 3, .log_after = -1});
  const auto traces = [&](int n) {
    const std::int64_t before = f.stats().traces;
    (void)f(ones({n}));
    return f.stats().traces - before;
  };
  for (const int n : {1, 2, 3, 1, 2}) (void)traces(n);
  CHECK(traces(4) == 1);  // in place of 3
  CHECK(traces(1) == 0);
  CHECK(traces(2) == 0);
  CHECK(traces(4) == 0);
  CHECK(traces(3) == 1);  // in place of 1
  CHECK(traces(2) == 0);
  CHECK(traces(4) == 0);
  CHECK(traces(1) == 1);
}

TEST_CASE("what is given away counts as a program of its own, made of the same recording") {
  const auto f =
      jit([](const Array& x, const Array& y) { return x + y; }, {.cache_size = 2, .log_after = -1});
  const auto fresh = [] { return ones({64}) * 3.0f; };
  const Array kept = fresh();
  CHECK(f(kept, kept).item<float>({0}) == 6.0f);
  CHECK(f(fresh(), kept).item<float>({0}) == 6.0f);
  CHECK((f.stats().traces == 1 && f.stats().compiles == 2 && f.stats().kept == 2));
  CHECK(f(fresh(), fresh()).item<float>({0}) == 6.0f);
  CHECK((f.stats().traces == 1 && f.stats().compiles == 3 && f.stats().kept == 2));
}

TEST_CASE("a call finds its program by all that it was recorded for") {
  const auto f = jit(
      [](const Tree<Scaled>& t) {
        const Array scaled = t->value * static_cast<float>(t->factor);
        return t->other ? sum(scaled) + sum(*t->other) : sum(scaled) + static_cast<float>(t->name.size());
      },
      {.cache_size = 1000, .log_after = -1});
  std::int64_t programs = 0;
  for (int turn = 0; turn < 2; ++turn)
    for (int n = 1; n <= 3; ++n)
      for (const DType dtype : {DType::float32, DType::float64})
        for (int factor = 0; factor < 20; ++factor)
          for (const char* name : {"", "ab", "longer than what fits"}) {
            const Array x = ones({n}, dtype);
            const float wanted =
                static_cast<float>(n * factor) + static_cast<float>(std::string(name).size());
            REQUIRE(f(Tree{Scaled{x, factor, name}}).item<float>() == wanted);
            const float more = static_cast<float>(n * factor + 5);
            REQUIRE(f(Tree{Scaled{x, factor, name, ones({5})}}).item<float>() == more);
            if (turn == 0) programs += 2;
            REQUIRE(f.stats().traces == programs);
          }
}

TEST_CASE("what `ahead` gives stays while the function does") {
  const auto f = jit(double_sum, {.cache_size = 2, .log_after = -1});
  const flat::Compiled& first = f.ahead(ones({3}));
  const std::string text = to_text(first.program());
  for (int n = 4; n < 20; ++n) (void)f(ones({n}));
  CHECK(to_text(first.program()) == text);
  const std::int64_t traces = f.stats().traces;
  (void)f(ones({3}));
  CHECK(f.stats().traces == traces);
}

TEST_CASE("a cache_size below 1 is refused") {
  CHECK_THROWS_AS(jit(double_sum, {.cache_size = 0}), ValueError);
  CHECK_THROWS_AS(jit(double_sum, {.cache_size = -5}), ValueError);
}

TEST_CASE("programs come and go while several threads call") {
  const auto f = jit(double_sum, {.cache_size = 3, .log_after = -1});
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const int n = 1 + (i * (t + 1)) % 7;
        if (f(ones({n})).item<float>() != 2.0f * static_cast<float>(n)) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(f.stats().kept == 3);
  CHECK(f.stats().calls == 800);
}

TEST_CASE("a call finds its program among many about as fast as the only one") {
  const auto many = jit(double_sum, {.cache_size = 1000, .log_after = -1}), one = jit(double_sum);
  for (int n = 1; n <= 1000; ++n) (void)many(ones({n}));
  const std::vector<Array> inputs{ones({7}), ones({501}), ones({8}), ones({999})};
  for (const Array& x : inputs) (void)one(x);
  // Each call another program than the one before: the best of several turns.
  const auto seconds = [&](const auto& f) {
    double best = 1e9;
    for (int turn = 0; turn < 9; ++turn) {
      const auto start = std::chrono::steady_clock::now();
      for (int i = 0; i < 200; ++i) (void)f(inputs[static_cast<std::size_t>(i % 4)]);
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
  };
  CHECK(many.stats().kept == 1000);
  CHECK(seconds(many) < 3.0 * seconds(one));
}
