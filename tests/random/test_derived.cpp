// Samplers made of other samplers: JAX's numbers, in all transforms, with the distributions that their names
// say.
#include <numbers>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/statistics.hpp"
#include "draw.hpp"

using namespace copse;
using Catch::Matchers::Contains;
using draw::counted;
using draw::distance;
using draw::require_transforms;
using draw::surprise;

namespace {

constexpr std::int64_t n = 100000;
constexpr double usual = 1.95, rare = 5;
const Key key = random::key(7);

void expect(const Array& got, const std::vector<double>& wanted) {
  const auto values = got.to_vector<double>();
  REQUIRE(values.size() == wanted.size());
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == Approx(wanted[i]).epsilon(1e-5));
}

double normal_below(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

}  // namespace

TEST_CASE("derived samplers give JAX's numbers") {
  const Shape three{3};
  expect(random::cauchy(key, three), {0.6088750958442688, 12.513639450073242, -0.7129808664321899});
  expect(random::logistic(key, three), {0.7267420291900635, 3.6479601860046387, -0.8337934017181396});
  expect(random::maxwell(key, three), {2.070286750793457, 0.7144703269004822, 1.4999796152114868});
  expect(random::rademacher(key, {8}), {-1, -1, 1, 1, -1, -1, 1, 1});
  expect(random::lognormal(key, 0.5, three), {1.253096342086792, 2.655745506286621, 0.7725027203559875});
  expect(random::pareto(key, 2.0, three), {1.7516652345657349, 6.276644229888916, 1.19766366481781});
  expect(random::rayleigh(key, 2.0, three), {1.776269793510437, 0.4535268545150757, 3.0913283824920654});
  expect(random::weibull_min(key, 2.0, 1.5, three),
         {2.1584150791168213, 4.761716365814209, 1.0135159492492676});
  expect(random::triangular(key, -1.0, 0.5, 2.0, three),
         {0.7889692783355713, 1.662029504776001, 0.16738855838775635});
  expect(random::wald(key, 2.0, three), {0.4709510803222656, 2.442716360092163, 0.9705779552459717});
  expect(random::geometric(key, 0.3, Shape{6}), {2, 1, 4, 3, 1, 2});
  expect(random::multivariate_normal(key, array({1.0, -1.0}), array({{2.0, 0.5}, {0.5, 1.0}}), Shape{2}),
         {1.6381428241729736, 0.9868217706680298, 0.26992714405059814, -1.3143558502197266});
  expect(random::orthogonal(key, 2),
         {0.658112645149231, 0.7529194951057434, -0.7529194951057434, 0.658112645149231});
  expect(random::orthogonal(key, 3, {}, 2), {0.48973512649536133, 0.8697620034217834, -0.5602856278419495,
                                             0.36721739172935486, 0.6680116653442383, -0.3296443819999695});
}

TEST_CASE("derived samplers in transforms") {
  for (const Shape& shape : {Shape{}, Shape{7}, Shape{3, 0}, Shape{20, 30}}) {
    require_transforms([&](const Key& k) { return random::cauchy(k, shape); });
    require_transforms([&](const Key& k) { return random::logistic(k, shape); });
    require_transforms([&](const Key& k) { return random::maxwell(k, shape); });
    require_transforms([&](const Key& k) { return random::rademacher(k, shape); });
    require_transforms([&](const Key& k) { return random::lognormal(k, 0.5, shape); });
    require_transforms([&](const Key& k) { return random::pareto(k, 3.0, shape); });
    require_transforms([&](const Key& k) { return random::rayleigh(k, 2.0, shape); });
    require_transforms([&](const Key& k) { return random::weibull_min(k, 2.0, 1.5, shape); });
    require_transforms([&](const Key& k) { return random::triangular(k, -1.0, 0.5, 2.0, shape); });
    require_transforms([&](const Key& k) { return random::wald(k, 2.0, shape); });
    require_transforms([&](const Key& k) { return random::geometric(k, 0.3, shape); });
  }
  const Array mean = array({1.0, -1.0}), cov = array({{2.0, 0.5}, {0.5, 1.0}});
  require_transforms([&](const Key& k) { return random::multivariate_normal(k, mean, cov, Shape{4}); });
  require_transforms([&](const Key& k) { return random::orthogonal(k, 3, {2}); });
}

TEST_CASE("distributions of derived samplers") {
  const Shape many{n};
  for (const int seed : {3, 5}) {
    const Key k = random::key(seed);
    CHECK(distance(random::cauchy(k, many), [](double x) { return 0.5 + std::atan(x) / std::numbers::pi; }) <
          usual);
    CHECK(distance(random::logistic(k, many), [](double x) { return 1 / (1 + std::exp(-x)); }) < usual);
    CHECK(distance(random::maxwell(k, many), [](double x) {
            return std::erf(x / std::sqrt(2.0)) - std::sqrt(2 / std::numbers::pi) * x * std::exp(-x * x / 2);
          }) < usual);
    CHECK(distance(random::lognormal(k, 0.5, many),
                   [](double x) { return normal_below(std::log(x) / 0.5); }) < usual);
    CHECK(distance(random::pareto(k, 3.0, many), [](double x) { return 1 - std::pow(x, -3); }) < usual);
    CHECK(distance(random::rayleigh(k, 2.0, many), [](double x) { return 1 - std::exp(-x * x / 8); }) <
          usual);
    CHECK(distance(random::weibull_min(k, 2.0, 1.5, many),
                   [](double x) { return 1 - std::exp(-std::pow(x / 2, 1.5)); }) < usual);
    CHECK(distance(random::triangular(k, -1.0, 0.0, 3.0, many), [](double x) {
            return x < 0 ? (x + 1) * (x + 1) / 4 : 1 - (3 - x) * (3 - x) / 12;
          }) < usual);
    CHECK(distance(random::wald(k, 2.0, many), [](double x) {
            return normal_below((x / 2 - 1) / std::sqrt(x)) +
                   std::exp(1.0) * normal_below(-(x / 2 + 1) / std::sqrt(x));
          }) < usual);
    CHECK(surprise(counted((random::rademacher(k, many) + 1) / 2, 2), {0.5, 0.5}) < rare);
    std::vector<double> p{0.3};
    while (p.size() < 14) p.push_back(p.back() * 0.7);
    p.push_back(p.back() / 0.3 * 0.7);  // and all beyond
    CHECK(surprise(counted(minimum(random::geometric(k, 0.3, many), 15) - 1, 15), p) < rare);
  }
}

TEST_CASE("normal vectors and orthogonal matrices") {
  const Array mean = array({1.0, -1.0}), wanted = array({{2.0, 0.5}, {0.5, 1.0}});
  const Array x = random::multivariate_normal(key, mean, wanted, Shape{n});
  CHECK(x.shape() == Shape{n, 2});
  const Array off = abs(copse::mean(x, 0) - mean), spread = abs(cov(x, false) - wanted);
  CHECK(max(off).item<double>() < rare * std::sqrt(2.0 / n));
  CHECK(max(spread).item<double>() < rare * std::sqrt(8.0 / n));
  const Array across = (x[{ellipsis, 0}] - 1) / std::sqrt(2.0);
  CHECK(distance(across, normal_below) < usual);

  const Array q = random::orthogonal(key, 2, {20000});
  const Array products = matmul(swapaxes(q, -1, -2), q);
  CHECK(max(abs(products - eye(2))).item<double>() < 1e-5);
  CHECK(distance(arctan2(q[{ellipsis, 1, 0}], q[{ellipsis, 0, 0}]),
                 [](double a) { return 0.5 + a / (2 * std::numbers::pi); }) < usual);
  CHECK(random::orthogonal(key, 2, {}, 5).shape() == Shape{2, 5});
  CHECK(random::multivariate_normal(key, zeros({3, 2}), eye(2)).shape() == Shape{3, 2});
}

TEST_CASE("parameters of derived samplers") {
  CHECK(random::lognormal(key).shape() == Shape{});
  CHECK(random::pareto(key, array({1.0, 2.0})).shape() == Shape{2});
  CHECK(random::triangular(key, zeros({2, 1}), 0.5, ones({3})).shape() == Shape{2, 3});
  CHECK(random::rademacher(key, {2}, DType::float32).dtype() == DType::float32);
  CHECK(random::cauchy(key, {2}, DType::float64).dtype() == DType::float64);
  CHECK_THROWS_WITH(random::rayleigh(key, ones({3}), Shape{2}), Contains("rayleigh") && Contains("(3,)"));
  CHECK_THROWS_WITH(random::wald(key, ones({3, 1}), Shape{3}), Contains("wald: parameters of shape (3, 1)"));
  CHECK_THROWS_AS(random::cauchy(key, {2}, DType::int32), DTypeError);
  CHECK_THROWS_AS(random::logistic(key, {2}, DType::int32), DTypeError);
  CHECK_THROWS_AS(random::maxwell(key, {2}, DType::bool_), DTypeError);
  CHECK_THROWS_WITH(random::rademacher(key, {2}, DType::uint8), Contains("rademacher: got uint8"));
  CHECK_THROWS_WITH(random::multivariate_normal(key, ones({3}), eye(2)),
                    Contains("multivariate_normal: got mean (3,) and cov (2, 2)"));
  CHECK_THROWS_WITH(random::multivariate_normal(key, ones({3, 2}), eye(2), Shape{2}),
                    Contains("multivariate_normal") && Contains("(3,)"));
  CHECK_THROWS_WITH(random::orthogonal(key, -1), Contains("orthogonal: got -1 rows"));
  CHECK_THROWS_AS(random::orthogonal(key, 2, {}, 2, DType::int32), DTypeError);
  CHECK_THROWS_AS(random::cauchy(Key{}), KeyError);
  CHECK_THROWS_WITH(random::geometric(Key{}, 0.5), Contains("geometric"));
}
