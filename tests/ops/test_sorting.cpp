#include <algorithm>
#include <limits>

#include "agree.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/sorting.hpp"

using namespace copse;
using agree::lifted;
using agree::numbers;
using agree::require_batches;
using agree::require_gradients;
using agree::require_same;
using agree::require_transforms;
using agree::require_values;

namespace {

const double quiet = std::nan(""), inf = std::numeric_limits<double>::infinity();

// Many ties, of any dtype.
Array scrambled(std::int64_t n, DType dtype) {
  const Array i = arange(n, DType::int64);
  Array x = (i * 7919 + 13) % 1009 - (is_signed(dtype) ? 500 : 0);
  if (is_floating(dtype)) x = astype(x, DType::float64) / 7.0;
  return astype(x, dtype);
}

}  // namespace

TEST_CASE("sort orders all dtypes") {
  for (const DType dtype : {DType::bool_, DType::uint8, DType::uint32, DType::int32, DType::int64,
                            DType::bfloat16, DType::float32, DType::float64})
    for (const std::int64_t n : {1, 5, 24, 25, 300, 5000}) {
      const Array x = scrambled(n, dtype);
      auto wanted = x.to_vector<double>();
      std::sort(wanted.begin(), wanted.end());
      require_values(sort(x), {n}, wanted);
      CHECK(sort(x).dtype() == dtype);
      std::reverse(wanted.begin(), wanted.end());
      require_values(sort(x, 0, true), {n}, wanted);
    }
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  CHECK(sort(array(std::vector<std::int64_t>{5, least, -1})).item<std::int64_t>({0}) == least);
  require_values(sort(array(std::vector<std::uint32_t>{4000000000u, 1u})), {2}, {1, 4000000000.0});
}

TEST_CASE("sort along axes, of nothing, and with nan") {
  const Array x = array({{3, 1, 2}, {0, 5, 4}});
  require_values(sort(x), {2, 3}, {1, 2, 3, 0, 4, 5});
  require_values(sort(x, 0), {2, 3}, {0, 1, 2, 3, 5, 4});
  require_values(sort(x, std::nullopt), {6}, {0, 1, 2, 3, 4, 5});
  require_values(sort(array({quiet, 1.0, -inf, inf, -quiet})), {5}, {-inf, 1, inf, quiet, quiet});
  require_values(sort(array({quiet, 1.0, -inf, inf}), 0, true), {4}, {quiet, inf, 1, -inf});
  CHECK(sort(zeros({0})).size() == 0);
  CHECK(sort(zeros({0, 3}), 1).shape() == Shape{0, 3});
  CHECK(sort(zeros({3, 0}), 0).shape() == Shape{3, 0});
  CHECK(sort(Array(1), std::nullopt).shape() == Shape{1});
  CHECK_THROWS_AS(sort(Array(1)), ShapeError);
  CHECK_THROWS_AS(sort(x, 2), ShapeError);
}

TEST_CASE("argsort is stable in both directions") {
  require_values(argsort(array({2, 1, 2, 1})), {4}, {1, 3, 0, 2});
  require_values(argsort(array({2, 1, 2, 1}), -1, true), {4}, {0, 2, 1, 3});
  require_values(argsort(array({0.0, quiet, -0.0, quiet})), {4}, {0, 2, 1, 3});
  require_values(argsort(array({0.0, quiet, -0.0, quiet}), 0, true), {4}, {1, 3, 0, 2});
  require_values(argsort(array({{3, 1}, {2, 2}}), 0), {2, 2}, {1, 0, 0, 1});
  CHECK(argsort(array({1})).dtype() == DType::int32);
  for (const bool descending : {false, true})
    for (const DType dtype : {DType::uint8, DType::int64, DType::float32}) {
      const Array x = scrambled(3000, dtype);
      const auto values = x.to_vector<double>();
      std::vector<std::int32_t> order(values.size());
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
      std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
        const double u = values[static_cast<std::size_t>(a)], v = values[static_cast<std::size_t>(b)];
        return descending ? u > v : u < v;
      });
      require_same(argsort(x, 0, descending), array(order));
    }
}

TEST_CASE("top_k takes the first among equals") {
  const auto [values, indices] = top_k(array({{1, 3, 3, 2}, {5, 5, 5, 5}}), 3);
  require_values(values, {2, 3}, {3, 3, 2, 5, 5, 5});
  require_values(indices, {2, 3}, {1, 2, 3, 0, 1, 2});
  require_values(top_k(array({1.0, quiet, inf}), 2).values, {2}, {quiet, inf});
  CHECK(top_k(arange(3), 0).values.size() == 0);
  CHECK(top_k(arange(3), 3).indices.dtype() == DType::int32);
  CHECK_THROWS_WITH(top_k(arange(3), 4), "top_k: k is 4 for a last axis of 3");
  CHECK_THROWS_AS(top_k(Array(1), 1), ShapeError);
  const auto f = [](const flat::Arrays& in) {
    TopK top = top_k(in[0], 2);
    return flat::Arrays{top.values, top.indices};
  };
  require_transforms(f, {numbers({3, 4})});
}

TEST_CASE("sort can be differentiated and mapped") {
  require_transforms(lifted([](const Array& x) { return sort(x, 0); }), {numbers({4, 3})});
  require_transforms(lifted([](const Array& x) { return sort(x, 1, true); }), {numbers({2, 5})});
  require_batches(lifted([](const Array& x) { return argsort(x, 0); }), {numbers({4, 3})});
}

TEST_CASE("searchsorted finds both sides") {
  const Array sorted = array({1.0, 2.0, 2.0, 5.0});
  require_values(searchsorted(sorted, array({0.0, 2.0, 3.0, 9.0, quiet})), {5}, {0, 1, 3, 4, 4});
  require_values(searchsorted(sorted, array({0.0, 2.0, 5.0}), true), {3}, {0, 3, 4});
  require_values(searchsorted(arange(3), 1.5), {}, {2});
  require_values(searchsorted(zeros({0}), array({1.0})), {1}, {0});
  CHECK(searchsorted(sorted, zeros({2, 0})).shape() == Shape{2, 0});
  require_values(digitize(array({0.5, 1.0, 4.0}), array({1.0, 3.0})), {3}, {0, 1, 2});
  require_values(digitize(array({0.5, 1.0, 4.0}), array({1.0, 3.0}), true), {3}, {0, 0, 2});
  CHECK_THROWS_AS(searchsorted(zeros({2, 2}), array({1.0})), ShapeError);
  require_batches([](const flat::Arrays& in) { return flat::Arrays{searchsorted(in[0], in[1])}; },
                  {sort(numbers({6})), numbers({2, 3})});
}

TEST_CASE("bincount counts and weighs") {
  require_values(bincount(array({1, 0, 1, 3})), {4}, {1, 2, 0, 1});
  require_values(bincount(array({1, 1}), array({0.5, 2.0}), 3), {3}, {0, 2.5, 0});
  require_values(bincount(array({1, 0, 9}), std::nullopt, 0, 2), {2}, {1, 1});
  CHECK(bincount(zeros({0}, DType::int32)).size() == 0);
  CHECK(bincount(array({1})).dtype() == DType::int32);
  CHECK_THROWS_AS(bincount(array({1.0})), DTypeError);
  CHECK_THROWS_AS(bincount(array({1}), array({1.0, 2.0})), ShapeError);
}

TEST_CASE("quantiles interpolate") {
  const Array x = array({{4.0, 1.0, 3.0}, {2.0, 8.0, 6.0}});
  CHECK(median(x).item<float>() == 3.5f);
  require_values(median(x, 1), {2}, {3, 6});
  require_values(median(x, 1, true), {2, 1}, {3, 6});
  require_values(quantile(x, array({0.0, 0.25, 1.0}), 1), {3, 2}, {1, 2, 2, 4, 4, 8});
  CHECK(quantile(x, array({0.0, 1.0}), std::nullopt, true).shape() == Shape{2, 1, 1});
  require_values(percentile(array({1, 2, 3, 4, 5}), 25), {}, {2});
  require_values(median(array({1.0, quiet, 2.0})), {}, {quiet});
  require_values(median(array({1.0, inf, inf})), {}, {inf});
  require_values(median(zeros({0})), {}, {quiet});
  CHECK(median(ones({3}, DType::bfloat16)).dtype() == DType::bfloat16);
  require_transforms(lifted([](const Array& a) {
                       return quantile(a, array({0.3, 0.6}), 0);
                     }),
                     {numbers({5, 2})});
  require_gradients([](const flat::Arrays& in) { return flat::Arrays{quantile(in[0], in[1])}; },
                    {numbers({7}), full({}, 0.4, DType::float64)});
}
