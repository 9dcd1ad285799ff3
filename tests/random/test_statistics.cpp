// The samples have the distributions that their names say.
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "draw.hpp"

using namespace copse;
using draw::counted;
using draw::distance;
using draw::surprise;

namespace {

constexpr std::int64_t n = 200000;
constexpr double usual = 1.95, rare = 5;

double normal_below(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

}  // namespace

TEST_CASE("continuous distributions") {
  for (const int seed : {1, 2}) {
    const Key key = random::key(seed);
    CHECK(distance(random::uniform(key, {n}), [](double x) { return x; }) < usual);
    CHECK(distance(random::uniform(key, {n}, -3.0, 5.0), [](double x) { return (x + 3) / 8; }) < usual);
    CHECK(distance(random::normal(key, {n}), normal_below) < usual);
    CHECK(distance(random::truncated_normal(key, -1, 2, {n}), [](double x) {
            return (normal_below(x) - normal_below(-1)) / (normal_below(2) - normal_below(-1));
          }) < usual);
    CHECK(distance(random::gumbel(key, {n}), [](double x) { return std::exp(-std::exp(-x)); }) < usual);
    CHECK(distance(random::exponential(key, {n}), [](double x) { return 1 - std::exp(-x); }) < usual);
    CHECK(distance(random::laplace(key, {n}),
                   [](double x) { return x < 0 ? 0.5 * std::exp(x) : 1 - 0.5 * std::exp(-x); }) < usual);
  }
}

TEST_CASE("means and variances") {
  // The largest deviations that chance allows: of a mean the root of variance / n, of a variance that of
  // (fourth moment - variance^2) / n.
  const auto check = [](const char* name, const Array& samples, double mean, double variance, double fourth) {
    INFO(name);
    double first = 0, second = 0;
    const auto x = samples.to_vector<double>();
    const double count = static_cast<double>(x.size());
    for (const double value : x) first += value / count;
    for (const double value : x) second += (value - first) * (value - first) / count;
    CHECK(std::fabs(first - mean) < rare * std::sqrt(variance / count));
    CHECK(std::fabs(second - variance) < rare * std::sqrt((fourth - variance * variance) / count));
  };
  constexpr double pi = 3.14159265358979323846;
  const Key key = random::key(8);
  check("uniform", random::uniform(key, {n}), 0.5, 1.0 / 12, 1.0 / 80);
  check("normal", random::normal(key, {n}), 0, 1, 3);
  // Between -1 and 1: 1 - 2 f / p with f the density at 1 and p the probability, and its likes.
  const double p = normal_below(1) - normal_below(-1), f = std::exp(-0.5) / std::sqrt(2 * pi),
               v = 1 - 2 * f / p;
  check("truncated_normal", random::truncated_normal(key, -1, 1, {n}), 0, v, 3 * v - 2 * f / p);
  check("gumbel", random::gumbel(key, {n}), 0.57721566490153286, pi * pi / 6, 5.4 * pi * pi * pi * pi / 36);
  check("exponential", random::exponential(key, {n}), 1, 1, 9);
  check("laplace", random::laplace(key, {n}), 0, 2, 24);
  check("bernoulli", random::bernoulli(key, 0.3, Shape{n}), 0.3, 0.21, 0.21 * (1 - 3 * 0.21));
  check("randint", random::randint(key, {n}, 0, 10), 4.5, 8.25, 120.8625);
  check("choice", random::choice(key, 10, {n}), 4.5, 8.25, 120.8625);
  check("categorical", random::categorical(key, zeros({10}), -1, Shape{n}), 4.5, 8.25, 120.8625);
}

TEST_CASE("bits are fair, and different keys independent") {
  const Array bits = random::bits(random::key(3), {n});
  for (int i = 0; i < 32; ++i) {
    const double set = sum(astype(bitwise_and(right_shift(bits, i), 1), DType::int32)).item<double>();
    CHECK(std::fabs(set - n / 2.0) < rare * std::sqrt(n / 4.0));
  }
  const auto [a, b] = random::split<2>(random::key(3));
  const Array x = random::normal(a, {n}), y = random::normal(b, {n});
  CHECK(std::fabs(mean(x * y).item<double>()) < rare / std::sqrt(static_cast<double>(n)));
}

TEST_CASE("discrete distributions") {
  const Key key = random::key(4);
  CHECK(surprise(counted(astype(random::bernoulli(key, 0.3, Shape{n}), DType::int32), 2), {0.7, 0.3}) < rare);
  CHECK(surprise(counted(random::randint(key, {n}, 0, 10), 10), std::vector<double>(10, 0.1)) < rare);
  CHECK(surprise(counted(random::randint(key, {n}, 100, 103) - 100, 3), std::vector<double>(3, 1.0 / 3)) <
        rare);
  const std::vector<double> p{0.1, 0.2, 0.3, 0.4};
  const Array logits = log(astype(array(p), DType::float32));
  CHECK(surprise(counted(random::categorical(key, broadcast_to(logits, {n, 4})), 4), p) < rare);
  CHECK(surprise(counted(random::categorical(key, logits, -1, Shape{n}), 4), p) < rare);
  CHECK(surprise(counted(random::choice(key, 4, {n}, true, array(p)), 4), p) < rare);
  CHECK(surprise(counted(random::choice(key, 7, {n}), 7), std::vector<double>(7, 1.0 / 7)) < rare);
}

TEST_CASE("all permutations are equally likely") {
  std::vector<double> counts(24, 0.0), first(5, 0.0);
  const Key keys = random::split(random::key(6), 12000);
  const std::optional<int> axes[] = {0};
  const auto run = [&](const std::function<Array(const Key&)>& f) {
    return flat::vmap([&](const flat::Arrays& in) { return flat::Arrays{f(Key{in[0]})}; }, {keys.data}, axes,
                      [](std::size_t) { return std::vector<std::optional<int>>{0}; })[0]
        .to_vector<int>();
  };
  const auto orders = run([](const Key& k) { return random::permutation(k, 4); });
  for (std::size_t i = 0; i < orders.size(); i += 4) {
    std::size_t rank = 0;
    for (std::size_t a = 0; a < 4; ++a) {
      std::size_t smaller = 0;
      for (std::size_t b = a + 1; b < 4; ++b) smaller += orders[i + b] < orders[i + a];
      rank = rank * (4 - a) + smaller;
    }
    counts[rank] += 1;
  }
  CHECK(surprise(counts, std::vector<double>(24, 1.0 / 24)) < rare);
  const auto chosen = run([](const Key& k) { return random::choice(k, 5, {2}, false); });
  for (std::size_t i = 1; i < chosen.size(); i += 2) {
    CHECK(chosen[i] != chosen[i - 1]);
    first[static_cast<std::size_t>(chosen[i])] += 1;
  }
  CHECK(surprise(first, std::vector<double>(5, 0.2)) < rare);
}
