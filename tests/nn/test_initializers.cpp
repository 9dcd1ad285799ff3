#include "copse/nn/initializers.hpp"

#include <cmath>
#include <sstream>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random.hpp"

using namespace copse;
namespace init = copse::initializers;
using Catch::Matchers::Contains;
using init::Initializer;

namespace {

const Key key = random::key(7);

double deviation(const Initializer& f, const Shape& shape) {
  const Array x = f(key, shape);
  CHECK(std::fabs(mean(x).item<double>()) < 0.01);
  return copse::std(x).item<double>();
}

Array twos(const Key&, const Shape& shape, DType dtype) { return full(shape, 2.0, dtype); }

}  // namespace

TEST_CASE("variances follow from the number of connections") {
  const Shape shape{200, 400}, window{3, 3, 40, 80};
  CHECK(deviation(init::lecun_normal(), shape) == Approx(std::sqrt(1 / 200.0)).epsilon(0.02));
  CHECK(deviation(init::lecun_uniform(), shape) == Approx(std::sqrt(1 / 200.0)).epsilon(0.02));
  CHECK(deviation(init::glorot_normal(), shape) == Approx(std::sqrt(1 / 300.0)).epsilon(0.02));
  CHECK(deviation(init::glorot_uniform(), shape) == Approx(std::sqrt(1 / 300.0)).epsilon(0.02));
  CHECK(deviation(init::he_normal(), window) == Approx(std::sqrt(2 / 360.0)).epsilon(0.02));
  CHECK(deviation(init::he_uniform(), window) == Approx(std::sqrt(2 / 360.0)).epsilon(0.02));
  const auto out = init::variance_scaling(3, init::Mode::fan_out, init::Distribution::normal);
  CHECK(deviation(out, window) == Approx(std::sqrt(3 / 720.0)).epsilon(0.02));
  CHECK(deviation(init::normal(0.5), {100000}) == Approx(0.5).epsilon(0.02));
  CHECK(deviation(init::truncated_normal(0.5), {100000}) == Approx(0.5 * 0.8796).epsilon(0.02));
}

TEST_CASE("bounds and constants") {
  const Array u = init::uniform(0.25)(key, {10000});
  CHECK(min(u).item<float>() >= 0);
  CHECK(max(u).item<float>() < 0.25f);
  CHECK(max(init::truncated_normal(2, -0.5, 0.5)(key, {10000})).item<float>() <= 1);
  CHECK(sum(init::zeros()(key, {3, 2})).item<float>() == 0);
  CHECK(sum(init::ones()(key, {3, 2})).item<float>() == 6);
  CHECK(init::constant(0.5)(key, {}).item<float>() == 0.5f);
  CHECK(init::constant(0.1)(key, {1}, DType::float64).item<double>() == 0.1);
}

TEST_CASE("orthogonal columns or rows") {
  for (const Shape& shape : {Shape{6, 6}, Shape{3, 5}, Shape{2, 3, 4}, Shape{1, 1}}) {
    const Array matrix =
        reshape(init::orthogonal(2)(key, shape), Shape{shape.elements() / shape[-1], shape[-1]});
    const bool wide = matrix.shape(0) < matrix.shape(1);
    const Array product = wide ? matmul(matrix, transpose(matrix)) : matmul(transpose(matrix), matrix);
    CHECK(max(abs(product - 4 * eye(product.shape(0)))).item<float>() < 1e-5f);
  }
}

TEST_CASE("dtypes and empty shapes") {
  for (const auto& f :
       {init::lecun_normal(), init::orthogonal(), init::normal(), init::uniform(), init::zeros()}) {
    CHECK(f(key, {4, 3}, DType::bfloat16).dtype() == DType::bfloat16);
    CHECK(f(key, {4, 3}).dtype() == DType::float32);
    CHECK(f(key, {0, 3}).shape() == Shape{0, 3});
    CHECK(f(key, {3, 0}).shape() == Shape{3, 0});
  }
}

TEST_CASE("initializers compare, hash and may be one's own") {
  const std::hash<Initializer> hash;
  CHECK(init::lecun_normal() == init::variance_scaling(1, "fan_in", "truncated_normal"));
  CHECK(hash(init::lecun_normal()) == hash(init::variance_scaling(1, "fan_in", "truncated_normal")));
  CHECK_FALSE(init::lecun_normal() == init::he_normal());
  CHECK_FALSE(init::zeros() == init::ones());
  CHECK(hash(init::zeros()) != hash(init::ones()));
  const Initializer mine = init::custom(twos);
  CHECK(mine == init::custom(twos));
  CHECK_FALSE(mine ==
              init::custom([](const Key&, const Shape& shape, DType dtype) { return zeros(shape, dtype); }));
  CHECK(sum(mine(key, {3})).item<float>() == 6);
}

TEST_CASE("initializers print as the calls that make them") {
  const auto text = [](const Initializer& one) {
    std::ostringstream out;
    out << one;
    return out.str();
  };
  CHECK(text(init::zeros()) == "zeros()");
  CHECK(text(init::ones()) == "ones()");
  CHECK(text(init::constant(0.5)) == "constant(0.5)");
  CHECK(text(init::normal()) == "normal(0.01)");
  CHECK(text(init::uniform(2)) == "uniform(2)");
  CHECK(text(init::truncated_normal(1)) == "truncated_normal(1, -2, 2)");
  CHECK(text(init::lecun_normal()) == "lecun_normal()");
  CHECK(text(init::glorot_uniform()) == "glorot_uniform()");
  CHECK(text(init::variance_scaling(3, "fan_out", "normal")) == "variance_scaling(3, fan_out, normal)");
  CHECK(text(init::orthogonal()) == "orthogonal(1)");
  CHECK(text(init::custom(twos)) == "custom");
}

TEST_CASE("initializers say what is wrong") {
  CHECK_THROWS_WITH(init::lecun_normal()(key, {3}), Contains("(3,)") && Contains("at least two dimensions"));
  CHECK_THROWS_AS(init::orthogonal()(key, {3}), ShapeError);
  CHECK_THROWS_WITH(init::variance_scaling(1, "fan", "normal"), Contains("'fan'") && Contains("fan_avg"));
  CHECK_THROWS_AS(init::variance_scaling(1, "fan_in", "gamma"), ValueError);
  CHECK_THROWS_AS(init::custom(nullptr)(key, {3}), ValueError);
}
