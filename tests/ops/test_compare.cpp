#include "copse/ops/compare.hpp"

#include <limits>

#include "agree.hpp"

using namespace copse;
using agree::require_values;

namespace {
const double quiet = std::nan(""), inf = std::numeric_limits<double>::infinity();
}

TEST_CASE("isclose") {
  const Array a = array({1.0, 1.0, inf, -inf, inf, quiet}), b = array({1.000001, 1.1, inf, inf, 1.0, quiet});
  require_values(isclose(a, b), {6}, {1, 0, 1, 0, 0, 0});
  require_values(isclose(a, b, 1e-5, 1e-8, true), {6}, {1, 0, 1, 0, 0, 1});
  require_values(isclose(array({100, 101}), 100, 0, 0.5), {2}, {1, 0});
  CHECK(allclose(ones({2, 3}), 1).item<bool>());
}

TEST_CASE("whole arrays") {
  CHECK(array_equal(array({1, 2}), array({1.0, 2.0})));
  CHECK_FALSE(array_equal(array({1, 2}), array({{1, 2}})));
  CHECK_FALSE(array_equal(array({quiet}), array({quiet})));
  CHECK(array_equal(array({quiet, 1.0}), array({quiet, 1.0}), true));
  CHECK(array_equal(zeros({0}), zeros({0})));
  CHECK(all_close(array({1.0, 2.0}), array({1.0, 2.00001})));
  CHECK_FALSE(all_close(array({1.0, 2.0}), array({1.0, 2.1})));
  CHECK_FALSE(all_close(array({1.0}), array({{1.0}})));
  CHECK(all_close(ones({3}, DType::bfloat16), ones({3})));
}

TEST_CASE("nan_to_num") {
  const Array x = array({quiet, inf, -inf, 1.0});
  const double most = std::numeric_limits<float>::max();
  require_values(nan_to_num(x), {4}, {0, most, -most, 1});
  require_values(nan_to_num(x, 7, 8, 9), {4}, {7, 8, 9, 1});
  CHECK(all(isfinite(nan_to_num(astype(x, DType::bfloat16)))).item<bool>());
  CHECK(nan_to_num(array({1, 2})).dtype() == DType::int32);
}

TEST_CASE("bitcast reads the same bits") {
  CHECK(bitcast(array({1.0f}), DType::uint32).item<std::uint32_t>() == 0x3F800000u);
  CHECK(bitcast(bitcast(array({-2.5f}), DType::int32), DType::float32).item<float>() == -2.5f);
  CHECK_THROWS_AS(bitcast(array({1.0f}), DType::float64), DTypeError);
  CHECK_THROWS_AS(bitcast(array({true}), DType::uint8), DTypeError);
  CHECK(bitcast(zeros({0}), DType::int32).dtype() == DType::int32);
}
