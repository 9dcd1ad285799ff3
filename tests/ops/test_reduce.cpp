#include "copse/ops/reduce.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "agree.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/compare.hpp"

using namespace copse;
using agree::lifted;
using agree::numbers;
using agree::require_same;
using agree::require_transforms;
using agree::require_values;
using Catch::Matchers::Contains;

namespace {

const double quiet = std::nan(""), inf = std::numeric_limits<double>::infinity();

// Small integers, so that sums are exact in every dtype.
Array small(const Shape& shape, DType dtype) {
  return astype(reshape((arange(shape.elements(), DType::int64) * 7919 + 13) % 5, shape), dtype);
}

// The sum by its definition.
std::vector<double> slow_sum(const Array& x, const std::vector<int>& axes) {
  const auto values = x.to_vector<double>();
  std::vector<std::int64_t> stride(x.shape().size(), 0);
  std::int64_t outputs = 1;
  for (int d = x.ndim() - 1; d >= 0; --d) {
    if (std::find(axes.begin(), axes.end(), d) != axes.end()) continue;
    stride[static_cast<std::size_t>(d)] = outputs;
    outputs *= x.shape()[d];
  }
  std::vector<double> sums(static_cast<std::size_t>(outputs), 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::int64_t rest = static_cast<std::int64_t>(i), at = 0;
    for (int d = x.ndim() - 1; d >= 0; --d) {
      at += rest % x.shape()[d] * stride[static_cast<std::size_t>(d)];
      rest /= x.shape()[d];
    }
    sums[static_cast<std::size_t>(at)] += values[i];
  }
  return sums;
}

}  // namespace

TEST_CASE("sum over any axes of any shape") {
  const Shape shapes[] = {{7},      {300},     {5000},       {4, 6},        {33, 70},
                          {1, 9},   {2, 3, 4}, {17, 5, 130}, {3, 1, 2, 5},  {4, 3, 2, 3, 2},
                          {600, 3}, {2, 1500}, {70, 2000},   {3, 40, 50, 2}};
  for (const Shape& shape : shapes)
    for (int mask = 0; mask < (1 << shape.rank()); ++mask) {
      std::vector<int> axes;
      for (int d = 0; d < shape.rank(); ++d)
        if (mask >> d & 1) axes.push_back(d);
      Shape rest, kept = shape;
      for (int d = 0; d < shape.rank(); ++d)
        if (mask >> d & 1)
          kept[d] = 1;
        else
          rest.push_back(shape[d]);
      const Array x = small(shape, DType::float32);
      const auto wanted = slow_sum(x, axes);
      INFO(to_string(shape) << " axes " << mask);
      require_values(sum(x, Axes(axes)), rest, wanted);
      require_values(sum(x, Axes(axes), true), kept, wanted);
    }
}

TEST_CASE("sum of all dtypes") {
  for (const DType dtype : {DType::uint8, DType::uint32, DType::int32, DType::int64, DType::bfloat16,
                            DType::float32, DType::float64}) {
    const Array x = small({3, 37, 21}, dtype);
    INFO(name_of(dtype));
    for (const int axis : {0, 1, 2}) {
      const auto wanted = slow_sum(x, {axis});
      Shape rest = x.shape();
      rest.erase(axis);
      require_values(sum(x, axis), rest, wanted);
    }
    CHECK(sum(x).dtype() == (dtype == DType::uint8 ? DType::uint32 : dtype));
    CHECK(max(x).item<double>() == 4);
    CHECK(min(x).item<double>() == 0);
    CHECK(max(x).dtype() == dtype);
  }
  const Array flags = array({{true, false, true}, {true, true, true}});
  CHECK(sum(flags).dtype() == DType::int32);
  require_values(sum(flags, 0), {3}, {2, 1, 2});
  CHECK(prod(flags).dtype() == DType::int32);
  require_values(max(flags, 1), {2}, {1, 1});
  require_values(min(flags, 1), {2}, {0, 1});
  CHECK(max(flags).dtype() == DType::bool_);
  CHECK(mean(flags).dtype() == DType::float32);
}

TEST_CASE("integers wrap") {
  CHECK(sum(array(std::vector<std::int32_t>{2147483647, 1})).item<std::int32_t>() ==
        std::numeric_limits<std::int32_t>::min());
  CHECK(prod(array(std::vector<std::int32_t>{1 << 16, 1 << 16})).item<std::int32_t>() == 0);
}

TEST_CASE("long sums lose nothing") {
  const std::int64_t n = 30'000'000;  // more than the 2^24 that a float32 can count to
  CHECK(sum(ones({n})).item<float>() == static_cast<float>(n));
  CHECK(sum(ones({n / 2, 2}), 0).item<float>({1}) == static_cast<float>(n / 2));
  CHECK(sum(ones({20000}, DType::bfloat16)).item<float>() == 19968);  // the nearest bfloat16
  CHECK(mean(full({100000}, 0.1)).item<float>() == Approx(0.1).epsilon(1e-6));
}

TEST_CASE("sums do not depend on the number of threads") {
  const int before = num_threads();
  for (const Shape& shape :
       {Shape{1000000}, Shape{1000, 1024}, Shape{3, 2000, 130}, Shape{40000, 7}, Shape{64, 40, 300}}) {
    const Array x = astype(numbers(shape), DType::float32);
    for (int axis = -1; axis < shape.rank(); ++axis) {
      const Axes axes = axis < 0 ? Axes() : Axes(axis);
      set_num_threads(1);
      const Array one = sum(x, axes);
      for (const int threads : {2, 3, 8}) {
        set_num_threads(threads);
        CHECK(array_equal(sum(x, axes), one));
      }
    }
  }
  set_num_threads(before);
}

TEST_CASE("reductions over nothing, and of scalars") {
  const Array none = zeros({2, 0, 3});
  require_values(sum(none, 1), {2, 3}, {0, 0, 0, 0, 0, 0});
  require_values(prod(none, 1), {2, 3}, {1, 1, 1, 1, 1, 1});
  require_values(any(none, 1), {2, 3}, {0, 0, 0, 0, 0, 0});
  require_values(all(none, 1), {2, 3}, {1, 1, 1, 1, 1, 1});
  require_values(mean(none, {0, 1}), {3}, {quiet, quiet, quiet});
  require_values(logsumexp(none, 1), {2, 3}, {-inf, -inf, -inf, -inf, -inf, -inf});
  CHECK(sum(none, 2).shape() == Shape{2, 0});
  CHECK(max(none, 2).shape() == Shape{2, 0});
  CHECK(softmax(none, 1).shape() == none.shape());
  CHECK(std::isnan(var(zeros({0})).item<float>()));
  CHECK_THROWS_AS(max(none, 1), ValueError);
  CHECK_THROWS_WITH(min(none), Contains("min: got shape (2, 0, 3)") && Contains("at least one element"));
  const Array scalar = full({}, 3.0);
  for (const auto& f : {sum, prod, max, min, mean}) CHECK(f(scalar, {}, false).item<float>() == 3);
  CHECK(sum(scalar, {}, true).shape() == Shape{});
  CHECK(softmax(full({1}, 3.0)).item<float>() == 1);
}

TEST_CASE("axes that are not there") {
  const Array x = zeros({2, 3});
  CHECK_THROWS_WITH(sum(x, 2), Contains("sum: axis 2"));
  CHECK_THROWS_AS(sum(x, -3), ShapeError);
  CHECK_THROWS_WITH(mean(x, {0, -2}), Contains("mean: axis 0 is given twice"));
  CHECK_THROWS_AS(argmax(x, 2), ShapeError);
  CHECK_THROWS_WITH(sum_to(zeros({2, 3}), {2}), Contains("(2,)") && Contains("(2, 3)"));
}

TEST_CASE("extremes, nan among them") {
  for (const std::int64_t n : {1, 3, 31, 32, 65, 200, 5000}) {
    const Array x = sin(astype(arange(n), DType::float64) * 1.7);
    const auto v = x.to_vector<double>();
    for (const DType dtype : {DType::float32, DType::float64, DType::bfloat16}) {
      const auto y = astype(x, dtype).to_vector<double>();
      CHECK(max(astype(x, dtype)).item<double>() == *std::max_element(y.begin(), y.end()));
      CHECK(min(astype(x, dtype)).item<double>() == *std::min_element(y.begin(), y.end()));
      CHECK(argmax(astype(x, dtype)).item<int>() == std::max_element(y.begin(), y.end()) - y.begin());
      CHECK(argmin(astype(x, dtype)).item<int>() == std::min_element(y.begin(), y.end()) - y.begin());
    }
    for (const std::int64_t at : {std::int64_t{0}, n / 2, n - 1}) {
      const Array bad = where(equal(arange(n), at), quiet, astype(x, DType::float32));
      CHECK(std::isnan(max(bad).item<float>()));
      CHECK(std::isnan(min(bad).item<float>()));
      CHECK(argmax(bad).item<std::int64_t>() == at);
      CHECK(argmin(bad).item<std::int64_t>() == at);
      const Array columns = broadcast_to(expand_dims(bad, 1), {n, 3});
      CHECK(std::isnan(max(columns, 0).item<float>({1})));
      CHECK(argmax(columns, 0).item<std::int64_t>({2}) == at);
    }
  }
  CHECK(max(array({-inf, -inf})).item<double>() == -inf);
}

TEST_CASE("argmax takes the first of equals, along any axis") {
  const Array x = array({{1, 5, 5}, {7, 5, 7}});
  require_values(argmax(x, 1), {2}, {1, 0});
  require_values(argmax(x, 0), {3}, {1, 0, 1});
  require_values(argmin(x, 0, true), {1, 3}, {0, 0, 0});
  require_values(argmax(x), {}, {3});
  require_values(argmax(x, std::nullopt, true), {1, 1}, {3});
  require_values(argmax(array({false, true, true})), {}, {1});
  CHECK(argmax(x).dtype() == DType::int32);
  CHECK(argmax(zeros({0, 3}), 1).shape() == Shape{0});
  CHECK(argmax(zeros({3, 0, 7}), 0).shape() == Shape{0, 7});
  CHECK(argmin(zeros({3, 7, 0}), 1, true).shape() == Shape{3, 1, 0});
  CHECK_THROWS_AS(argmax(zeros({0, 3}), 0), ValueError);
  CHECK_THROWS_WITH(argmin(zeros({0})), Contains("argmin") && Contains("(0,)"));
  agree::require_batches(lifted([](const Array& a) { return argmax(a, 0); }), {numbers({4, 3})});
}

TEST_CASE("any and all") {
  const Array x = array({{0, 2}, {3, 4}});
  require_values(any(x, 1), {2}, {1, 1});
  require_values(all(x, 1), {2}, {0, 1});
  CHECK(any(x).dtype() == DType::bool_);
  CHECK(any(array({quiet})).item<bool>());
  require_values(
      any(greater(astype(reshape(arange(70000), {700, 100}), DType::float32), 69898.0), 1, true).shape() ==
              Shape{700, 1}
          ? sum(any(greater(reshape(arange(70000), {700, 100}), 69898), 1))
          : Array(-1),
      {}, {2});
}

TEST_CASE("derivatives of reductions") {
  for (const Axes& axes : {Axes(), Axes(0), Axes(1), Axes({0, 2}), Axes(-1)}) {
    const Array x = numbers({2, 3, 4});
    require_transforms(lifted([&](const Array& a) { return sum(a, axes); }), {x});
    require_transforms(lifted([&](const Array& a) { return prod(a, axes, true); }), {x});
    require_transforms(lifted([&](const Array& a) { return max(a, axes); }), {x});
    require_transforms(lifted([&](const Array& a) { return min(a, axes, true); }), {x});
    agree::require_gradients(lifted([&](const Array& a) { return mean(a, axes); }), {x});
    agree::require_gradients(lifted([&](const Array& a) { return var(a, axes, 1); }), {x});
    agree::require_gradients(lifted([&](const Array& a) { return copse::std(a, axes); }), {x});
    agree::require_gradients(lifted([&](const Array& a) { return logsumexp(a, axes); }), {x});
    agree::require_gradients(lifted([&](const Array& a) { return softmax(a, axes); }), {x});
    agree::require_gradients(lifted([&](const Array& a) { return log_softmax(a, axes); }), {x});
  }
}

namespace {
Array gradient(const std::function<Array(const Array&)>& f, const Array& x) {
  const std::uint8_t wanted[] = {1};
  const flat::Vjp at = flat::vjp(lifted(f), {x}, wanted);
  const Array ct[] = {ones(at.outputs[0].shape(), at.outputs[0].dtype())};
  return at.pullback(ct)[0];
}
}  // namespace

TEST_CASE("gradients at ties and zeros") {
  const Array ties = array({1.0, 3.0, 3.0, 2.0});
  require_values(gradient([](const Array& x) { return max(x); }, ties), {4}, {0, 0.5, 0.5, 0});
  require_values(gradient([](const Array& x) { return min(x); }, array({2.0, 2.0})), {2}, {0.5, 0.5});
  require_values(gradient([](const Array& x) { return prod(x); }, array({2.0, 0.0, 3.0})), {3}, {0, 6, 0});
  require_values(gradient([](const Array& x) { return prod(x); }, array({2.0, 0.0, 0.0})), {3}, {0, 0, 0});
  // The second derivative of a product with a zero: d/dx0 of x1 * x2 + ... is the third factor.
  const auto first = [](const Array& x) { return sum(gradient([](const Array& y) { return prod(y); }, x)); };
  require_values(gradient(first, array({2.0, 0.0, 3.0})), {3}, {3, 5, 2});
}

TEST_CASE("sums of exponentials stay finite") {
  const Array x = array({{1e4, -1e4, 0.0}, {-1e4, -1e4, -1e4}});
  const Array lse = logsumexp(x, 1);
  CHECK(lse.item<float>({0}) == 1e4f);
  CHECK(lse.item<float>({1}) == Approx(-1e4 + std::log(3.0)));
  for (const auto& f :
       {+[](const Array& a) { return logsumexp(a, 1); }, +[](const Array& a) { return softmax(a); },
        +[](const Array& a) { return log_softmax(a); }}) {
    CHECK(all(isfinite(f(x))).item<bool>());
    CHECK(all(isfinite(gradient(f, x))).item<bool>());
  }
  CHECK(logsumexp(array({-inf, -inf})).item<double>() == -inf);
  CHECK(logsumexp(array({inf, 1.0})).item<double>() == inf);
  CHECK(softmax(array({1, 2, 3})).dtype() == DType::float32);
  CHECK(sum(softmax(zeros({8}, DType::bfloat16))).item<float>() == 1);
}

TEST_CASE("means, variances and their relatives") {
  const Array x = array({{1.0, 2.0, 4.0}, {3.0, 5.0, 9.0}});
  require_values(mean(x, 0), {3}, {2, 3.5, 6.5});
  CHECK(mean(array({1, 2})).item<double>() == 1.5);
  CHECK(var(x).item<double>() == Approx(20.0 / 3));
  CHECK(var(x, {}, 1).item<double>() == Approx(8));
  CHECK(copse::std(x, {}, 1).item<double>() == Approx(std::sqrt(8.0)));
  CHECK(std::isnan(var(array({1.0}), {}, 1).item<double>()));
  CHECK(mean(x, {}, true).shape() == Shape{1, 1});
  CHECK(average(x, 1, array({1.0, 0.0, 1.0})).to_vector<double>() == std::vector<double>{2.5, 6});
  CHECK(average(array({1, 2, 3}), {}, array({0, 0, 2})).item<double>() == 3);
  CHECK_THROWS_AS(average(x, 0, array({1.0, 0.0, 1.0})), ShapeError);
  require_values(count_nonzero(array({{0, 2}, {3, 4}}), 0), {2}, {1, 2});
  require_values(ptp(x, 1), {2}, {3, 6});
  const Array holes = array({{1.0, quiet, 4.0}, {quiet, quiet, quiet}});
  require_values(nansum(holes, 1), {2}, {5, 0});
  require_values(nanmean(holes, 1), {2}, {2.5, quiet});
  require_values(nanmax(holes, 1), {2}, {4, quiet});
  require_values(nanmin(holes, 1), {2}, {1, quiet});
}

TEST_CASE("sum_to undoes broadcasting") {
  const Array x = ones({2, 3, 4});
  require_values(sum_to(x, {}), {}, {24});
  require_values(sum_to(x, {4}), {4}, {6, 6, 6, 6});
  require_values(sum_to(x, {3, 1}), {3, 1}, {8, 8, 8});
  CHECK(sum_to(x, {2, 3, 4}).impl() == x.impl());
  CHECK(sum_to(zeros({0, 3}), {1, 3}).shape() == Shape{1, 3});
}

TEST_CASE("stop_gradient is the identity without derivative") {
  const Array x = array({1.0, 2.0});
  require_same(stop_gradient(x), x);
  require_values(gradient([](const Array& a) { return a * stop_gradient(a); }, x), {2}, {1, 2});
  agree::require_batches(lifted([](const Array& a) { return stop_gradient(a); }), {x});
}
