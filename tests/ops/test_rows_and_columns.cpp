// Values are those of JAX and NumPy.
#include "copse/ops/shaping.hpp"

#include "copse/core/error.hpp"
#include "expect.hpp"

using namespace copse;
using agree::Arrays;
using agree::expect;
using Catch::Matchers::Contains;
TEST_CASE("parts") {
  expect(diagflat(array({{1, 2}, {3, 4}}), 1), "int32(5, 5)",
         {0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0});
  expect(array_split(arange(7.0), 3)[0], "float32(3,)", {0, 1, 2});
  expect(array_split(arange(7.0), 3)[1], "float32(2,)", {3, 4});
  expect(array_split(arange(7.0), 3)[2], "float32(2,)", {5, 6});
  expect(array_split(reshape(arange(12), {3, 4}), 3, 1)[1], "int32(3, 1)", {2, 6, 10});
  expect(hsplit(reshape(arange(12), {3, 4}), 2)[1], "int32(3, 2)", {2, 3, 6, 7, 10, 11});
  expect(vsplit(reshape(arange(12), {3, 4}), 3)[2], "int32(1, 4)", {8, 9, 10, 11});
  expect(dsplit(reshape(reshape(arange(12), {3, 4}), {1, 3, 4}), 2)[0], "int32(1, 3, 2)", {0, 1, 4, 5, 8, 9});
  expect(hsplit(arange(4), 2)[1], "int32(2,)", {2, 3});
  expect(unstack(reshape(arange(12), {3, 4}), 1)[2], "int32(3,)", {2, 6, 10});
  CHECK(unstack(reshape(arange(12), {3, 4})).size() == 3);
  expect(column_stack({array({1, 2}), array({{3, 4}, {5, 6}})}), "int32(2, 3)", {1, 3, 4, 2, 5, 6});
  expect(fliplr(reshape(arange(12), {3, 4})), "int32(3, 4)", {3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8});
  expect(flipud(reshape(arange(12), {3, 4})), "int32(3, 4)", {8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3});
  expect(matrix_transpose(reshape(reshape(arange(12), {3, 4}), {1, 3, 4})), "int32(1, 4, 3)",
         {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});
  expect(delete_(reshape(arange(12), {3, 4}), {1, -1}, 1), "int32(3, 2)", {0, 2, 4, 6, 8, 10});
  expect(delete_(reshape(arange(12), {3, 4}), {0}), "int32(11,)", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  expect(insert(reshape(arange(12), {3, 4}), 1, 9, 0), "int32(4, 4)",
         {0, 1, 2, 3, 9, 9, 9, 9, 4, 5, 6, 7, 8, 9, 10, 11});
  expect(insert(reshape(arange(12), {3, 4}), -1, array({7, 8, 9}), 1), "int32(3, 5)",
         {0, 1, 2, 7, 3, 4, 5, 6, 8, 7, 8, 9, 10, 9, 11});
  expect(insert(arange(4), 2, 9), "int32(5,)", {0, 1, 9, 2, 3});
  expect(insert(reshape(arange(12), {3, 4}), 3, array({{1, 2, 3, 4}, {5, 6, 7, 8}}), 0), "int32(5, 4)",
         {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK_THROWS_WITH(array_split(arange(3), 0), Contains("array_split: got 0 parts"));
  CHECK_THROWS_WITH(hsplit(Array(1), 2), Contains("hsplit") && Contains("1 dimension or more"));
  CHECK_THROWS_WITH(vsplit(arange(3), 2), Contains("vsplit") && Contains("2 dimensions"));
  CHECK_THROWS_AS(dsplit(zeros({2, 2}), 2), ShapeError);
  CHECK_THROWS_AS(fliplr(arange(3)), ShapeError);
  CHECK_THROWS_AS(flipud(Array(1)), ShapeError);
  CHECK_THROWS_AS(matrix_transpose(arange(3)), ShapeError);
  CHECK_THROWS_AS(unstack(arange(3), 1), ShapeError);
  CHECK_THROWS_WITH(delete_(arange(3), {3}), Contains("delete_: there is no position 3"));
  CHECK_THROWS_WITH(insert(arange(3), 4, 1), Contains("insert: there is no position 4"));
}

TEST_CASE("rows and columns in transforms") {
  const std::function<Array(const Array&)> all[] = {[](const Array& v) { return array_split(v, 3, 1)[1]; },
                                                    [](const Array& v) { return unstack(v, 1)[2]; },
                                                    [](const Array& v) {
                                                      return column_stack({v, v});
                                                    },
                                                    fliplr,
                                                    flipud,
                                                    matrix_transpose,
                                                    [](const Array& v) {
                                                      return delete_(v, {0, 2}, 1);
                                                    },
                                                    [](const Array& v) { return insert(v, 1, v, 0); }};
  for (const auto& f : all) {
    agree::require_transforms(agree::lifted(f), {agree::numbers({3, 4})});
    agree::require_compiled(agree::lifted(f), {agree::numbers({3, 4})});
  }
}
