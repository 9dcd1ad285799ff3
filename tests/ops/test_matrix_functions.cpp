// Values are those of JAX and NumPy.
#include "copse/ops/linalg.hpp"

#include "copse/core/error.hpp"
#include "copse/random.hpp"
#include "expect.hpp"

using namespace copse;
using agree::Arrays;
using agree::expect;
using Catch::Matchers::Contains;
TEST_CASE("products of several kinds") {
  expect(vecdot(array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}), array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}})),
         "float32(3,)", {5, 25, 61});
  expect(vecdot(array({1.0, 0.0, 2.0}), array({1.0, 2.0, 3.0}), 0), "float32()", {7});
  expect(vecdot(array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}), array({{1.0, 2.0}, {2.0, 4.0}, {3.0, 6.0}}), 0),
         "float32(2,)", {22, 56});
  expect(trace(array({{4.0, 1.0, 0.0}, {1.0, 3.0, -1.0}, {0.0, -1.0, 2.0}})), "float32()", {9});
  expect(trace(array({{4.0, 1.0, 0.0}, {1.0, 3.0, -1.0}, {0.0, -1.0, 2.0}}), 1), "float32()", {0});
  expect(trace(reshape(arange(24), {2, 3, 4}), 0, 1, 2), "int32(2,)", {15, 51});
  expect(kron(array({{1, 2}, {3, 4}}), array({{0, 1}})), "int32(2, 4)", {0, 1, 0, 2, 0, 3, 0, 4});
  expect(kron(array({1, 2}), array({{1, 10}})), "int32(1, 4)", {1, 10, 2, 20});
  expect(cross(array({1.0, 2.0, 3.0}), array({4.0, 5.0, -6.0})), "float32(3,)", {-27, 18, -3});
  expect(cross(array({1.0, 2.0}), array({4.0, 5.0})), "float32()", {-3});
  expect(cross(array({1.0, 2.0}), array({4.0, 5.0, 6.0})), "float32(3,)", {12, -6, -3});
  expect(cross(array({{4.0, 1.0, 0.0}, {1.0, 3.0, -1.0}, {0.0, -1.0, 2.0}}), array({1.0, 2.0, 3.0})),
         "float32(3, 3)", {3, -12, 7, 11, -4, -1, -7, 2, 1});
  expect(cross(array({{4.0, 1.0, 0.0}, {1.0, 3.0, -1.0}, {0.0, -1.0, 2.0}}),
               array({{4.0, 1.0, 0.0}, {1.0, 3.0, -1.0}, {0.0, -1.0, 2.0}}) + 1, 0),
         "float32(3, 3)", {1, 4, -3, -4, -2, 2, 3, -2, 1});
  CHECK_THROWS_WITH(vecdot(ones({2}), ones({3})), Contains("vecdot") && Contains("(3,)"));
  CHECK_THROWS_AS(trace(ones({2})), ShapeError);
  CHECK_THROWS_WITH(cross(ones({4}), ones({3})), Contains("cross: got a (4,) and b (3,)"));
}

TEST_CASE("functions of matrices") {
  expect(linalg::eigvalsh(array({{4.0, 1.0, 0.0}, {1.0, 3.0, -1.0}, {0.0, -1.0, 2.0}})), "float32(3,)",
         {1.2679491, 3, 4.732051}, 5e-6);
  expect(linalg::svdvals(array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}})), "float32(2,)", {9.525518, 0.51430106},
         5e-6);
  expect(linalg::pinv(array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}})), "float32(2, 3)",
         {-1.333332, -0.33333257, 0.6666657, 1.0833322, 0.33333272, -0.41666585}, 1e-5);
  expect(linalg::pinv(array({{1.0, 2.0}, {2.0, 4.0}, {3.0, 6.0}})), "float32(2, 3)",
         {0.0142857125, 0.028571434, 0.04285715, 0.028571423, 0.057142865, 0.085714296}, 1e-5);
  expect(linalg::matrix_rank(array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}})), "int32()", {2});
  expect(linalg::matrix_rank(stack(
             {array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}), array({{1.0, 2.0}, {2.0, 4.0}, {3.0, 6.0}})})),
         "int32(2,)", {2, 1});
  expect(linalg::cond(array({{4.0, 1.0, 0.0}, {1.0, 3.0, -1.0}, {0.0, -1.0, 2.0}})), "float32()", {3.7320507},
         1e-5);
  expect(linalg::matrix_power(array({{4.0, 1.0, 0.0}, {1.0, 3.0, -1.0}, {0.0, -1.0, 2.0}}), 3),
         "float32(3, 3)", {75, 39, -9, 39, 45, -21, -9, -21, 15});
  expect(linalg::matrix_power(array({{4.0, 1.0, 0.0}, {1.0, 3.0, -1.0}, {0.0, -1.0, 2.0}}), 0),
         "float32(3, 3)", {1, 0, 0, 0, 1, 0, 0, 0, 1});
  expect(linalg::matrix_power(array({{4.0, 1.0, 0.0}, {1.0, 3.0, -1.0}, {0.0, -1.0, 2.0}}), -2),
         "float32(3, 3)",
         {0.0925926, -0.0925926, -0.074074075, -0.0925926, 0.25925928, 0.24074075, -0.074074075, 0.24074075,
          0.4259259},
         1e-5);
  expect(linalg::matrix_power(array({{1, 1}, {0, 1}}), 10), "int32(2, 2)", {1, 10, 0, 1});
  expect(linalg::lstsq(array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}), array({1.0, 0.0, 2.0})).x, "float32(2,)",
         {-5.9878096e-07, 0.25000045}, 1e-5);
  expect(linalg::lstsq(array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}), array({1.0, 0.0, 2.0})).residuals,
         "float32(1,)", {1.5000001}, 1e-5);
  expect(linalg::lstsq(array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}), array({1.0, 0.0, 2.0})).s, "float32(2,)",
         {9.525518, 0.5143011}, 1e-5);
  expect(
      linalg::lstsq(array({{1.0, 2.0}, {2.0, 4.0}, {3.0, 6.0}}), array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}))
          .x,
      "float32(2, 2)", {0.31428578, 0.4000001, 0.6285715, 0.80000013}, 1e-5);
  expect(
      linalg::lstsq(array({{1.0, 2.0}, {2.0, 4.0}, {3.0, 6.0}}), array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}))
          .rank,
      "int32()", {1});
  expect(linalg::multi_dot({array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}),
                            array({{1.0, 0.0, 2.0}, {0.0, 1.0, 1.0}}),
                            array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}), array({1.0, 2.0})}),
         "float32(3,)", {95, 229, 363});
  expect(linalg::multi_dot({array({1.0, 2.0, 3.0}), array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}})}),
         "float32(2,)", {22, 28});
  CHECK_THROWS_WITH(linalg::matrix_power(ones({2, 3}), 2), Contains("matrix_power") && Contains("square"));
  CHECK_THROWS_AS(linalg::pinv(ones({2})), ShapeError);
  CHECK_THROWS_AS(linalg::matrix_rank(ones({2})), ShapeError);
  CHECK_THROWS_WITH(linalg::cond(ones({0, 2})), Contains("cond") && Contains("(0, 2)"));
  CHECK_THROWS_WITH(linalg::lstsq(ones({2, 3}), ones({3})), Contains("lstsq: got a (2, 3) and b (3,)"));
  CHECK_THROWS_WITH(linalg::multi_dot({ones({2, 2})}), Contains("multi_dot: got 1 arrays"));
  CHECK_THROWS_WITH(linalg::multi_dot({ones({2, 2}), ones({2}), ones({2, 2})}),
                    Contains("array 1 has shape (2,)"));
}

TEST_CASE("functions of matrices in transforms") {
  const Array square = astype(random::normal(random::key(0), {3, 3}), DType::float64) + 3 * eye(3),
              wide = astype(random::normal(random::key(1), {3, 4}), DType::float64);
  const std::function<Array(const Array&)> of_square[] = {
      [](const Array& v) { return trace(v, 1); },
      [](const Array& v) { return cross(v, 2 * v + 1, 0); },
      [](const Array& v) { return kron(v, v); },
      linalg::eigvalsh,
      linalg::svdvals,
      linalg::cond,
      [](const Array& v) { return linalg::matrix_power(v, 3); },
      [](const Array& v) { return linalg::matrix_power(v, -1); },
      [](const Array& v) {
        return linalg::multi_dot({v, v, v});
      }};
  for (const auto& f : of_square) agree::require_transforms(agree::lifted(f), {square}, 1e-9);
  agree::require_transforms(agree::lifted([](const Array& v) { return linalg::pinv(v); }), {wide}, 1e-9);
  agree::require_transforms([](const Arrays& in) { return Arrays{vecdot(in[0], in[1])}; }, {wide, 2 - wide},
                            1e-12);
  agree::require_gradients([](const Arrays& in) { return Arrays{linalg::lstsq(in[0], in[1]).x}; },
                           {matmul(wide, matrix_transpose(wide)), agree::numbers({3})});
  agree::require_compiled(agree::lifted([](const Array& v) { return linalg::pinv(v); }), {wide});
}
