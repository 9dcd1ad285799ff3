#include "agree.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/indexing.hpp"

using namespace copse;
using agree::numbers;
using agree::require_batches;
using agree::require_gradients;
using agree::require_same;
using agree::require_transforms;
using agree::require_values;

namespace {

constexpr DType all_dtypes[] = {DType::bool_, DType::uint8,    DType::uint32,  DType::int32,
                                DType::int64, DType::bfloat16, DType::float32, DType::float64};
const double quiet = std::nan("");

Array counted(const Shape& shape, DType dtype = DType::int32) {
  return reshape(arange(shape.elements(), dtype), shape);
}

}  // namespace

TEST_CASE("take puts the indices' dimensions in the axis's place") {
  const Array x = counted({2, 3}, DType::float32);
  require_values(take(x, array({2, 0}), 1), {2, 2}, {2, 0, 5, 3});
  require_values(take(x, array({{1}, {0}}), 0), {2, 1, 3}, {3, 4, 5, 0, 1, 2});
  require_values(take(x, array({-1, 4})), {2}, {5, 4});
  require_values(take(x, 0, 1), {2}, {0, 3});
  require_values(take(x, -1, 0), {3}, {3, 4, 5});
  require_values(take(x, Array(1), 1), {2}, {1, 4});
  CHECK(take(x, zeros({0}, DType::int32), 0).shape() == Shape{0, 3});
  CHECK(take(zeros({3, 0}), array({1}), 0).shape() == Shape{1, 0});
  for (const DType dtype : {DType::uint8, DType::uint32, DType::int64})
    require_values(take(x, astype(array({1, 0}), dtype), 0), {2, 3}, {3, 4, 5, 0, 1, 2});
  CHECK_THROWS_WITH(take(x, 2, 0), "take: there is no position 2 on axis 0 of shape (2, 3)");
  CHECK_THROWS_WITH(take(x, ones({1}), 0), "take: the indices are float32, wanted integers");
  CHECK_THROWS_AS(take(x, array({0}), 2), ShapeError);
}

TEST_CASE("take out of range gives what cannot be mistaken") {
  const Array far = array({1, 5, -3});
  require_values(take(array({1.0, 2.0}), far, 0), {3}, {2, quiet, quiet});
  require_values(take(array({1, 2}), far, 0), {3}, {2, -2147483648.0, -2147483648.0});
  require_values(take(astype(array({1, 2}), DType::uint8), far, 0), {3}, {2, 255, 255});
  require_values(take(zeros({2}, DType::bool_), far, 0), {3}, {0, 1, 1});
  CHECK(std::isnan(take(ones({2}, DType::bfloat16), far, 0).item<float>({1})));
  require_values(take(array({1.0, 2.0}), far, 0, OutOfBounds::zero), {3}, {2, 0, 0});
  require_values(take(array({1.0, 2.0}), far, 0, OutOfBounds::clamp), {3}, {2, 2, 1});
  require_values(take(zeros({0}), array({0}), 0), {1}, {quiet});
}

TEST_CASE("take can be differentiated and mapped over both arguments") {
  const Array indices = array({{2, 0}, {-1, 2}});
  for (const int axis : {0, 1, 2})
    require_transforms([&](const flat::Arrays& in) { return flat::Arrays{take(in[0], in[1], axis)}; },
                       {numbers({3, 4, 3}), indices});
  const auto zero = [](const flat::Arrays& in) {
    return flat::Arrays{take(in[0], in[1], 0, OutOfBounds::zero)};
  };
  const auto clamp = [](const flat::Arrays& in) {
    return flat::Arrays{take(in[0], in[1], 0, OutOfBounds::clamp)};
  };
  require_transforms(zero, {numbers({3, 2}), array({7, 1, -8})});
  require_transforms(clamp, {numbers({3, 2}), array({7, 1, -8})});
  // Mapped twice over the indices alone.
  const flat::Function inner = [](const flat::Arrays& in) { return flat::Arrays{take(in[0], in[1], 1)}; };
  const auto first = [](std::size_t n) { return std::vector<std::optional<int>>(n, 0); };
  const flat::Function outer = [&](const flat::Arrays& in) {
    const std::optional<int> axes[] = {std::nullopt, 0};
    return flat::vmap(inner, in, axes, first);
  };
  require_transforms(outer, {numbers({2, 3}), array({{0, 1}, {2, 2}})});
}

TEST_CASE("take_along_axis") {
  const Array x = counted({2, 3});
  require_values(take_along_axis(x, array({{2, 0}, {1, -1}}), 1), {2, 2}, {2, 0, 4, 5});
  require_values(take_along_axis(x, array({{1, 0, 1}}), 0), {1, 3}, {3, 1, 5});
  require_values(take_along_axis(x, array({{1}}), -1), {2, 1}, {1, 4});
  require_values(take_along_axis(astype(x, DType::float64), array({{9}}), -1), {2, 1}, {quiet, quiet});
  CHECK_THROWS_AS(take_along_axis(x, array({1}), 0), ShapeError);
  CHECK_THROWS_AS(take_along_axis(x, array({{1}, {1}, {1}}), 1), ShapeError);
  for (const int axis : {0, 1, 2})
    require_transforms(
        [&](const flat::Arrays& in) { return flat::Arrays{take_along_axis(in[0], in[1], axis)}; },
        {numbers({2, 2, 2}), array({{{0, 1}, {1, 1}}, {{0, 0}, {-1, 0}}})});
}

TEST_CASE("one_hot") {
  require_values(one_hot(array({1, 0, 3, -1}), 3), {4, 3}, {0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0});
  require_values(one_hot(array({1, 0}), 2, DType::bool_, 0), {2, 2}, {0, 1, 1, 0});
  CHECK(one_hot(array({1}), 2).dtype() == DType::float32);
  CHECK(one_hot(Array(1), 3).shape() == Shape{3});
  CHECK(one_hot(zeros({0}, DType::int32), 3).shape() == Shape{0, 3});
  CHECK_THROWS_AS(one_hot(array({1}), -1), ValueError);
}

TEST_CASE("nonzero") {
  const auto found = nonzero(array({{0, 2}, {3, 0}}));
  require_values(found[0], {2}, {0, 1});
  require_values(found[1], {2}, {1, 0});
  CHECK(nonzero(zeros({0}))[0].size() == 0);
  CHECK_THROWS_WITH(nonzero(Array(1)), "nonzero: got a scalar, wanted one dimension or more; see atleast_1d");
}

TEST_CASE("scatter combines rows") {
  const Array x = counted({3, 2}, DType::float32),
              rows = array({{10.0, 20.0}, {30.0, 40.0}, {50.0, 60.0}, {1.0, 1.0}});
  const Array indices = array({0, -1, 0, 7});
  require_values(scatter_add(x, indices, rows), {3, 2}, {60, 81, 2, 3, 34, 45});
  require_values(scatter_set(x, indices, rows), {3, 2}, {50, 60, 2, 3, 30, 40});
  require_values(scatter_multiply(x, indices, rows), {3, 2}, {0, 1200, 2, 3, 120, 200});
  require_values(scatter_max(x, indices, rows), {3, 2}, {50, 60, 2, 3, 30, 40});
  require_values(scatter_min(x, indices, rows), {3, 2}, {0, 1, 2, 3, 4, 5});
  require_values(scatter_min(array({1.0, quiet, 1.0}), array({0, 1, 2}), array({quiet, 0.0, 0.0})), {3},
                 {quiet, quiet, 0});
  require_values(scatter_add(x, array({1, 1}), 1, 1), {3, 2}, {0, 3, 2, 5, 4, 7});
  require_values(scatter_add(x, Array(0), 5), {3, 2}, {5, 6, 2, 3, 4, 5});
  for (const DType dtype : all_dtypes) {
    const Array sums = scatter_add(zeros({2}, dtype), array({1, 1}), ones({2}, dtype));
    CHECK(sums.dtype() == dtype);
    require_values(sums, {2}, {0, dtype == DType::bool_ ? 1.0 : 2.0});
  }
  // In bfloat16 itself the sum would stop at 256.
  CHECK(scatter_add(zeros({1}, DType::bfloat16), zeros({1000}, DType::int32), 1).item<float>({0}) == 1000);
  CHECK(scatter_add(x, zeros({0}, DType::int32), zeros({0, 2})).shape() == x.shape());
  CHECK(scatter_add(zeros({0}), array({0}), array({1.0})).size() == 0);
  CHECK_THROWS_AS(scatter_add(x, array({0, 1}), ones({3, 2})), ShapeError);
  CHECK_THROWS_AS(scatter_add(x, array({0.5}), ones({1, 2})), DTypeError);
}

TEST_CASE("scatter does not depend on the number of threads") {
  const Array indices = (arange(20000) * 7919) % 50, updates = numbers({20000, 32});
  const int before = num_threads();
  set_num_threads(1);
  const Array one = scatter_add(zeros({50, 32}, DType::float64), indices, updates);
  set_num_threads(4);
  const Array four = scatter_add(zeros({50, 32}, DType::float64), indices, updates);
  set_num_threads(before);
  require_same(one, four);
}

TEST_CASE("scatter can be differentiated and mapped") {
  const Array twice = array({2, 0, 2, 9}), once = array({2, 0, -2, 9});
  const auto with = [](Array (*f)(const Array&, const Array&, const Array&, int), int axis) {
    return [=](const flat::Arrays& in) { return flat::Arrays{f(in[0], in[1], in[2], axis)}; };
  };
  require_transforms(with(scatter_add, 0), {numbers({3, 2}), twice, numbers({4, 2}, 0.5)});
  require_transforms(with(scatter_add, 1), {numbers({2, 3}), twice, numbers({2, 4}, 0.5)});
  require_transforms(with(scatter_set, 0), {numbers({3, 2}), twice, numbers({4, 2}, 0.5)});
  require_transforms(with(scatter_set, 1), {numbers({2, 3}), twice, numbers({2, 4}, 0.5)});
  require_transforms(with(scatter_multiply, 0), {numbers({3, 2}), once, numbers({4, 2}, 0.5)});
  require_transforms(with(scatter_max, 0), {numbers({3, 2}), twice, numbers({4, 2}, 0.5)});
  require_transforms(with(scatter_min, 1), {numbers({2, 3}), twice, numbers({2, 4}, 0.5)});
}

TEST_CASE("windows are clamped into the array") {
  const Array x = counted({3, 4});
  require_values(dynamic_slice(x, array({1, 2}), {2, 2}), {2, 2}, {6, 7, 10, 11});
  require_values(dynamic_slice(x, array({9, -1}), {2, 2}), {2, 2}, {6, 7, 10, 11});
  require_values(dynamic_slice(x, {0, Array(1)}, {1, 2}), {1, 2}, {1, 2});
  require_values(dynamic_slice(x, array({0, 0}), {3, 4}), {3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(dynamic_slice(x, array({0, 0}), {0, 4}).shape() == Shape{0, 4});
  require_values(dynamic_slice(Array(5), zeros({0}, DType::int32), {}), {}, {5});
  require_values(dynamic_slice_in_dim(x, 1, 1), {1, 4}, {4, 5, 6, 7});
  require_values(dynamic_index_in_dim(x, 2, 1), {3}, {2, 6, 10});
  require_values(dynamic_update_slice(x, array({{90, 91}}), array({5, 5})), {3, 4},
                 {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 90, 91});
  require_values(dynamic_update_index_in_dim(x, array({7, 7, 7}), 0, 1), {3, 4},
                 {7, 1, 2, 3, 7, 5, 6, 7, 7, 9, 10, 11});
  CHECK(dynamic_update_slice(x, array({{1.5}}), array({0, 0})).dtype() == DType::int32);
  CHECK_THROWS_WITH(dynamic_slice(x, array({0, 0}), {4, 1}),
                    "dynamic_slice: a window of (4, 1) does not fit in an array of shape (3, 4)");
  CHECK_THROWS_AS(dynamic_slice(x, array({0}), {1, 1}), ShapeError);
  CHECK_THROWS_AS(dynamic_slice(x, array({0.0, 0.0}), {1, 1}), DTypeError);
  CHECK_THROWS_AS(dynamic_update_slice(x, array({1}), array({0, 0})), ShapeError);
  require_transforms(
      [](const flat::Arrays& in) {
        return flat::Arrays{dynamic_slice(in[0], in[1], {2, 1, 3})};
      },
      {numbers({3, 2, 4}), array({1, 5, 0})});
  require_transforms(
      [](const flat::Arrays& in) { return flat::Arrays{dynamic_update_slice(in[0], in[1], in[2])}; },
      {numbers({3, 2, 4}), numbers({2, 1, 3}, 0.3), array({1, 5, 0})});
}
