#include "copse/ops/cumulative.hpp"

#include <limits>

#include "agree.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/compare.hpp"

using namespace copse;
using agree::lifted;
using agree::numbers;
using agree::require_transforms;
using agree::require_values;
using Catch::Matchers::Contains;

namespace {
const double quiet = std::nan(""), inf = std::numeric_limits<double>::infinity();
}

TEST_CASE("running totals along axes, from both ends") {
  const Array x = array({{1, 2, 3}, {4, 5, 6}});
  require_values(cumsum(x), {6}, {1, 3, 6, 10, 15, 21});
  require_values(cumsum(x, 0), {2, 3}, {1, 2, 3, 5, 7, 9});
  require_values(cumsum(x, -1), {2, 3}, {1, 3, 6, 4, 9, 15});
  require_values(cumsum(x, 1, true), {2, 3}, {6, 5, 3, 15, 11, 6});
  require_values(cumsum(x, 0, true), {2, 3}, {5, 7, 9, 4, 5, 6});
  require_values(cumprod(x, 1), {2, 3}, {1, 2, 6, 4, 20, 120});
  require_values(cummax(array({1, 3, 2, 3, 5}), 0), {5}, {1, 3, 3, 3, 5});
  require_values(cummin(array({3, 1, 2}), 0, true), {3}, {1, 1, 2});
  require_values(cummax(array({1.0, quiet, 2.0})), {3}, {1, quiet, quiet});
  CHECK(cumsum(x, 0).dtype() == DType::int32);
  CHECK(cumsum(array({true, true})).dtype() == DType::int32);
  require_values(cumsum(array({true, false, true})), {3}, {1, 1, 2});
  CHECK_THROWS_WITH(cumsum(x, 2), Contains("cumsum: axis 2"));
}

TEST_CASE("running totals of all dtypes, of nothing and of scalars") {
  for (const DType dtype : {DType::uint8, DType::uint32, DType::int32, DType::int64, DType::bfloat16,
                            DType::float32, DType::float64}) {
    const Array x = astype(array({{1, 2}, {3, 4}, {5, 6}}), dtype);
    require_values(cumsum(x, 0), {3, 2}, {1, 2, 4, 6, 9, 12});
    require_values(cumprod(x, 1), {3, 2}, {1, 2, 3, 12, 5, 30});
    require_values(cummin(x, 0, true), {3, 2}, {1, 2, 3, 4, 5, 6});
    CHECK(cumsum(x).dtype() == dtype);
  }
  CHECK(cumsum(zeros({0})).shape() == Shape{0});
  CHECK(cumsum(zeros({2, 0}), 0).shape() == Shape{2, 0});
  CHECK(cumprod(full({}, 3.0)).shape() == Shape{1});
  CHECK_THROWS_AS(cumprod(full({}, 3.0), 0), ShapeError);
  CHECK(cumsum(ones({20'000'000})).item<float>({-1}) == 2e7f);
}

TEST_CASE("running totals do not depend on the number of threads") {
  const int before = num_threads();
  const Array x = astype(numbers({40, 90, 70}), DType::float32);
  for (int axis = 0; axis < 3; ++axis) {
    set_num_threads(1);
    const Array one = cumsum(x, axis);
    set_num_threads(3);
    CHECK(array_equal(cumsum(x, axis), one));
  }
  set_num_threads(before);
}

TEST_CASE("derivatives of running totals") {
  const Array x = numbers({3, 4, 2});
  for (const int axis : {0, 1, 2})
    for (const bool reverse : {false, true}) {
      require_transforms(lifted([&](const Array& a) { return cumsum(a, axis, reverse); }), {x});
      require_transforms(lifted([&](const Array& a) { return cumprod(a, axis, reverse); }), {x});
      require_transforms(lifted([&](const Array& a) { return cummax(a, axis, reverse); }), {x});
      require_transforms(lifted([&](const Array& a) { return cummin(a, axis, reverse); }), {x});
      require_transforms(lifted([&](const Array& a) { return cumlogsumexp(a, axis, reverse); }), {x});
    }
  const auto slope = [](const Array& a) {
    const std::uint8_t wanted[] = {1};
    const Array ct[] = {numbers({4})};
    return flat::vjp(lifted([](const Array& b) { return cumprod(b); }), {a}, wanted).pullback(ct)[0];
  };
  require_transforms(lifted(slope), {array(std::vector<double>{2.0, 0.0, 3.0, 0.0})});
  require_transforms(lifted(slope), {array(std::vector<double>{2.0, -1.0, 3.0, 0.5})});
}

TEST_CASE("cumlogsumexp stays finite") {
  const Array x = array({-inf, -1e4, 0.0, 1e4, 1e4});
  const Array y = cumlogsumexp(x);
  require_values(y, {5}, {-inf, -1e4, 0, 1e4, static_cast<double>(static_cast<float>(1e4 + std::log(2.0)))});
  const std::uint8_t wanted[] = {1};
  const Array ct[] = {ones({5})};
  const Array slope =
      flat::vjp(lifted([](const Array& a) { return cumlogsumexp(a); }), {x}, wanted).pullback(ct)[0];
  CHECK(all(isfinite(slope)).item<bool>());
  CHECK(slope.item<float>({3}) == Approx(1.5).epsilon(1e-3));  // 1e4 + log 2 is rounded to 1e-3
}

TEST_CASE("diff") {
  const Array x = array({{1, 4, 9}, {0, 1, 3}});
  require_values(diff(x), {2, 2}, {3, 5, 1, 2});
  require_values(diff(x, 2), {2, 1}, {2, 1});
  require_values(diff(x, 1, 0), {1, 3}, {-1, -3, -6});
  require_values(diff(array({true, true, false})), {2}, {0, 1});
  CHECK(diff(x, 5).shape() == Shape{2, 0});
  CHECK(diff(x, 0).shape() == x.shape());
  CHECK_THROWS_WITH(diff(x, -1), Contains("diff: got n = -1"));
}
