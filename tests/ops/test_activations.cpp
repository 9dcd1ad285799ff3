// Values are those of JAX and NumPy.
#include "copse/ops/activations.hpp"

#include "copse/core/error.hpp"
#include "expect.hpp"

using namespace copse;
using agree::Arrays;
using agree::expect;
using Catch::Matchers::Contains;
TEST_CASE("activations") {
  expect(celu(array({-4.0, -1.0, 0.0, 2.0, 7.0})), "float32(5,)", {-0.9816844, -0.63212055, 0, 2, 7});
  expect(celu(array({-4.0, -1.0, 0.0, 2.0, 7.0}), 2.0), "float32(5,)", {-1.7293295, -0.78693867, 0, 2, 7});
  expect(selu(array({-4.0, -1.0, 0.0, 2.0, 7.0})), "float32(5,)",
         {-1.7258987, -1.1113307, 0, 2.101402, 7.354907});
  expect(glu(array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}})), "float32(2, 2)",
         {0.95257413, -1.2449187, 0, 0.98201376});
  expect(glu(array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}}), 0), "float32(1, 4)",
         {0.5, -1.4621172, 0.8068243, 0.49100688});
  expect(relu6(array({-4.0, -1.0, 0.0, 2.0, 7.0})), "float32(5,)", {0, 0, 0, 2, 6});
  expect(hard_sigmoid(array({-4.0, -1.0, 0.0, 2.0, 7.0})), "float32(5,)", {0, 0.33333334, 0.5, 0.8333334, 1});
  expect(hard_silu(array({-4.0, -1.0, 0.0, 2.0, 7.0})), "float32(5,)", {-0, -0.33333334, 0, 1.6666667, 7});
  expect(hard_tanh(array({-4.0, -1.0, 0.0, 2.0, 7.0})), "float32(5,)", {-1, -1, 0, 1, 1});
  expect(mish(array({-4.0, -1.0, 0.0, 2.0, 7.0})), "float32(5,)",
         {-0.07259174, -0.30340144, 0, 1.943959, 6.999989});
  expect(soft_sign(array({-4.0, -1.0, 0.0, 2.0, 7.0})), "float32(5,)", {-0.8, -0.5, 0, 0.6666667, 0.875});
  expect(squareplus(array({-4.0, -1.0, 0.0, 2.0, 7.0})), "float32(5,)",
         {0.23606801, 0.618034, 1, 2.4142137, 7.1400547});
  expect(squareplus(array({-4.0, -1.0, 0.0, 2.0, 7.0}), 1.0), "float32(5,)",
         {0.061552763, 0.20710677, 0.5, 2.118034, 7.035534});
  expect(logmeanexp(array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}})), "float32()", {2.3426728});
  expect(logmeanexp(array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}}), 1, true), "float32(2, 1)",
         {1.8159592, 2.6858783});
  expect(standardize(array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}})), "float32(2, 4)",
         {0.21055838, -1.4739088, 1.3335365, -0.07018613, -0.5345217, 0, -1.0690434, 1.6035651});
  expect(
      standardize(array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}}), 0, 0.5), "float32(2, 4)",
      {0.57735026, -0.90453404, 0.94280905, -0.92717266, -0.57735026, 0.90453404, -0.94280905, 0.92717266});
  expect(relu6(array({1, 9})), "float32(2,)", {1, 6});
  CHECK_THROWS_WITH(glu(zeros({2, 3})), Contains("glu: axis -1 of shape (2, 3)"));
}

TEST_CASE("activations in transforms") {
  const Array x = array(std::vector<double>{-4.2, -1.1, 0.3, 2.4, 7.1, 0.8});
  const std::function<Array(const Array&)> all[] = {[](const Array& v) { return celu(v, 1.5); },
                                                    selu,
                                                    [](const Array& v) { return glu(v); },
                                                    relu6,
                                                    hard_sigmoid,
                                                    hard_silu,
                                                    hard_tanh,
                                                    mish,
                                                    soft_sign,
                                                    [](const Array& v) { return squareplus(v); },
                                                    [](const Array& v) { return logmeanexp(v); },
                                                    [](const Array& v) { return standardize(v); }};
  for (const auto& f : all) {
    agree::require_transforms(agree::lifted(f), {x}, 1e-12);
    agree::require_compiled(agree::lifted(f), {x});
  }
}

TEST_CASE("hard_tanh of unsigned integers, which have nothing below -1") {
  for (const DType dtype : {DType::uint8, DType::uint32}) {
    const Array y = hard_tanh(astype(array({0, 1, 2, 200}), dtype));
    CHECK(y.dtype() == dtype);
    CHECK(y.to_vector<int>() == std::vector<int>{0, 1, 1, 1});
  }
}
