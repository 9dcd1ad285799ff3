// Values are those of JAX and NumPy.
#include "copse/ops/positions.hpp"

#include "copse/core/error.hpp"
#include "expect.hpp"

using namespace copse;
using agree::Arrays;
using agree::expect;
using Catch::Matchers::Contains;
TEST_CASE("positions") {
  expect(put_along_axis(reshape(arange(12), {3, 4}), array({{1}, {0}, {-1}}), 99, 1), "int32(3, 4)",
         {0, 99, 2, 3, 99, 5, 6, 7, 8, 9, 10, 99});
  expect(put_along_axis(reshape(arange(12), {3, 4}), array({{2, 1, 0, 0}}), array({{-1, -2, -3, -4}}), 0),
         "int32(3, 4)", {0, 1, -3, -4, 4, -2, 6, 7, -1, 9, 10, 11});
  CHECK_THROWS_WITH(put_along_axis(arange(3), Array(1), 2, 0),
                    Contains("put_along_axis: indices have shape ()"));
  expect(tril_indices(3, 0, 4).rows, "int32(6,)", {0, 1, 1, 2, 2, 2});
  expect(tril_indices(3, 0, 4).columns, "int32(6,)", {0, 0, 1, 0, 1, 2});
  expect(triu_indices(3, 1).rows, "int32(3,)", {0, 0, 1});
  expect(triu_indices(3, 1).columns, "int32(3,)", {1, 2, 2});
  expect(tril_indices(2, -5).rows, "int32(0,)", {});
  expect(indices({2, 3}), "int32(2, 2, 3)", {0, 0, 0, 1, 1, 1, 0, 1, 2, 0, 1, 2});
  expect(indices({2}, DType::float32), "float32(1, 2)", {0, 1});
  expect(unravel_index(array({0, 7, -1, 99}), {2, 3, 4})[0], "int32(4,)", {0, 0, 1, 1});
  expect(unravel_index(array({0, 7, -1, 99}), {2, 3, 4})[1], "int32(4,)", {0, 1, 2, 2});
  expect(unravel_index(array({0, 7, -1, 99}), {2, 3, 4})[2], "int32(4,)", {0, 3, 3, 3});
  expect(ravel_multi_index({array({0, 1}), array({2, 1}), array({3, 99})}, {2, 3, 4}), "int32(2,)", {11, 19});
  expect(argwhere(array({{0, 5}, {1, 0}})), "int32(2, 2)", {0, 1, 1, 0});
  expect(argwhere(Array(3)), "int32(1, 0)", {});
  expect(flatnonzero(array({{0, 5}, {1, 0}})), "int32(2,)", {1, 2});
  CHECK_THROWS_WITH(ravel_multi_index({array({0})}, {2, 3}),
                    Contains("ravel_multi_index: got 1 arrays") && Contains("(2, 3)"));
  CHECK_THROWS_WITH(unravel_index(1.5, {2, 3}),
                    Contains("unravel_index: positions have dtype float32, wanted integers"));
  CHECK_THROWS_WITH(ravel_multi_index({Array(1), Array(true)}, {2, 3}),
                    Contains("ravel_multi_index: positions have dtype bool, wanted integers"));
}

TEST_CASE("select") {
  expect(select({array({true, false, false}), array({true, true, false})},
                {array({1, 2, 3}), array({10, 20, 30})}, -1),
         "int32(3,)", {1, 20, -1});
  expect(select({array({true, false})}, {array({1.5, 2.5})}), "float32(2,)", {1.5, 0});
  CHECK_THROWS_WITH(select({array({true})}, {}), Contains("select: got 1 conditions and 0 choices"));
}

TEST_CASE("positions in transforms") {
  const flat::Function f = [](const Arrays& in) {
    const auto at = unravel_index(in[0], {3, 4});
    return Arrays{at[0], at[1], ravel_multi_index(at, {3, 4})};
  };
  agree::require_batches(f, {array({0, 7, 11})});
  agree::require_compiled(f, {array({0, 7, 11})});
  const flat::Function put = [](const Arrays& in) {
    return Arrays{put_along_axis(in[0], array({{1, 0, 2}}), in[1], 0)};
  };
  agree::require_transforms(put, {agree::numbers({4, 3}), agree::numbers({1, 3}, 0.4)});
  const flat::Function chosen = [](const Arrays& in) {
    return Arrays{select({greater(in[0], 0), greater(in[0], -1)}, {in[0] * in[1], square(in[1])}, in[1])};
  };
  agree::require_transforms(chosen, {agree::numbers({6}), agree::numbers({6}, 0.4)});
}
