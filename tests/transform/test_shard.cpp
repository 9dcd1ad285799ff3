// Functions that ranks compute together: what they give is what one gives, and what ranks exchange is what
// has to be.
#include <atomic>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "copse/comm.hpp"
#include "copse/ops/activations.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/math.hpp"
#include "copse/ops/sorting.hpp"
#include "copse/random/samplers.hpp"
#include "copse/trace/debug.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/loops.hpp"
#include "message.hpp"

using namespace copse;
using Catch::Contains;
using testing_messages::message;

namespace {

struct Weights {
  Array hidden, out;
};

Weights weights() { return {random::normal(random::key(1), {5, 8}), random::normal(random::key(2), {8, 2})}; }
Array samples(std::int64_t n) { return random::normal(random::key(3), {n, 5}); }

struct Stepped {
  Array loss;
  Weights weights;
};

// A step of training.
Stepped step(const Weights& w, const Array& x) {
  const auto loss = [](const Weights& at, const Array& in) {
    return mean(square(matmul(tanh(matmul(in, at.hidden)), at.out)));
  };
  const auto [value, gradient] = value_and_grad(loss)(w, x);
  return {value, {w.hidden - 0.1f * gradient.hidden, w.out - 0.1f * gradient.out}};
}

// The options that divide the last of so many arguments along its first axis.
JitOptions over(int ranks, std::size_t arguments) {
  std::vector<std::optional<int>> axes(arguments);
  axes.back() = 0;
  return {.shard = {.in_axes = axes, .communicator = comm::threads(ranks)}};
}

void require_same(const Stepped& got, const Stepped& wanted) {
  CHECK(all_close(got.loss, wanted.loss, 1e-5, 1e-6));
  CHECK(all_close(got.weights.hidden, wanted.weights.hidden, 1e-5, 1e-6));
  CHECK(all_close(got.weights.out, wanted.weights.out, 1e-5, 1e-6));
}

}  // namespace

TEST_CASE("shard: a step of training is that of one rank, whatever the parts", "[shard]") {
  for (const std::int64_t n : {1, 3, 11, 12})
    for (const int ranks : {1, 2, 3, 4}) {
      INFO(n << " samples on " << ranks << " ranks");
      const Array x = samples(n);
      const auto divided = jit(step, over(ranks, 2));
      require_same(divided(weights(), x), step(weights(), x));
      // From run to run the same bits.
      CHECK(divided(weights(), x).loss.item<float>() == divided(weights(), x).loss.item<float>());
    }
}

TEST_CASE("shard: all gradients are added up in one exchange", "[shard]") {
  const auto divided = jit(step, over(2, 2));
  const Communication found = divided.communication(weights(), samples(12));
  REQUIRE(found.exchanges.size() == 1);
  CHECK(found.exchanges[0].what == "all_reduce");
  CHECK(found.exchanges[0].arrays == 3);  // and the loss
  CHECK(found.bytes() == (5 * 8 + 8 * 2 + 1) * 4);
  CHECK(found.gathered.empty());
  std::ostringstream text;
  text << found;
  CHECK(text.str() == "all_reduce of 3 arrays, 228 bytes\n1 collectives, 228 bytes\n");
}

TEST_CASE("shard: what cannot be done in parts is done with all of it", "[shard]") {
  const auto sorted = [](const Array& x) { return sort(x, 0) * 2.0f; };
  const auto divided = jit(sorted, over(3, 1));
  const Array x = samples(10);
  CHECK(all_close(divided(x), sorted(x)));
  // An axis that is not divided is sorted in parts.
  const auto rows = [](const Array& a) { return sort(a, 1); };
  const auto by_rows = jit(rows, over(3, 1));
  CHECK(all_close(by_rows(x), rows(x)));
  CHECK(by_rows.communication(x).collectives() == 1);
  CHECK(by_rows.communication(x).exchanges[0].what == "all_gather");
  const auto told = jit([](const Array& a) { return linalg::qr(a).r; }, over(2, 1)).communication(x);
  REQUIRE(told.gathered.size() == 1);
  CHECK(told.gathered[0].operation == "qr(float32(10, 5) divided along 0)");
}

TEST_CASE("shard: loops over a divided batch exchange nothing within", "[shard]") {
  const auto run = [](const Array& w, const Array& x) {
    const auto loss = [&](const Array& at) {
      const auto body = [&](const Array& carry, const Array& in) {
        const Array next = tanh(matmul(carry, at) + in);
        return std::pair{next, sum(next, 1)};
      };
      const auto [last, sums] = scan(body, zeros({x.shape(1), 4}), x);
      return sum(square(last)) + mean(sums);
    };
    return value_and_grad(loss)(w);
  };
  const Array w = random::normal(random::key(4), {4, 4}), x = random::normal(random::key(5), {6, 7, 4});
  const auto divided = jit(run, {.shard = {.in_axes = {std::nullopt, 1}, .communicator = comm::threads(2)}});
  const auto got = divided(w, x), wanted = run(w, x);
  CHECK(all_close(got.first, wanted.first, 1e-5, 1e-5));
  CHECK(all_close(got.second, wanted.second, 1e-4, 1e-5));
  CHECK(divided.communication(w, x).collectives() == 1);
}

TEST_CASE("shard: random numbers are those of one rank", "[shard]") {
  const auto noisy = [](const Array& x) { return x + random::normal(random::key(9), x.shape()); };
  const Array x = samples(7);
  CHECK(all_close(jit(noisy, over(3, 1))(x), noisy(x), 0, 1e-6));
}

TEST_CASE("shard: what is printed is printed once, whole", "[shard]") {
  std::atomic<int> lines{0};
  std::string text;
  const auto before = debug::set_sink([&](std::string_view line) {
    ++lines;
    text = line;
  });
  const auto printing = [](const Array& x) {
    debug::print("sum {}", sum(x));
    return x + 1;
  };
  (void)jit(printing, over(3, 1))(arange(5));
  (void)debug::set_sink(before);
  CHECK(lines == 1);
  CHECK_THAT(text, Contains("sum 10"));
}

TEST_CASE("shard: arguments may be given away", "[shard]") {
  const auto divided = jit(step, over(2, 2));
  Weights w = weights();
  const Array held = w.hidden;
  const auto before = held.to_vector<float>();
  for (int i = 0; i < 3; ++i) w = divided(std::move(w), samples(12)).weights;
  Weights wanted = weights();
  for (int i = 0; i < 3; ++i) wanted = step(wanted, samples(12)).weights;
  CHECK(all_close(w.hidden, wanted.hidden, 1e-4, 1e-5));
  CHECK(held.to_vector<float>() == before);
}

TEST_CASE("shard: an error on a rank ends the call with it, and the next one works", "[shard]") {
  JitOptions options = over(3, 1);
  options.compile.check_nan = true;
  const auto root = [](const Array& x) { return sum(sqrt(x)); };
  const auto divided = jit(root, options);
  CHECK_THAT(message<ValueError>([&] { (void)divided(array({1.0f, 1.0f, -1.0f})); }), Contains("sqrt"));
  CHECK(divided(array({1.0f, 4.0f, 9.0f})).item<float>() == 6.0f);
}

TEST_CASE("shard: threads may call at once", "[shard]") {
  const auto divided = jit(step, over(2, 2));
  const Stepped wanted = step(weights(), samples(12));
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i)
        right += all_close(divided(weights(), samples(12)).loss, wanted.loss, 1e-5, 1e-6);
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 30);
}

TEST_CASE("shard: processes give their own parts, which need not be even", "[shard]") {
  const Array x = samples(9);
  const std::vector<std::int64_t> begin{0, 2, 2, 9};
  const Stepped wanted = step(weights(), x);
  std::vector<Stepped> got(3);
  // Each rank by itself, as a process has it.
  comm::run(comm::threads(3), [&](const comm::CommunicatorPtr& rank) {
    const auto r = static_cast<std::size_t>(rank->rank());
    const auto local = jit(step, {.shard = {.in_axes = {std::nullopt, 0}, .communicator = rank}});
    got[r] = local(weights(), slice_in_dim(x, begin[r], begin[r + 1]));
  });
  for (const Stepped& one : got) require_same(one, wanted);
}

TEST_CASE("shard: what is refused", "[shard]") {
  const auto add = jit([](const Array& x) { return x + 1; }, over(2, 3));
  CHECK(message<ValueError>([&] { (void)add(ones({4})); }) ==
        "jit: shard.in_axes has 3 axes, the function got 1 arguments");
  const auto divided = jit([](const Array& x) { return x + 1; }, over(2, 1));
  CHECK_THAT(message<ValueError>([&] { (void)divided.profile(ones({4})); }), Contains("without `shard`"));
}
