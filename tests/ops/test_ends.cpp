// Elementwise functions where numbers end: division by zero, integers without floats, far away angles.
#include <limits>

#include "agree.hpp"
#include "copse/core/error.hpp"

using namespace copse;
using agree::require_values;

TEST_CASE("integers divided by zero are what JAX makes of them") {
  const Array x = array({7, 0, -7});
  require_values(floor_divide(x, 0), {3}, {-2, -1, -2});
  require_values(mod(x, 0), {3}, {0, 0, 0});
  require_values(mod(astype(x, DType::uint8), 0), {3}, {0, 0, 0});
}

TEST_CASE("shifts take integers alone") {
  CHECK_THROWS_WITH(left_shift(array({true}), array({true})), "left_shift: got bool, wanted integers");
  CHECK_THROWS_AS(right_shift(array({1.0}), 1), DTypeError);
}

TEST_CASE("sine and cosine are right far away, in place and among others") {
  std::vector<float> x(1000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) * (i % 7 == 0 ? 3.0e30f : 1.0f);
  const auto sine = sin(array(x)).to_vector<double>(), cosine = cos(array(x)).to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    CHECK(sine[i] == Approx(std::sin(static_cast<double>(x[i]))).margin(1e-6));
    CHECK(cosine[i] == Approx(std::cos(static_cast<double>(x[i]))).margin(1e-6));
  }
  CHECK(std::isnan(sin(array({std::numeric_limits<float>::infinity()})).item<double>()));
}
