#include "agree.hpp"
#include "copse/core/error.hpp"

using namespace copse;
using agree::lifted;
using agree::numbers;
using agree::require_transforms;
using agree::require_values;

namespace {

Array counted(const Shape& shape, DType dtype = DType::int32) {
  return reshape(arange(shape.elements(), dtype), shape);
}

// Element by element, with nothing but indices.
Array transposed_slowly(const Array& x, const std::vector<int>& axes) {
  Shape shape;
  for (const int axis : axes) shape.push_back(x.shape(axis));
  const auto from = x.to_vector<double>();
  std::vector<double> to(from.size());
  for (std::size_t i = 0; i < to.size(); ++i) {
    std::vector<std::int64_t> index(axes.size());
    auto rest = static_cast<std::int64_t>(i);
    for (int d = shape.rank() - 1; d >= 0; --d) {
      index[static_cast<std::size_t>(axes[static_cast<std::size_t>(d)])] = rest % shape[d];
      rest /= shape[d];
    }
    std::int64_t at = 0;
    for (int d = 0; d < x.ndim(); ++d) at = at * x.shape(d) + index[static_cast<std::size_t>(d)];
    to[i] = from[static_cast<std::size_t>(at)];
  }
  return reshape(astype(array(to), x.dtype()), shape);
}

}  // namespace

TEST_CASE("reshape shares the elements") {
  const Array x = counted({2, 3});
  CHECK(reshape(counted({100}), {10, -1}).shape() == Shape{10, 10});
  const Array big = counted({100});
  CHECK(reshape(big, {4, 25}).raw() == big.raw());
  CHECK(reshape(big, {100}).impl() == big.impl());
  CHECK(ravel(x).shape() == Shape{6});
  CHECK(reshape(zeros({0, 3}), {3, 0}).size() == 0);
  CHECK(reshape(Array(3), {1, 1}).ndim() == 2);
  CHECK(reshape(Array(3.5), {1}).weak_type());
  CHECK_THROWS_WITH(reshape(x, {4, 2}),
                    "reshape: an array of shape (2, 3) has 6 elements, which do not make up [4, 2]");
  CHECK_THROWS_AS(reshape(x, {4, -1}), ShapeError);
  CHECK_THROWS_AS(reshape(x, {-1, -1}), ShapeError);
  CHECK_THROWS_AS(reshape(zeros({0}), {0, -1}), ShapeError);
  require_transforms(lifted([](const Array& a) { return reshape(a, {3, -1}); }), {numbers({2, 3, 2})});
}

TEST_CASE("transpose moves every element to its place") {
  for (const DType dtype : {DType::bool_, DType::uint8, DType::bfloat16, DType::int32, DType::float64}) {
    const Array x = astype(counted({3, 4, 5}) % 7, dtype);
    for (const std::vector<int>& axes :
         {std::vector<int>{2, 1, 0}, {0, 2, 1}, {1, 0, 2}, {2, 0, 1}, {1, 2, 0}})
      agree::require_same(transpose(x, axes), transposed_slowly(x, axes));
  }
  // Larger than the kernel's blocks, and not a multiple of them.
  for (const Shape& shape : {Shape{33, 65, 3}, {100, 1, 70}, {2, 40, 50}, {257, 31, 2}})
    for (const std::vector<int>& axes :
         {std::vector<int>{2, 1, 0}, {0, 2, 1}, {1, 0, 2}, {2, 0, 1}, {1, 2, 0}})
      for (const DType dtype : {DType::uint8, DType::bfloat16, DType::float32, DType::float64}) {
        const Array x = astype(counted(shape), dtype);
        agree::require_same(transpose(x, axes), transposed_slowly(x, axes));
      }
  const Array x = counted({2, 3});
  require_values(transpose(x), {3, 2}, {0, 3, 1, 4, 2, 5});
  CHECK(transpose(x, {0, 1}).impl() == x.impl());
  const Array wide = counted({1, 40});
  CHECK(transpose(wide).raw() == wide.raw());
  CHECK(transpose(zeros({0, 3})).shape() == Shape{3, 0});
  CHECK(transpose(Array(1)).ndim() == 0);
  CHECK_THROWS_WITH(transpose(x, {0, 0}), "transpose: axis 0 is given twice in [0, 0]");
  CHECK_THROWS_AS(transpose(x, {0}), ShapeError);
  CHECK_THROWS_AS(transpose(x, {0, 2}), ShapeError);
  require_transforms(lifted([](const Array& a) { return transpose(a, {2, 0, 1}); }), {numbers({2, 3, 4})});
}

TEST_CASE("the order of dimensions") {
  const Array x = counted({2, 3, 4});
  CHECK(moveaxis(x, 0, -1).shape() == Shape{3, 4, 2});
  const int from[] = {0, 1}, to[] = {-1, 0};
  CHECK(moveaxis(x, from, to).shape() == Shape{3, 4, 2});
  CHECK(swapaxes(x, 0, -1).shape() == Shape{4, 3, 2});
  agree::require_same(moveaxis(x, 2, 0), transposed_slowly(x, {2, 0, 1}));
  CHECK_THROWS_AS(moveaxis(x, 3, 0), ShapeError);
  CHECK_THROWS_AS(swapaxes(x, 0, 3), ShapeError);
  CHECK(expand_dims(x, {0, -1}).shape() == Shape{1, 2, 3, 4, 1});
  CHECK(squeeze(expand_dims(x, {0, 2})).shape() == x.shape());
  CHECK(squeeze(expand_dims(x, {0, 2}), {2}).shape() == Shape{1, 2, 3, 4});
  CHECK_THROWS_WITH(squeeze(x, 1), "squeeze: axis 1 of shape (2, 3, 4) has extent 3, only 1 can be removed");
  CHECK_THROWS_AS(expand_dims(x, 5), ShapeError);
  CHECK(atleast_1d(Array(1)).shape() == Shape{1});
  CHECK(atleast_2d(arange(3)).shape() == Shape{1, 3});
  CHECK(atleast_3d(arange(3)).shape() == Shape{1, 3, 1});
  CHECK(atleast_3d(counted({2, 3})).shape() == Shape{2, 3, 1});
}

TEST_CASE("broadcast_to repeats") {
  require_values(broadcast_to(arange(2), {3, 2}), {3, 2}, {0, 1, 0, 1, 0, 1});
  require_values(broadcast_to(counted({2, 1}), {2, 3}), {2, 3}, {0, 0, 0, 1, 1, 1});
  require_values(broadcast_to(Array(true), {2}), {2}, {1, 1});
  CHECK(broadcast_to(zeros({1}), {0}).size() == 0);
  CHECK(broadcast_to(Array(1.0), {2}).weak_type());
  CHECK_THROWS_WITH(broadcast_to(arange(2), {3}), "broadcast_to: shape (2,) does not broadcast to (3,)");
  CHECK_THROWS_AS(broadcast_to(counted({1, 2}), {2}), ShapeError);
  require_transforms(lifted([](const Array& a) { return broadcast_to(a, {2, 3, 4}); }), {numbers({3, 1})});
  require_transforms(lifted([](const Array& a) { return broadcast_to(a, {2, 3}); }), {numbers({})});
}

TEST_CASE("flip and rot90") {
  const Array x = counted({2, 3});
  require_values(flip(x), {2, 3}, {5, 4, 3, 2, 1, 0});
  require_values(flip(x, 0), {2, 3}, {3, 4, 5, 0, 1, 2});
  require_values(flip(x, {-1}), {2, 3}, {2, 1, 0, 5, 4, 3});
  CHECK(flip(zeros({0})).size() == 0);
  CHECK_THROWS_AS(flip(x, {0, -2}), ShapeError);
  require_values(rot90(x), {3, 2}, {2, 5, 1, 4, 0, 3});
  agree::require_same(rot90(x, 2), flip(x));
  agree::require_same(rot90(rot90(x, 3)), x);
  require_transforms(lifted([](const Array& a) { return flip(a, {0, 2}); }), {numbers({2, 3, 4})});
}

TEST_CASE("concatenate and stack join and promote") {
  require_values(concatenate({arange(2), arange(3)}), {5}, {0, 1, 0, 1, 2});
  require_values(concatenate({counted({2, 1}), counted({2, 2})}, -1), {2, 3}, {0, 0, 1, 1, 2, 3});
  CHECK(concatenate({arange(2), ones({1})}).dtype() == DType::float32);
  CHECK(concatenate({ones({1}, DType::bfloat16), reshape(Array(2.0), {1})}).dtype() == DType::bfloat16);
  require_values(concatenate({zeros({0, 2}), ones({1, 2})}), {1, 2}, {1, 1});
  require_values(stack({arange(2), arange(2)}, 1), {2, 2}, {0, 0, 1, 1});
  require_values(stack({1, 2.5}), {2}, {1, 2.5});
  require_values(hstack({arange(2), Array(7)}), {3}, {0, 1, 7});
  require_values(vstack({arange(2), arange(2)}), {2, 2}, {0, 1, 0, 1});
  CHECK(dstack({arange(2), arange(2)}).shape() == Shape{1, 2, 2});
  require_values(append(counted({2, 1}), 5), {3}, {0, 1, 5});
  const Array large = concatenate({full({300000}, 1), full({300000}, 2)});
  CHECK(sum(large).item<int>() == 900000);
  CHECK_THROWS_WITH(
      concatenate({counted({2, 3}), counted({3, 2})}, 0),
      "concatenate: shapes (2, 3) and (3, 2) do not join along axis 0: all other dimensions must agree");
  CHECK_THROWS_AS(concatenate(std::span<const Array>()), ValueError);
  CHECK_THROWS_AS(concatenate({Array(1), Array(2)}), ShapeError);
  CHECK_THROWS_AS(stack({arange(2), arange(3)}), ShapeError);
  require_transforms([](const flat::Arrays& in) { return flat::Arrays{concatenate(in, 1)}; },
                     {numbers({2, 2}), numbers({2, 1}), numbers({2, 3})});
}

TEST_CASE("split cuts equal parts or at positions") {
  const Array x = counted({4, 2});
  const auto halves = split(x, 2);
  require_values(halves[1], {2, 2}, {4, 5, 6, 7});
  const auto parts = split(x, {1, 3});
  REQUIRE(parts.size() == 3);
  require_values(parts[1], {2, 2}, {2, 3, 4, 5});
  CHECK(split(x, {2}).size() == 2);
  CHECK(split(x, {3, 9})[2].shape() == Shape{0, 2});
  CHECK(split(x, {-1})[1].shape() == Shape{1, 2});
  CHECK_THROWS_AS(split(x, 3), ShapeError);
  CHECK_THROWS_AS(split(x, 0), ShapeError);
  require_transforms([](const flat::Arrays& in) { return split(in[0], {1, 3}); }, {numbers({4, 2})});
}

TEST_CASE("slice with strides") {
  const Array x = counted({4, 5});
  require_values(slice(x, {1, 0}, {3, 5}, {1, 2}), {2, 3}, {5, 7, 9, 10, 12, 14});
  require_values(slice_in_dim(x, 0, 4, 3, 0), {2, 5}, {0, 1, 2, 3, 4, 15, 16, 17, 18, 19});
  CHECK(slice(x, {0, 0}, {4, 5}).impl() == x.impl());
  CHECK(slice(x, {2, 2}, {2, 5}).size() == 0);
  CHECK_THROWS_WITH(slice(x, {0, 0}, {4, 6}),
                    "slice: from 0 to 6 by 1 does not lie in dimension 1 of shape (4, 5)");
  CHECK_THROWS_AS(slice(x, {0}, {4}), ShapeError);
  CHECK_THROWS_AS(slice(x, {0, 0}, {4, 5}, {0, 1}), ShapeError);
  require_transforms(lifted([](const Array& a) {
                       return slice(a, {1, 0, 1}, {3, 5, 4}, {1, 2, 3});
                     }),
                     {numbers({3, 5, 4})});
  require_transforms(lifted([](const Array& a) { return slice(a, {1}, {1}); }), {numbers({3})});
}

TEST_CASE("pad with a constant, inside and outside") {
  const Array x = counted({2, 2});
  require_values(pad(x, {{1, 0}, {0, 2}}, 9), {3, 4}, {9, 9, 9, 9, 0, 1, 9, 9, 2, 3, 9, 9});
  require_values(pad(x, 1), {4, 4}, {0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 3, 0, 0, 0, 0, 0});
  CHECK(pad(x, {{1, 0}, {0, 2}}, 9.7).dtype() == DType::int32);
  CHECK(pad(x, 0).impl() == x.impl());
  const std::int64_t low[] = {1, -1}, high[] = {-1, 2}, interior[] = {1, 0};
  require_values(pad_interior(counted({3, 2}), low, high, interior, 9), {5, 3},
                 {9, 9, 9, 1, 9, 9, 9, 9, 9, 3, 9, 9, 9, 9, 9});
  const std::int64_t minus[] = {-4}, none[] = {0}, two[] = {2};
  require_values(pad_interior(arange(3), minus, none, two, 9), {3}, {9, 9, 2});
  require_values(pad_interior(arange(3), none, minus, two, 9), {3}, {0, 9, 9});
  require_values(pad(zeros({0, 2}), {{1, 1}, {0, 0}}, 5), {2, 2}, {5, 5, 5, 5});
  for (const DType dtype : {DType::bool_, DType::uint8, DType::bfloat16, DType::float64})
    require_values(pad(ones({1, 2}, dtype), {{0, 1}, {1, 0}}), {2, 3}, {0, 1, 1, 0, 0, 0});
  CHECK_THROWS_AS(pad(x, {{1, 1}}), ShapeError);
  CHECK_THROWS_AS(pad(x, -1), ValueError);
  const std::int64_t all_gone[] = {-2, -2};
  CHECK_THROWS_AS(pad_interior(x, all_gone, all_gone, std::vector<std::int64_t>{0, 0}), ShapeError);
  require_transforms(
      [](const flat::Arrays& in) {
        return flat::Arrays{pad(in[0], {{1, 2}, {0, 1}}, in[1])};
      },
      {numbers({2, 3}), numbers({})});
  require_transforms(
      [](const flat::Arrays& in) {
        const std::int64_t lo[] = {-1, 2, 0}, hi[] = {1, -2, 0}, gap[] = {2, 1, 0};
        return flat::Arrays{pad_interior(in[0], lo, hi, gap, in[1])};
      },
      {numbers({3, 4, 2}), numbers({})});
}

TEST_CASE("pad with the array itself") {
  const Array x = arange(3);
  require_values(pad(x, {{2, 1}}, PadMode::edge), {6}, {0, 0, 0, 1, 2, 2});
  require_values(pad(x, {{2, 4}}, PadMode::wrap), {9}, {1, 2, 0, 1, 2, 0, 1, 2, 0});
  require_values(pad(x, {{4, 3}}, PadMode::reflect), {10}, {0, 1, 2, 1, 0, 1, 2, 1, 0, 1});
  require_values(pad(x, {{4, 4}}, PadMode::symmetric), {11}, {2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0});
  require_values(pad(counted({2, 2}), {{1, 0}, {0, 1}}, PadMode::wrap), {3, 3}, {2, 3, 2, 0, 1, 0, 2, 3, 2});
  CHECK_THROWS_AS(pad(zeros({0}), {{1, 0}}, PadMode::edge), ShapeError);
  require_transforms(lifted([](const Array& a) {
                       return pad(a, {{1, 2}, {2, 0}}, PadMode::reflect);
                     }),
                     {numbers({3, 4})});
}

TEST_CASE("roll, tile and repeat") {
  require_values(roll(arange(4), 1), {4}, {3, 0, 1, 2});
  require_values(roll(counted({2, 2}), -1), {2, 2}, {1, 2, 3, 0});
  require_values(roll(counted({2, 2}), 3, 1), {2, 2}, {1, 0, 3, 2});
  require_values(roll(counted({2, 2}), {1, 1}, {0, 1}), {2, 2}, {3, 2, 1, 0});
  CHECK(roll(zeros({0}), 2).size() == 0);
  CHECK_THROWS_AS(roll(counted({2, 2}), {1}, {0, 1}), ShapeError);
  require_values(tile(arange(2), {2, 2}), {2, 4}, {0, 1, 0, 1, 0, 1, 0, 1});
  require_values(tile(counted({2, 2}), 2), {2, 4}, {0, 1, 0, 1, 2, 3, 2, 3});
  CHECK(tile(arange(2), 0).size() == 0);
  CHECK_THROWS_AS(tile(arange(2), -1), ValueError);
  require_values(repeat(arange(2), 2), {4}, {0, 0, 1, 1});
  require_values(repeat(counted({2, 2}), 2, 0), {4, 2}, {0, 1, 0, 1, 2, 3, 2, 3});
  CHECK(repeat(arange(2), 0).size() == 0);
  CHECK_THROWS_AS(repeat(arange(2), -1), ValueError);
  require_transforms(lifted([](const Array& a) { return tile(a, {2, 1, 3}); }), {numbers({2, 3})});
  require_transforms(lifted([](const Array& a) { return repeat(a, 3, 1); }), {numbers({2, 3})});
}

TEST_CASE("diagonals out of and into a matrix") {
  const Array x = counted({3, 4});
  require_values(diag(x), {3}, {0, 5, 10});
  require_values(diag(x, 1), {3}, {1, 6, 11});
  require_values(diag(x, -2), {1}, {8});
  CHECK(diag(x, 9).size() == 0);
  require_values(diag(array({1, 2}), 1), {3, 3}, {0, 1, 0, 0, 0, 2, 0, 0, 0});
  require_values(diag(array({1, 2}), -1), {3, 3}, {0, 0, 0, 1, 0, 0, 0, 2, 0});
  require_values(diagonal(counted({2, 2, 2}), 0, 0, 2), {2, 2}, {0, 5, 2, 7});
  CHECK_THROWS_AS(diag(counted({1, 1, 1})), ShapeError);
  require_transforms(lifted([](const Array& a) { return diag(a, 1); }), {numbers({3, 3})});
  require_transforms(lifted([](const Array& a) { return diag(a, -1); }), {numbers({3})});
}
