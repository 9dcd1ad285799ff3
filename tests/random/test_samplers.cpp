#include <limits>
#include <numeric>

#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "draw.hpp"

using namespace copse;
using Catch::Matchers::Contains;
using draw::require_equal;
using draw::require_transforms;

namespace {
const Key key = random::key(5);
}

TEST_CASE("numbers are those of JAX") {
  const Key k = random::key(42);
  CHECK(random::bits(k, {3}).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{2098992034, 2919706841, 2646866425});
  CHECK(random::normal(random::key(0), {}).item<float>() == Approx(1.6226422));
  CHECK(random::uniform(random::key(0), {}).item<float>() == Approx(0.947667));
  require_equal(random::bits(k, {10}, DType::uint8), astype(random::bits(k, {10}), DType::uint8));
  // Each number depends on its place alone.
  require_equal(random::normal(k, {4, 5}), reshape(random::normal(k, {20}), {4, 5}));
}

// What is near 0 in a wide range shows whether a product and a sum are rounded once or twice.
TEST_CASE("numbers between any bounds are those of JAX to the last bit") {
  const Key k{array(std::vector<std::uint32_t>{2239933343u, 2990134369u})};
  const Array x = random::uniform(k, {1000}, -1e6, 3e7);
  CHECK(x.item<float>({8}) == 13494.969f);
  CHECK(x.item<float>({20}) == 874746.94f);
  CHECK(x.item<float>({21}) == -437136.53f);
  const Array bounds = random::uniform(k, {1000}, array({-1e6}), array({3e7}));
  require_equal(x, bounds);
  require_transforms([](const Key& key) { return random::uniform(key, {300}, -1e6, 3e7); });
  const Array tail = random::truncated_normal(random::key(1), -6, -3, {33});
  CHECK(tail.item<float>({17}) == Approx(-3.8963897).epsilon(1e-6));
  CHECK(tail.item<float>({21}) == Approx(-3.7477293).epsilon(1e-6));
  CHECK(random::categorical(k, zeros({3, 0, 7}), 0).shape() == Shape{0, 7});
}

TEST_CASE("samplers in transforms") {
  for (const Shape& shape : {Shape{}, Shape{7}, Shape{3, 0}, Shape{40, 50}}) {
    require_transforms([&](const Key& k) { return random::bits(k, shape); });
    require_transforms([&](const Key& k) { return random::bits(k, shape, DType::uint8); });
    require_transforms([&](const Key& k) { return random::uniform(k, shape); });
    require_transforms([&](const Key& k) { return random::uniform(k, shape, -2.0, 3.5); });
    require_transforms([&](const Key& k) { return random::normal(k, shape); });
    require_transforms([&](const Key& k) { return random::truncated_normal(k, -1, 2, shape); });
    require_transforms([&](const Key& k) { return random::bernoulli(k, 0.3, shape); });
    require_transforms([&](const Key& k) { return random::randint(k, shape, -3, 12); });
    require_transforms([&](const Key& k) { return random::gumbel(k, shape); });
    require_transforms([&](const Key& k) { return random::exponential(k, shape); });
    require_transforms([&](const Key& k) { return random::laplace(k, shape); });
    require_transforms([&](const Key& k) { return random::choice(k, 9, shape); });
  }
  const Array logits = log(array({{1.0, 2.0, 3.0}, {3.0, 1.0, 0.5}})), p = array({0.2, 0.5, 0.3});
  require_transforms([](const Key& k) { return random::permutation(k, 30); });
  require_transforms([&](const Key& k) { return random::permutation(k, logits, 1); });
  require_transforms([&](const Key& k) { return random::categorical(k, logits); });
  require_transforms([&](const Key& k) { return random::categorical(k, logits, 0, Shape{4, 3}); });
  require_transforms([&](const Key& k) { return random::choice(k, 3, {5}, true, p); });
  require_transforms([&](const Key& k) { return random::choice(k, 3, {2}, false, p); });
}

TEST_CASE("parameters may be arrays, and unknown") {
  const Array low = array({0.0, 10.0, 20.0});
  const Array x = random::uniform(key, {500, 3}, low, low + 1);
  CHECK(all(greater_equal(x, low)).item<bool>());
  CHECK(all(less(x, low + 1)).item<bool>());
  // A scalar in an array and a bare one go different ways to the same numbers.
  require_equal(random::uniform(key, {1000}, array({-1.0}), array({2.0})),
                random::uniform(key, {1000}, -1.0, 2.0));
  require_equal(random::bernoulli(key, full({1000}, 0.25)), random::bernoulli(key, 0.25, Shape{1000}));
  require_equal(random::randint(key, {4, 2}, array({0, 100}), array({10, 110})) % 100,
                random::randint(key, {4, 2}, 0, 10));
  const flat::Function f = [](const flat::Arrays& in) {
    return flat::Arrays{random::uniform(key, {8}, in[0], in[1])};
  };
  const std::uint8_t wanted[] = {1, 1};
  const Array ct[] = {ones({8})};
  const auto slopes = flat::vjp(f, {full({}, -1.0), full({}, 2.0)}, wanted).pullback(ct);
  const double u = sum(random::uniform(key, {8})).item<double>();
  CHECK(slopes[1].item<double>() == Approx(u));
  CHECK(slopes[0].item<double>() == Approx(8 - u));
}

TEST_CASE("numbers do not depend on the number of threads") {
  const int before = num_threads();
  set_num_threads(1);
  const Array bits = random::bits(key, {300000}), normal = random::normal(key, {300000}),
              draw = random::randint(key, {300000}, 0, 99);
  set_num_threads(3);
  require_equal(random::bits(key, {300000}), bits);
  require_equal(random::normal(key, {300000}), normal);
  require_equal(random::randint(key, {300000}, 0, 99), draw);
  set_num_threads(before);
}

TEST_CASE("dtypes and ends of ranges") {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Array x = random::normal(key, {100}, dtype);
    CHECK(x.dtype() == dtype);
    require_equal(x, astype(random::normal(key, {100}), dtype));
  }
  CHECK_THROWS_WITH(random::normal(key, {2}, DType::int32), Contains("normal") && Contains("int32"));
  CHECK_THROWS_AS(random::bits(key, {2}, DType::int64), DTypeError);
  const Array u = random::uniform(key, {1000000});
  CHECK(min(u).item<float>() >= 0);
  CHECK(max(u).item<float>() < 1);
  CHECK(all(isfinite(random::normal(key, {1000000}))).item<bool>());
  CHECK(all(isfinite(random::gumbel(key, {1000000}))).item<bool>());
  const Array t = random::truncated_normal(key, -0.5, 0.25, {100000});
  CHECK(min(t).item<float>() > -0.5f);
  CHECK(max(t).item<float>() < 0.25f);
  CHECK(all(equal(random::randint(key, {50}, 7, 7), 7)).item<bool>());
  CHECK(all(equal(random::randint(key, {50}, 7, 3), 7)).item<bool>());
  const Array wide = random::randint(key, {1000}, std::numeric_limits<std::int32_t>::min(),
                                     std::numeric_limits<std::int32_t>::max());
  CHECK(min(wide).item<double>() < -2e9);
  CHECK(max(wide).item<double>() > 2e9);
}

TEST_CASE("permutations keep all elements") {
  for (const std::int64_t n : {0, 1, 2, 17, 3000}) {
    auto order = random::permutation(key, n).to_vector<std::int64_t>();
    CHECK(random::permutation(key, n).dtype() == DType::int32);
    std::sort(order.begin(), order.end());
    std::vector<std::int64_t> wanted(static_cast<std::size_t>(n));
    std::iota(wanted.begin(), wanted.end(), 0);
    CHECK(order == wanted);
  }
  const Array x = reshape(arange(12), {3, 4});
  require_equal(random::permutation(key, x, 1), take(x, random::permutation(key, 4), 1));
  require_equal(random::permutation(key, x, -2), take(x, random::permutation(key, 3), 0));
  CHECK(random::permutation(key, zeros({0, 3})).shape() == Shape{0, 3});
  CHECK_THROWS_AS(random::permutation(key, x, 2), ShapeError);
  CHECK_THROWS_AS(random::permutation(key, -1), ValueError);
}

TEST_CASE("choice") {
  auto drawn = random::choice(key, 20, {20}, false).to_vector<int>();
  std::sort(drawn.begin(), drawn.end());
  for (int i = 0; i < 20; ++i) CHECK(drawn[static_cast<std::size_t>(i)] == i);
  const Array p = array({0.0, 0.5, 0.0, 0.5});
  auto two = random::choice(key, 4, {2}, false, p).to_vector<int>();
  std::sort(two.begin(), two.end());
  CHECK(two == std::vector<int>{1, 3});
  CHECK(random::choice(key, 5).shape() == Shape{});
  CHECK(random::choice(key, 5, {2, 3}).shape() == Shape{2, 3});
  CHECK(random::choice(key, 0, {0}).shape() == Shape{0});
  const Array x = reshape(arange(12), {3, 4});
  require_equal(random::choice(key, x, {2, 5}, true, std::nullopt, 1),
                take(x, random::choice(key, 4, {2, 5}), 1));
  CHECK_THROWS_WITH(random::choice(key, 3, {4}, false),
                    Contains("choice: 4 were wanted without replacement, of 3"));
  CHECK_THROWS_AS(random::choice(key, 0, {1}), ValueError);
  CHECK_THROWS_AS(random::choice(key, -2), ValueError);
  CHECK_THROWS_WITH(random::choice(key, 3, {2}, true, p), Contains("p has shape (4,)") && Contains("(3,)"));
}

TEST_CASE("shapes that parameters do not fit") {
  CHECK_THROWS_WITH(random::uniform(key, {2}, zeros({3})),
                    Contains("uniform: minval has shape (3,)") && Contains("(2,)"));
  CHECK_THROWS_AS(random::bernoulli(key, zeros({2, 2}), Shape{2}), ShapeError);
  CHECK_THROWS_AS(random::randint(key, {2}, 0, 1.5), DTypeError);
  CHECK_THROWS_AS(random::randint(key, {2}, 0, zeros({3}, DType::int32)), ShapeError);
  CHECK_THROWS_WITH(random::categorical(key, zeros({4, 3}), -1, Shape{5}),
                    Contains("categorical: shape (5,)") && Contains("(4,)"));
  CHECK_THROWS_AS(random::categorical(key, zeros({4, 3}), 2), ShapeError);
  CHECK_THROWS_AS(random::categorical(key, zeros({4, 0})), ValueError);
}
