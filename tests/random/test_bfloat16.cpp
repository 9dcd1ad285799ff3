// Samplers in bfloat16: JAX's numbers, which are drawn and computed in that dtype, and shapes in braces.
#include "catch.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/random.hpp"

using namespace copse;

namespace {

const Key key = random::key(7);
constexpr DType half = DType::bfloat16;

void expect(const Array& got, const std::vector<double>& wanted) {
  CHECK(got.dtype() == half);
  CHECK(got.to_vector<double>() == wanted);
}

// A sum over 5000 samples in which each has a weight of its own: one that differs shows.
double weighted(const Array& x) {
  const auto values = x.to_vector<double>();
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += values[i] * static_cast<double>(i * 7919 % 1000 + 1);
  return sum;
}

}  // namespace

TEST_CASE("bfloat16 samples are JAX's") {
  const Shape six{6};
  expect(random::uniform(key, six, 0.0, 1.0, half), {0.0390625, 0, 0.6640625, 0.1875, 0.5234375, 0.4140625});
  expect(random::uniform(key, six, -5.3, 2.2, half),
         {-5.03125, -5.3125, -0.34375, -3.90625, -1.390625, -2.203125});
  expect(random::normal(key, six, half),
         {-1.734375, -2.890625, 0.427734375, -0.87890625, 0.0634765625, -0.212890625});
  expect(random::truncated_normal(key, -1, 3, six, half),
         {-0.87109375, -0.99609375, 0.57421875, -0.48046875, 0.2470703125, 0.0146484375});
  expect(random::gumbel(key, six, half),
         {-1.1796875, -4.46875, 0.890625, -0.515625, 0.43359375, 0.12451171875});
  expect(random::exponential(key, six, half),
         {0.039794921875, 0, 1.09375, 0.2080078125, 0.7421875, 0.53515625});
  expect(random::laplace(key, six, half), {2.5, 5.53125, -0.404296875, 0.96875, -0.052001953125, 0.18359375});
  expect(random::cauchy(key, six, half), {-6.65625, -41.75, 0.58203125, -1.4453125, 0.0859375, -0.263671875});
  expect(random::logistic(key, six, half), {-3.203125, -87.5, 0.68359375, -1.4609375, 0.09375, -0.34765625});
  expect(random::rademacher(key, six, half), {-1, -1, 1, 1, -1, -1});

  const Array p = astype(Array(0.3), half), logits = astype(array({0.1, 0.5, 0.2}), half);
  CHECK(random::bernoulli(key, p, {12}).to_vector<int>() ==
        std::vector<int>{1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(random::categorical(key, logits, -1, {12}).to_vector<int>() ==
        std::vector<int>{2, 1, 2, 1, 2, 0, 1, 2, 0, 1, 2, 1});
}

TEST_CASE("so are all numbers that bfloat16 has for them") {
  const Shape many{5000};
  CHECK(weighted(random::uniform(key, many, 0.0, 1.0, half)) == 1240181.96875);
  CHECK(weighted(random::uniform(key, many, -5.3, 2.2, half)) == -3992828.96875);
  CHECK(weighted(random::normal(key, many, half)) == -37486.37561035156);
  CHECK(weighted(random::truncated_normal(key, -1, 3, many, half)) == 662183.3752441406);
  CHECK(weighted(random::gumbel(key, many, half)) == 1293023.759765625);
  CHECK(weighted(random::exponential(key, many, half)) == 2434980.957397461);
  CHECK(weighted(random::laplace(key, many, half)) == 77357.79284667969);
  CHECK(weighted(random::cauchy(key, many, half)) == -183976.06524658203);
  CHECK(weighted(random::logistic(key, many, half)) == -2073346.630859375);
}

TEST_CASE("bfloat16 samples stay within their ends") {
  const Shape many{1 << 20};
  const auto ends = [](const Array& x) { return std::pair{min(x).item<float>(), max(x).item<float>()}; };
  CHECK(ends(random::uniform(key, many, 0.0, 1.0, half)) == std::pair{0.0f, 0.9921875f});
  CHECK(ends(random::truncated_normal(key, -0.5, 0.25, many, half)).first > -0.5f);
  CHECK(ends(random::truncated_normal(key, -0.5, 0.25, many, half)).second < 0.25f);
  CHECK(ends(random::truncated_normal(key, 0.0, 1.0, many, half)).first > 0.0f);
  CHECK(ends(random::truncated_normal(key, -1.0, 0.0, many, half)).second < 0.0f);
  for (const Array& x : {random::normal(key, many, half), random::gumbel(key, many, half),
                         random::exponential(key, many, half), random::laplace(key, many, half),
                         random::logistic(key, many, half)})
    CHECK(all(isfinite(x)).item<bool>());
}

TEST_CASE("samplers take a shape in braces, as a Shape, or none") {
  const auto shape = [](const Array& x) { return x.shape(); };
  const std::optional<Shape> maybe = Shape{3, 2}, none;
  CHECK(shape(random::bernoulli(key, 0.5, {8})) == Shape{8});
  CHECK(array_equal(random::bernoulli(key, 0.5, {8}), random::bernoulli(key, 0.5, Shape{8})));
  CHECK(shape(random::bernoulli(key, 0.25, {8, 20})) == Shape{8, 20});
  CHECK(shape(random::bernoulli(key, array({0.1f, 0.9f}))) == Shape{2});
  CHECK(shape(random::bernoulli(key, array({0.1f, 0.9f}), {})) == Shape{2});
  CHECK(shape(random::bernoulli(key, array({0.1f, 0.9f}), std::nullopt)) == Shape{2});
  CHECK(shape(random::bernoulli(key, 0.5, maybe)) == Shape{3, 2});
  CHECK(shape(random::bernoulli(key, 0.5, none)) == Shape{});
  CHECK(shape(random::categorical(key, zeros({3}), -1, {4, 5})) == Shape{4, 5});
  CHECK(shape(random::lognormal(key, 1.0, {4})) == Shape{4});
  CHECK(shape(random::pareto(key, 2.0, {4, 1})) == Shape{4, 1});
  CHECK(shape(random::rayleigh(key, 2.0, {4})) == Shape{4});
  CHECK(shape(random::weibull_min(key, 2.0, 1.0, {4})) == Shape{4});
  CHECK(shape(random::triangular(key, 0.0, 1.0, 2.0, {2, 3})) == Shape{2, 3});
  CHECK(shape(random::wald(key, 2.0, {4})) == Shape{4});
  CHECK(shape(random::geometric(key, 0.5, {4})) == Shape{4});
  CHECK(shape(random::multivariate_normal(key, zeros({2}), eye(2), {4})) == Shape{4, 2});
  CHECK(shape(random::normal(key, {2, 3})) == Shape{2, 3});
  CHECK(shape(random::uniform(key, {2})) == Shape{2});
  CHECK(shape(random::bits(key, {2})) == Shape{2});
  CHECK(shape(random::randint(key, {2}, 0, 3)) == Shape{2});
  CHECK(shape(random::choice(key, 5, {2, 2})) == Shape{2, 2});
  CHECK(shape(random::orthogonal(key, 2, {3})) == Shape{3, 2, 2});
  CHECK(shape(random::rademacher(key, {3})) == Shape{3});
}
