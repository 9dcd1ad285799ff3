#include <limits>

#include "agree.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/conv.hpp"

using namespace copse;
using agree::numbers;
using agree::require_same;
using agree::require_transforms;
using agree::require_values;
using Catch::Matchers::Contains;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();

flat::Function max_pool_with(PoolOptions options) {
  return agree::lifted([options](const Array& x) { return max_pool(x, options); });
}
flat::Function avg_pool_with(PoolOptions options) {
  return agree::lifted([options](const Array& x) { return avg_pool(x, options); });
}

Array gradient(const flat::Function& f, const Array& x) {
  const std::vector<std::uint8_t> wanted{1};
  const auto r = flat::vjp(f, {x}, wanted);
  const Array ct = ones_like(r.outputs[0]);
  return r.pullback(std::span(&ct, 1))[0];
}
}  // namespace

TEST_CASE("max_pool takes the largest under each window") {
  const Array x = reshape(array({1, 5, 2, 4, 3, 9, 8, 7, 6}), {1, 3, 3, 1});
  for (const DType d :
       {DType::uint8, DType::int32, DType::int64, DType::bfloat16, DType::float32, DType::float64}) {
    const Array y = max_pool(astype(x, d), {.window = {2, 2}});
    CHECK(y.dtype() == d);
    require_values(y, {1, 2, 2, 1}, {5, 9, 8, 9});
  }
  require_values(max_pool(x, {.window = {2, 2}, .strides = {2, 2}}), {1, 1, 1, 1}, {5});
  require_values(max_pool(x, {.window = {2, 2}, .strides = {2, 2}, .padding = Padding::same}), {1, 2, 2, 1},
                 {5, 9, 8, 6});
  require_values(max_pool(reshape(x, {1, 9, 1}), {.window = {4}, .strides = {3}}), {1, 2, 1}, {5, 9});
  require_values(max_pool(ones({1, 1, 1}), {.window = {1}, .padding = {{1, 0}}}), {1, 2, 1}, {-infinity, 1});
  const Array hole = reshape(array({1.0f, std::numeric_limits<float>::quiet_NaN(), 3.0f, 0.0f}), {1, 4, 1});
  require_values(max_pool(hole, {.window = {2}}), {1, 3, 1}, {std::nan(""), std::nan(""), 3});
}

TEST_CASE("max_pool of many channels is that of each") {
  for (const std::int64_t channels : {1, 3, 16, 33, 200}) {
    const Array x = astype(numbers({2, 6, 8, channels}), DType::float32);
    const PoolOptions two{.window = {2, 2}, .strides = {2, 2}},
        odd{.window = {3, 2}, .strides = {2, 1}, .padding = Padding::same};
    for (const PoolOptions& options : {two, odd}) {
      const Array all = max_pool(x, options), d = gradient(max_pool_with(options), x);
      for (std::int64_t c = 0; c < channels; c += 13) {
        const Array one = slice_in_dim(x, c, c + 1, 1, -1);
        require_same(slice_in_dim(all, c, c + 1, 1, -1), max_pool(one, options));
        require_same(slice_in_dim(d, c, c + 1, 1, -1), gradient(max_pool_with(options), one));
      }
    }
  }
}

TEST_CASE("the gradient of max_pool goes to the first largest") {
  const Array same = zeros({1, 2, 2, 1});
  require_values(gradient(max_pool_with({.window = {2, 2}, .strides = {2, 2}}), same), {1, 2, 2, 1},
                 {1, 0, 0, 0});
  const Array x = reshape(array({0.0f, 2.0f, 2.0f, 1.0f}), {1, 4, 1});
  require_values(gradient(max_pool_with({.window = {2}}), x), {1, 4, 1}, {0, 2, 1, 0});
  require_values(gradient(max_pool_with({.window = {2}, .strides = {2}}), x), {1, 4, 1}, {0, 1, 1, 0});
  const Array last = reshape(array({0.0f, 1.0f, 2.0f, 3.0f}), {1, 2, 2, 1});
  require_values(gradient(max_pool_with({.window = {2, 2}, .strides = {2, 2}}), last), {1, 2, 2, 1},
                 {0, 0, 0, 1});
}

TEST_CASE("avg_pool divides by the window or by what is there") {
  const Array x = reshape(array({2.0f, 4.0f, 6.0f}), {1, 3, 1});
  require_values(avg_pool(x, {.window = {2}}), {1, 2, 1}, {3, 5});
  require_values(avg_pool(x, {.window = {2}, .padding = Padding::same}), {1, 3, 1}, {3, 5, 3});
  require_values(avg_pool(x, {.window = {2}, .padding = Padding::same, .count_include_pad = false}),
                 {1, 3, 1}, {3, 5, 6});
  CHECK(avg_pool(reshape(array({1, 2, 3}), {1, 3, 1}), {.window = {3}}).dtype() == DType::float32);
  const Array half = astype(x, DType::bfloat16);
  CHECK(avg_pool(half, {.window = {2}, .padding = Padding::same, .count_include_pad = false}).dtype() ==
        DType::bfloat16);
  require_same(avg_pool(numbers({2, 4, 6, 3}), {.window = {4, 6}}), mean(numbers({2, 4, 6, 3}), {1, 2}, true),
               1e-12);
}

TEST_CASE("pooling of three dimensions, and of nothing") {
  require_values(max_pool(reshape(arange(8), {1, 2, 2, 2, 1}), {.window = {2, 2, 2}}), {1, 1, 1, 1, 1}, {7});
  require_values(avg_pool(reshape(arange(8), {1, 2, 2, 2, 1}), {.window = {2, 2, 2}}), {1, 1, 1, 1, 1},
                 {3.5});
  CHECK(max_pool(ones({0, 4, 4, 2}), {.window = {2, 2}}).shape() == Shape{0, 3, 3, 2});
  CHECK(max_pool(ones({1, 4, 4, 0}), {.window = {2, 2}}).shape() == Shape{1, 3, 3, 0});
  CHECK(max_pool(ones({1, 1, 1, 2}), {.window = {2, 2}}).shape() == Shape{1, 0, 0, 2});
}

TEST_CASE("pooling is differentiated to any order and mapped") {
  const PoolOptions options[] = {
      {.window = {2, 2}, .strides = {2, 2}},
      {.window = {3, 2}, .strides = {2, 1}, .padding = Padding::same, .count_include_pad = false},
      {.window = {2, 3}, .padding = {{1, 0}, {0, 2}}}};
  for (const PoolOptions& o : options) {
    const Array x = numbers({2, 4, 6, 3});
    require_transforms(max_pool_with(o), {x});
    require_transforms(avg_pool_with(o), {x}, 1e-12);
    const auto second = [](const flat::Function& f) {
      return [f](const agree::Arrays& in) {
        const std::vector<std::uint8_t> wanted{1};
        const auto r = flat::vjp(f, {in[0]}, wanted);
        return r.pullback(std::span(&in[1], 1));
      };
    };
    require_transforms(second(max_pool_with(o)), {x, numbers(max_pool(x, o).shape())}, 1e-12);
    require_transforms(second(avg_pool_with(o)), {x, numbers(avg_pool(x, o).shape())}, 1e-12);
  }
}

TEST_CASE("pooling says what does not fit") {
  CHECK_THROWS_WITH(max_pool(ones({4, 4}), {.window = {2, 2}}), Contains("max_pool") && Contains("(4, 4)"));
  CHECK_THROWS_WITH(avg_pool(ones({1, 4, 4, 1}), {.window = {2}}), Contains("window"));
  CHECK_THROWS_AS(max_pool(ones({1, 4, 1}), {.window = {0}}), ValueError);
  CHECK_THROWS_AS(max_pool(ones({1, 4, 1}), PoolOptions{}), ShapeError);
  CHECK_THROWS_AS(max_pool(zeros({1, 4, 1}, DType::bool_), {.window = {2}}), DTypeError);
}
