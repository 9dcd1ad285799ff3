#include "agree.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/indexing.hpp"

using namespace copse;
using agree::numbers;
using agree::require_batches;
using agree::require_gradients;
using agree::require_transforms;
using agree::require_values;

namespace {

Array counted(const Shape& shape, DType dtype = DType::int32) {
  return reshape(arange(shape.elements(), dtype), shape);
}

}  // namespace

TEST_CASE("positions, ranges, new axes and the ellipsis") {
  const Array x = counted({2, 3, 4});
  require_values(index(x, 1, 2, 3), {}, {23});
  require_values(index(x, {-1, 0}), {4}, {12, 13, 14, 15});
  require_values(index(x, 0, Slice{1, 3}, Slice{{}, {}, 2}), {2, 2}, {4, 6, 8, 10});
  require_values(index(x, ellipsis, 1), {2, 3}, {1, 5, 9, 13, 17, 21});
  require_values(index(x, 1, ellipsis, Slice{-1, {}}), {3, 1}, {15, 19, 23});
  CHECK(index(x, newaxis, 0, ellipsis, newaxis).shape() == Shape{1, 3, 4, 1});
  CHECK(index(x).impl() == x.impl());
  CHECK(index(x, Slice{5, 9}).shape() == Shape{0, 3, 4});
  CHECK_THROWS_WITH(index(x, 0, 3), "index: there is no position 3 in dimension 1 of shape (2, 3, 4)");
  CHECK_THROWS_WITH(index(x, 0, 0, 0, 0), "index: got 4 indices for an array of shape (2, 3, 4)");
  CHECK_THROWS_AS(index(x, ellipsis, ellipsis), ShapeError);
  CHECK_THROWS_AS(index(x, Slice{{}, {}, 0}), ValueError);
}

TEST_CASE("ranges follow Python") {
  const Array x = arange(5);
  require_values(index(x, Slice{{}, {}, -1}), {5}, {4, 3, 2, 1, 0});
  require_values(index(x, Slice{3, 0, -2}), {2}, {3, 1});
  require_values(index(x, Slice{3, {}, -2}), {2}, {3, 1});
  require_values(index(x, Slice{-2, {}}), {2}, {3, 4});
  require_values(index(x, Slice{-9, 9}), {5}, {0, 1, 2, 3, 4});
  require_values(index(x, Slice{9, -9, -3}), {2}, {4, 1});
  CHECK(index(x, Slice{3, 1}).size() == 0);
  CHECK(index(x, Slice{1, 3, -1}).size() == 0);
  CHECK(index(zeros({0}), Slice{{}, {}, -1}).size() == 0);
}

TEST_CASE("index arrays go where NumPy puts them") {
  const Array x = counted({2, 3, 4});
  const Array i = array({1, 0}), j = array({2, 0});
  require_values(index(x, i, j), {2, 4}, {20, 21, 22, 23, 0, 1, 2, 3});
  require_values(index(x, Slice{}, j, 0), {2, 2}, {8, 0, 20, 12});
  require_values(index(x, i, Slice{}, j), {2, 3}, {14, 18, 22, 0, 4, 8});
  require_values(index(x, 0, Slice{}, j), {2, 3}, {2, 6, 10, 0, 4, 8});
  require_values(index(x, 0, j), {2, 4}, {8, 9, 10, 11, 0, 1, 2, 3});
  require_values(index(x, reshape(i, {2, 1}), array({0, 1, 2}), 3), {2, 3}, {15, 19, 23, 3, 7, 11});
  require_values(index(x, Array(1), Array(-1), Array(-1)), {}, {23});
  require_values(index(arange(3), array({7, -7})), {2}, {2, 0});
  CHECK(index(x, ellipsis, zeros({0}, DType::int32)).shape() == Shape{2, 3, 0});
  CHECK_THROWS_AS(index(x, i, array({0, 1, 2})), ShapeError);
  CHECK_THROWS_AS(index(x, array({0.5})), DTypeError);
}

TEST_CASE("masks choose where they hold") {
  const Array x = counted({2, 3});
  require_values(index(x, greater(x, 3)), {2}, {4, 5});
  require_values(index(x, array({false, true})), {1, 3}, {3, 4, 5});
  require_values(index(x, Slice{}, array({true, false, true})), {2, 2}, {0, 2, 3, 5});
  CHECK(index(x, zeros({2, 3}, DType::bool_)).size() == 0);
  require_values(at(x, greater(x, 3)).set(0), {2, 3}, {0, 1, 2, 3, 0, 0});
  CHECK_THROWS_AS(index(x, array({true})), ShapeError);
  CHECK_THROWS_AS(index(x, Array(true)), ShapeError);
}

TEST_CASE("at changes a place and leaves the array alone") {
  const Array x = counted({2, 3});
  require_values(at(x, 0, 1).set(9), {2, 3}, {0, 9, 2, 3, 4, 5});
  require_values(at(x, 1).add(array({10, 20, 30})), {2, 3}, {0, 1, 2, 13, 24, 35});
  require_values(at(x, {Slice{}, Slice{1, 3}}).multiply(2), {2, 3}, {0, 2, 4, 3, 8, 10});
  require_values(at(x, ellipsis, Slice{{}, {}, -2}).set(array({7, 8})), {2, 3}, {8, 1, 7, 8, 4, 7});
  require_values(at(x, ellipsis, Slice{{}, {}, 2}).min(1), {2, 3}, {0, 1, 1, 1, 4, 1});
  require_values(at(x, 0).max(1), {2, 3}, {1, 1, 2, 3, 4, 5});
  require_values(at(x, 0).subtract(1), {2, 3}, {-1, 0, 1, 3, 4, 5});
  require_values(at(astype(x, DType::float32), 1).divide(2), {2, 3}, {0, 1, 2, 1.5, 2, 2.5});
  require_values(at(x, array({1, 1, 5})).add(1), {2, 3}, {0, 1, 2, 5, 6, 7});
  require_values(at(x, Slice{}, array({0, 0})).add(1), {2, 3}, {2, 1, 2, 5, 4, 5});
  require_values(at(x, array({0, 1, 7}), array({2, 0, 0})).set(9), {2, 3}, {0, 1, 9, 9, 4, 5});
  require_values(at(x, newaxis, 1, newaxis).set(0), {2, 3}, {0, 1, 2, 0, 0, 0});
  require_values(at(x, Slice{1, 1}).set(5), {2, 3}, {0, 1, 2, 3, 4, 5});
  CHECK(at(x, 0).set(1.7).dtype() == DType::int32);
  require_values(at(x, 1, 2).get(), {}, {5});
  require_values(x, {2, 3}, {0, 1, 2, 3, 4, 5});
  CHECK_THROWS_AS(at(x, 0).set(array({1, 2})), ShapeError);
  CHECK_THROWS_AS(at(x, 2).set(1), ShapeError);
}

TEST_CASE("indexing expressions can be differentiated and mapped") {
  const Array i = array({1, 0, 1}), j = array({2, 0, -1});
  const Array x = numbers({2, 3, 4});
  require_transforms([](const flat::Arrays& in) { return flat::Arrays{index(in[0], in[1], Slice{}, in[2])}; },
                     {x, i, j});
  require_transforms(
      [](const flat::Arrays& in) {
        return flat::Arrays{index(in[0], 0, Slice{{}, {}, -2}, newaxis, 1)};
      },
      {x});
  require_transforms(
      [](const flat::Arrays& in) { return flat::Arrays{at(in[0], in[1], Slice{}, in[2]).add(in[3])}; },
      {x, i, j, numbers({3, 3})});
  require_transforms(
      [](const flat::Arrays& in) {
        return flat::Arrays{at(in[0], 1, Slice{0, 2}).multiply(in[1])};
      },
      {x, numbers({2, 4}, 0.6)});
  require_transforms(
      [](const flat::Arrays& in) { return flat::Arrays{at(in[0], ellipsis, in[1]).set(in[2])}; },
      {x, array({2, 0}), numbers({2, 3, 2}, 0.6)});
}

// As in JAX: 7 + 2.5 and -7 - 2.5 are cut to integers, not 2.5 before.
TEST_CASE("updates of another dtype are combined in the dtype that both promote to") {
  const Array x = array({-7, 7, 250});
  require_values(at(x, 0).add(2.5), {3}, {-4, 7, 250});
  require_values(at(x, array({0, 1, 0})).add(array({0.5, 2.5, 0.75})), {3}, {-5, 9, 250});
  require_values(at(x, 1).multiply(0.5), {3}, {-7, 3, 250});
  require_values(at(x, Slice{}).max(-0.5), {3}, {0, 7, 250});
  require_values(at(x, array({1, 1})).min(array({6.5, 8.0})), {3}, {-7, 6, 250});
  require_values(scatter_add(x, array({1}), array({0.9})), {3}, {-7, 7, 250});
  CHECK(at(x, 0).add(2.5).dtype() == DType::int32);
  const Array small = astype(x, DType::uint8), large = array(std::vector<std::uint32_t>{10, 20, 30});
  require_values(at(large, 0).subtract(astype(Array(5), DType::uint8)), {3}, {5, 20, 30});
  require_values(at(small, 2).add(10), {3}, {249, 7, 4});
  require_values(at(array({true, false}), array({0, 1})).add(array({-1, 3})), {2}, {0, 1});
  require_values(at(x, 0).set(2.5), {3}, {2, 7, 250});
}
