// Values are those of JAX and NumPy.
#include "copse/ops/math.hpp"

#include <limits>

#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "expect.hpp"

using namespace copse;
using agree::Arrays;
using agree::expect;
using Catch::Matchers::Contains;

namespace {
const double NaN = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
}  // namespace
using Unary = Array (*)(const Array&);
using Binary = Array (*)(const Array&, const Array&);

TEST_CASE("powers, roots and logarithms") {
  expect(exp2(array({-2.5, -0.0, 0.5, 3.0})), "float32(4,)", {0.17677669, 1, 1.4142135, 8});
  expect(exp2(array({1, 2, 8})), "float32(3,)", {2, 4, 256});
  expect(exp2(array({NaN, inf, -inf, 0.0})), "float32(4,)", {NaN, inf, 0, 1});
  expect(log2(array({0.25, 1.0, 8.0, 1000.0})), "float32(4,)", {-2, 0, 3, 9.965784});
  expect(log2(array({1, 2, 8})), "float32(3,)", {0, 1, 3});
  expect(log10(array({0.25, 1.0, 8.0, 1000.0})), "float32(4,)", {-0.60206, 0, 0.90309, 3});
  expect(log10(array({-1.0, 0.0})), "float32(2,)", {NaN, -inf});
  expect(cbrt(array({-2.5, -0.0, 0.5, 3.0})), "float32(4,)", {-1.3572088, -0, 0.7937005, 1.4422495});
  expect(cbrt(array({27, -8, 0})), "float32(3,)", {3, -2, 0});
  expect(cbrt(array({NaN, inf, -inf, 0.0})), "float32(4,)", {NaN, inf, -inf, 0});
  expect(hypot(array({-2.5, -0.0, 0.5, 3.0}), array({3e30, -4.0, 0.0, 4.0})), "float32(4,)",
         {3e+30, 4, 0.5, 5});
  expect(hypot(array({3e30}), 4e30), "float32(1,)", {5e+30});
  expect(hypot(array({1e-30}), 0.0), "float32(1,)", {1e-30});
  expect(hypot(array({inf, 0.0}), array({NaN, 0.0})), "float32(2,)", {inf, 0});
  expect(hypot(3, 4), "float32()", {5});
  expect(hypot(array({-2147483647 - 1}), 0), "float32(1,)", {2147483648.0});
  expect(fmod(array({-2147483647 - 1, -7, 7}), array({7, 3, -3})), "int32(3,)", {-2, -1, 1});
  expect(cbrt(astype(array({1e30}), DType::bfloat16)), "bfloat16(1,)", {9999220736.0});
  expect(logaddexp(array({-2.5, -0.0, 0.5, 3.0}), 1.0), "float32(4,)",
         {1.0297505, 1.3132617, 1.474077, 3.126928});
  expect(logaddexp(array({-inf, inf, 1000.0}), array({-inf, inf, 1000.0})), "float32(3,)",
         {-inf, inf, 1000.6932});
  expect(logaddexp(array({-inf, 5.0}), array({2.0, -inf})), "float32(2,)", {2, 5});
}

TEST_CASE("angles and signs") {
  expect(fmax(array({NaN, 1.0, 2.0, NaN}), array({5.0, NaN, 3.0, NaN})), "float32(4,)", {5, 1, 3, NaN});
  expect(fmin(array({NaN, 1.0, 2.0}), 1.5), "float32(3,)", {1.5, 1, 1.5});
  expect(fmax(array({1, 5}), 3), "int32(2,)", {3, 5});
  expect(sinc(array({-2.5, -0.0, 0.5, 3.0})), "float32(4,)", {0.12732396, 1, 0.63661975, -2.5305382e-09});
  expect(deg2rad(array({180, 90})), "float32(2,)", {3.1415927, 1.5707964});
  expect(rad2deg(array({-2.5, -0.0, 0.5, 3.0})), "float32(4,)", {-143.23946, -0, 28.64789, 171.88734});
  expect(fmod(array({-7, 7, -7, 7}), array({3, 3, -3, -3})), "int32(4,)", {-1, 1, -1, 1});
  expect(fmod(array({-7.5, 5.25}), 2.0), "float32(2,)", {-1.5, 1.25});
  expect(divmod(array({-7, 7}), 3).quotient, "int32(2,)", {-3, 2});
  expect(divmod(array({-7, 7}), 3).remainder, "int32(2,)", {2, 1});
  expect(divmod(array({-7.5}), 2.0).quotient, "float32(1,)", {-4});
  expect(heaviside(array({-2.5, -0.0, 0.5, 3.0}), 0.5), "float32(4,)", {0, 0.5, 1, 1});
  expect(heaviside(array({NaN, inf, -inf, 0.0}), 2.0), "float32(4,)", {NaN, 1, 0, 2});
  expect(signbit(array({-2.5, -0.0, 0.5, 3.0})), "bool(4,)", {1, 1, 0, 0});
  expect(signbit(array({-1, 0, 1})), "bool(3,)", {1, 0, 0});
  expect(copysign(array({1.0, -2.0, 3.0}), array({-0.0, 5.0, -inf})), "float32(3,)", {-1, 2, -3});
  expect(isposinf(array({NaN, inf, -inf, 0.0})), "bool(4,)", {0, 1, 0, 0});
  expect(isneginf(array({NaN, inf, -inf, 0.0})), "bool(4,)", {0, 0, 1, 0});
}

TEST_CASE("special functions") {
  expect(erfc(array({-2.5, -0.0, 0.5, 3.0})), "float32(4,)", {1.999593, 1, 0.47950017, 2.2090497e-05});
  expect(erfc(array({5.0, 9.0, -6.0})), "float32(3,)", {1.5374597e-12, 4.1370317e-37, 2}, 1e-5);
  expect(erfc(array({NaN, inf, -inf, 0.0})), "float32(4,)", {NaN, 0, 2, 1});
  CHECK(erfc(array({9.0})).item<double>() == Approx(4.137031746513811e-37).epsilon(1e-4));
  expect(erfc(full({2}, 2.5, DType::float64)), "float64(2,)", {0.0004069520174449589, 0.0004069520174449589},
         1e-15);
  expect(gammaln(array({0.1, 0.5, 1.0, 2.0, 3.5, 10.0, -0.5, -3.7, 0.0, -2.0})), "float32(10,)",
         {2.2527127, 0.5723648, 4.7683716e-07, 0, 1.2009737, 12.80183, 1.2655118, -1.3797405, inf, inf},
         5e-6);
  expect(gammaln(array({3, 1, 100})), "float32(3,)", {0.6931474, 4.7683716e-07, 359.13422}, 5e-6);
  expect(gammaln(array({NaN, inf, -inf, 0.0})), "float32(4,)", {NaN, inf, inf, inf});
  expect(gammaln(full({1}, 0.3, DType::float64)), "float64(1,)", {1.0957979948180747}, 1e-14);
  expect(digamma(array({0.1, 0.5, 1.0, 2.0, 3.5, 10.0, -0.5, -3.7, 0.0, -2.0})), "float32(10,)",
         {-10.423755, -1.96351, -0.5772154, 0.42278463, 1.1031563, 2.2517526, 0.036489945, -0.84507775, NaN,
          NaN},
         1e-5);
  expect(digamma(full({1}, -1.3, DType::float64)), "float64(1,)", {2.8825405488661677}, 1e-13);
  expect(ndtr(array({-2.5, -0.0, 0.5, 3.0})), "float32(4,)", {0.006209666, 0.5, 0.69146246, 0.9986501});
  expect(logit(array({0.1, 0.5, 1.0, 0.0})), "float32(4,)", {-2.1972246, 0, inf, -inf});
  expect(xlogy(array({0.0, 0.0, 2.0, 0.0}), array({0.0, 5.0, 3.0, NaN})), "float32(4,)",
         {0, 0, 2.1972246, NaN});
  expect(xlog1py(array({0.0, 0.0, 2.0}), array({-1.0, 5.0, 3.0})), "float32(3,)", {0, 0, 2.7725887});
}

TEST_CASE("derivatives, batches and compiled forms") {
  const Array x = array(std::vector<double>{0.3, 1.7, 2.6, 0.9}),
              y = array(std::vector<double>{1.3, -0.4, 0.8, 2.0});
  for (const Unary f : std::initializer_list<Unary>{exp2, log2, log10, cbrt, sinc, deg2rad, rad2deg, erfc,
                                                    gammaln, digamma, ndtr}) {
    const auto lifted = agree::lifted(*f);
    agree::require_transforms(lifted, {x}, 1e-12);
    agree::require_compiled(lifted, {x});
  }
  agree::require_transforms(agree::lifted(gammaln), {array(std::vector<double>{-0.3, -1.7, 0.2})}, 1e-12);
  agree::require_transforms(agree::lifted(Unary(erfc)), {-x}, 1e-12);
  agree::require_gradients(agree::lifted(logit), {array(std::vector<double>{0.3, 0.7, 0.6, 0.9})});
  for (const Binary f : std::initializer_list<Binary>{hypot, logaddexp, fmod, copysign, fmax, fmin, xlogy}) {
    const flat::Function lifted = [f](const Arrays& in) { return Arrays{(*f)(in[0], in[1])}; };
    agree::require_transforms(lifted, {y, x}, 1e-12);
    agree::require_compiled(lifted, {y, x});
  }
  agree::require_transforms([](const Arrays& in) { return Arrays{xlog1py(in[0], in[1])}; }, {y, x}, 1e-12);
}

TEST_CASE("derivatives where formulas would give nan") {
  const auto slopes = [](const flat::Function& f, const Arrays& in) {
    const std::vector<std::uint8_t> wanted(in.size(), 1);
    const Array ct[] = {ones(f(in)[0].shape())};
    return flat::vjp(f, in, wanted).pullback(ct);
  };
  CHECK(slopes(agree::lifted(sinc), {array({0.0})})[0].item<float>() == 0);
  const auto at =
      slopes([](const Arrays& in) { return Arrays{logaddexp(in[0], in[1])}; }, {array({2.0}), array({2.0})});
  CHECK(at[0].item<float>() == 0.5f);
  CHECK(at[1].item<float>() == 0.5f);
  const auto zero =
      slopes([](const Arrays& in) { return Arrays{xlogy(in[0], in[1])}; }, {array({0.0}), array({2.0})});
  CHECK(zero[0].item<float>() == Approx(std::log(2.0)));
  CHECK(zero[1].item<float>() == 0);
  CHECK(slopes(agree::lifted(Unary(erfc)), {array({0.0})})[0].item<float>() == Approx(-1.1283792));
}

TEST_CASE("bfloat16 stays bfloat16") {
  const Array x = array({0.5, 2.0});
  for (const Unary f : std::initializer_list<Unary>{exp2, log2, cbrt, erfc, gammaln, digamma, ndtr}) {
    const Array y = (*f)(astype(x, DType::bfloat16));
    CHECK(y.dtype() == DType::bfloat16);
    agree::require_same(astype(y, DType::float32), (*f)(x), 0.02);
  }
}

TEST_CASE("bool counts as 0 and 1 where it has no arithmetic of its own, as in JAX") {
  const Array b = array({true, false});
  expect(abs(b), "bool(2,)", {1, 0});
  expect(floor(b), "bool(2,)", {1, 0});
  expect(square(b), "int32(2,)", {1, 0});
  expect(relu(b), "int32(2,)", {1, 0});
  expect(mod(b, array({true, true})), "int32(2,)", {0, 0});
  expect(power(b, b), "int32(2,)", {1, 1});
  expect(power(b, 2), "int32(2,)", {1, 0});
  expect(power(b, 0), "int32(2,)", {1, 1});
  expect(floor_divide(b, array({true, true})), "int32(2,)", {1, 0});
  CHECK_THROWS_AS(b - b, DTypeError);
  CHECK_THROWS_AS(negative(b), DTypeError);
}

TEST_CASE("powers of integers take the exponent's low six bits, as JAX's") {
  expect(power(array({3, -3, 0, 0, 2}), array({65, -2, 64, 0, 31})), "int32(5,)",
         {3, 703701817, 0, 1, -2147483648.0});
  CHECK_THROWS_WITH(power(array({2}), -1), Contains("power: got int32 and the exponent -1"));
  expect(power(array({2.0}), -1), "float32(1,)", {0.5});
  expect(power(array({3, 2}), 200), "int32(2,)", {-1426542431, 0});
}

TEST_CASE("slopes of powers at 0 are JAX's") {
  const auto slope = [](const Array& x, const Array& y) {
    const std::vector<std::uint8_t> wanted{1};
    const auto vjp =
        flat::vjp([&](const flat::Arrays& in) { return flat::Arrays{power(in[0], y)}; }, {x}, wanted);
    return vjp.pullback(flat::Arrays{ones_like(vjp.outputs[0])})[0];
  };
  const Array zero = array({0.0, 0.0, 0.0, 0.0});
  expect(slope(zero, array({0.0, 1.0, 2.0, 0.5})), "float32(4,)", {NaN, 1, 0, inf});
  expect(slope(zero, array({0, 1, 2, -1})), "float32(4,)", {0, 1, 0, -inf});
}

TEST_CASE("gelu in bfloat16 rounds once") {
  const Array x = astype(array({-3.0, -2.5, 0.3}), DType::bfloat16);
  for (const bool approximate : {true, false})
    CHECK(array_equal(gelu(x, approximate),
                      astype(gelu(astype(x, DType::float32), approximate), DType::bfloat16)));
}

TEST_CASE("erf saturates") {
  expect(erf(array({-1e30, -5.0, 3.9, inf, NaN})), "float32(5,)", {-1, -1, 1, 1, NaN}, 0);
  expect(erf(array({-3.0 / 1.4142135})), "float32(1,)", {-0.99730020}, 2e-7);
  expect(gelu(array({-1e4, -1e30, -8.0}), false), "float32(3,)", {0, 0, 0}, 0);
}

TEST_CASE("small arrays beside one element give what large ones give") {
  const Array large = sin(agree::numbers({5000})), small = slice_in_dim(large, 0, 7);
  const Array one = full({1}, 0.5, DType::float64);
  for (const auto f : {add, subtract, multiply, divide, maximum, arctan2, power}) {
    for (const Array& scalar : {one, reshape(one, {})}) {
      agree::require_same(f(small, scalar), slice_in_dim(f(large, scalar), 0, 7));
      agree::require_same(f(scalar, small), slice_in_dim(f(scalar, large), 0, 7));
    }
  }
  agree::require_same(greater(small, one), slice_in_dim(greater(large, one), 0, 7));
  CHECK((small + ones({1, 1, 1}, DType::float64)).shape() == Shape{1, 1, 7});
  CHECK((zeros({0}) + 1.0f).shape() == Shape{0});
}
