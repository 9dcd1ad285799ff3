// Values are those of JAX and NumPy.
#include "copse/ops/statistics.hpp"

#include <limits>

#include "copse/core/error.hpp"
#include "expect.hpp"

using namespace copse;
using agree::Arrays;
using agree::expect;
using Catch::Matchers::Contains;

namespace {
const double NaN = std::numeric_limits<double>::quiet_NaN();
}  // namespace
TEST_CASE("what is not nan") {
  expect(nanquantile(array({{1.0, NaN, 3.0}, {NaN, NaN, NaN}, {4.0, 5.0, 7.0}}), array({0.0, 0.3})),
         "float32(2,)", {1, 3.2});
  expect(nanquantile(array({{1.0, NaN, 3.0}, {NaN, NaN, NaN}, {4.0, 5.0, 7.0}}), array({0.25, 0.9}), 1),
         "float32(2, 3)", {1.5, NaN, 4.5, 2.8, NaN, 6.6});
  expect(nanquantile(array({{1.0, NaN, 3.0}, {NaN, NaN, NaN}, {4.0, 5.0, 7.0}}), 0.5, 0, true),
         "float32(1, 3)", {2.5, 5, 5});
  expect(nanquantile(array({{1.0, NaN, 3.0}, {NaN, NaN, NaN}, {4.0, 5.0, 7.0}}), 0.5, std::nullopt, true),
         "float32(1, 1)", {4});
  expect(nanmedian(array({{1.0, NaN, 3.0}, {NaN, NaN, NaN}, {4.0, 5.0, 7.0}}), 1), "float32(3,)",
         {2, NaN, 5});
  expect(nanmedian(array({4, 1, 3})), "float32()", {3});
  expect(nanmedian(zeros({0})), "float32()", {NaN});
  expect(nanprod(array({{1.0, NaN, 3.0}, {NaN, NaN, NaN}, {4.0, 5.0, 7.0}})), "float32()", {420});
  expect(nanprod(array({{1.0, NaN, 3.0}, {NaN, NaN, NaN}, {4.0, 5.0, 7.0}}), 1), "float32(3,)", {3, 1, 140});
  expect(nanvar(array({{1.0, NaN, 3.0}, {NaN, NaN, NaN}, {4.0, 5.0, 7.0}})), "float32()", {4});
  expect(nanvar(array({{1.0, NaN, 3.0}, {NaN, NaN, NaN}, {4.0, 5.0, 7.0}}), 1, 1), "float32(3,)",
         {2, NaN, 2.3333333});
  expect(nanstd(array({{1.0, NaN, 3.0}, {NaN, NaN, NaN}, {4.0, 5.0, 7.0}}), 0, 0, true), "float32(1, 3)",
         {1.5, 0, 2});
  expect(nanargmax(array({{1.0, NaN, 3.0}, {NaN, NaN, NaN}, {4.0, 5.0, 7.0}})), "int32()", {8});
  expect(nanargmax(array({{1.0, NaN, 3.0}, {NaN, NaN, NaN}, {4.0, 5.0, 7.0}}), 1), "int32(3,)", {2, -1, 2});
  expect(nanargmin(array({{1.0, NaN, 3.0}, {NaN, NaN, NaN}, {4.0, 5.0, 7.0}}), 1, true), "int32(3, 1)",
         {0, -1, 0});
  expect(nanargmin(array({{1.0, NaN, 3.0}, {NaN, NaN, NaN}, {4.0, 5.0, 7.0}})), "int32()", {0});
  expect(nanargmax(array({3, 9, 1})), "int32()", {1});
  expect(nanvar(array({1, 2, 4})), "float32()", {1.5555555});
  expect(nanprod(array({2, 3})), "int32()", {6});
}

TEST_CASE("covariances") {
  expect(cov(array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}})), "float32(2, 2)",
         {4.229167, -1.8333334, -1.8333334, 4.666667});
  expect(cov(array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}}), false), "float32(4, 4)",
         {0.5, -1.5, 2, -1.75, -1.5, 4.5, -6, 5.25, 2, -6, 8, -7, -1.75, 5.25, -7, 6.125});
  expect(cov(array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}}), true, 0), "float32(2, 2)",
         {3.171875, -1.375, -1.375, 3.5});
  expect(cov(array({1.0, 2.0, 2.5, -1.0, 4.0, 2.0, 3.9})), "float32()", {2.9728572});
  expect(corrcoef(array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}})), "float32(2, 2)",
         {1, -0.41267735, -0.41267735, 0.9999999});
  expect(corrcoef(array({1.0, 2.0, 2.5, -1.0, 4.0, 2.0, 3.9})), "float32()", {1});
  CHECK_THROWS_WITH(cov(zeros({2, 2, 2})), Contains("cov") && Contains("(2, 2, 2)"));
}

TEST_CASE("histograms") {
  expect(histogram(array({1.0, 2.0, 2.5, -1.0, 4.0, 2.0, 3.9}), 4).counts, "float32(4,)", {1, 1, 3, 2});
  expect(histogram(array({1.0, 2.0, 2.5, -1.0, 4.0, 2.0, 3.9}), 4).edges, "float32(5,)",
         {-1, 0.25, 1.5, 2.75, 4});
  expect(histogram(array({1.0, 2.0, 2.5, -1.0, 4.0, 2.0, 3.9}), 4, std::pair<Array, Array>(0.0, 3.0)).counts,
         "float32(4,)", {0, 1, 2, 1});
  expect(histogram(array({1.0, 2.0, 2.5, -1.0, 4.0, 2.0, 3.9}), array({0.0, 1.0, 2.0, 4.0})).counts,
         "float32(3,)", {0, 1, 5});
  expect(histogram(array({1.0, 2.0, 2.5, -1.0, 4.0, 2.0, 3.9}), 4, std::nullopt, std::nullopt, true).counts,
         "float32(4,)", {0.11428572, 0.11428572, 0.34285718, 0.22857144});
  expect(histogram(array({1.0, 2.0, 2.5, -1.0, 4.0, 2.0, 3.9}), 3, std::nullopt,
                   array({1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0}))
             .counts,
         "float32(3,)", {4, 9, 15});
  expect(histogram(array({2.0, 2.0}), 2).edges, "float32(3,)", {1.5, 2, 2.5});
  expect(histogram(array({1, 2, 2}), 2).counts, "float32(2,)", {1, 2});
  expect(histogram(zeros({0}), 2).counts, "float32(2,)", {0, 0});
  CHECK_THROWS_WITH(histogram(array({1.0, 2.0, 2.5, -1.0, 4.0, 2.0, 3.9}), 0),
                    Contains("histogram: got 0 bins"));
  CHECK_THROWS_WITH(histogram(array({1.0, 2.0, 2.5, -1.0, 4.0, 2.0, 3.9}), array({1.0})),
                    Contains("histogram: edges have shape (1,)"));
  CHECK_THROWS_WITH(histogram(array({1.0, 2.0, 2.5, -1.0, 4.0, 2.0, 3.9}), 3, std::nullopt, ones({2})),
                    Contains("weights have shape (2,)"));
}

TEST_CASE("curves") {
  expect(interp(array({-1.0, 0.0, 0.5, 1.75, 3.0, 9.0}), array({0.0, 1.0, 3.0}), array({2.0, 4.0, -1.0})),
         "float32(6,)", {2, 2, 3, 2.125, -1, -1});
  expect(interp(array({-1.0, 9.0}), array({0.0, 1.0}), array({2.0, 4.0}), 7.0, -7.0), "float32(2,)", {7, -7});
  expect(interp(array({0.0, 1.0, 2.0}), array({1.0}), array({5.0})), "float32(3,)", {5, 5, 5});
  expect(trapezoid(array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}})), "float32(2,)", {1.75, 2});
  expect(trapezoid(array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}}), 0.5, 0), "float32(4,)",
         {0.25, -0.25, 0.5, 1.125});
  expect(trapezoid(array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}}), array({0.0, 1.0, 3.0, 4.0})),
         "float32(2,)", {2.25, 2});
  expect(trapezoid(array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}}),
                   array({{1.0, -2.0, 3.0, 0.5}, {0.0, 1.0, -1.0, 4.0}})),
         "float32(2,)", {-0.375, 8});
  expect(polyval(array({2.0, -1.0, 3.0}), array({0.0, 1.0, 2.0})), "float32(3,)", {3, 4, 9});
  expect(polyval(zeros({0}), array({0.0, 1.0})), "float32(2,)", {0, 0});
  CHECK_THROWS_WITH(interp(array({1.0}), array({1.0, 2.0}), array({1.0})),
                    Contains("interp: fp has shape (1,)"));
  CHECK_THROWS_AS(interp(array({1.0}), zeros({0}), zeros({0})), ShapeError);
  CHECK_THROWS_AS(polyval(2.0, 1.0), ShapeError);
  CHECK_THROWS_WITH(trapezoid(zeros({2, 0})), Contains("trapezoid") && Contains("(2, 0)"));
}

TEST_CASE("convolutions of vectors") {
  expect(convolve(array({1.0, 2.0, 3.0, 4.0}), array({0.5, -1.0, 2.0}), ConvolveMode::full), "float32(6,)",
         {0.5, 0, 1.5, 3, 2, 8});
  expect(correlate(array({1.0, 2.0, 3.0, 4.0}), array({0.5, -1.0, 2.0}), ConvolveMode::full), "float32(6,)",
         {2, 3, 4.5, 6, -2.5, 2});
  expect(convolve(array({1.0, 2.0, 3.0, 4.0}), array({0.5, -1.0, 2.0}), ConvolveMode::same), "float32(4,)",
         {0, 1.5, 3, 2});
  expect(correlate(array({1.0, 2.0, 3.0, 4.0}), array({0.5, -1.0, 2.0}), ConvolveMode::same), "float32(4,)",
         {3, 4.5, 6, -2.5});
  expect(convolve(array({1.0, 2.0, 3.0, 4.0}), array({0.5, -1.0, 2.0}), ConvolveMode::valid), "float32(2,)",
         {1.5, 3});
  expect(correlate(array({1.0, 2.0, 3.0, 4.0}), array({0.5, -1.0, 2.0}), ConvolveMode::valid), "float32(2,)",
         {4.5, 6});
  expect(convolve(array({2.0, 1.0}), array({0.5, -1.0, 2.0}), ConvolveMode::full), "float32(4,)",
         {1, -1.5, 3, 2});
  expect(correlate(array({2.0, 1.0}), array({0.5, -1.0, 2.0}), ConvolveMode::full), "float32(4,)",
         {4, 0, 0, 0.5});
  expect(convolve(array({2.0, 1.0}), array({0.5, -1.0, 2.0}), ConvolveMode::same), "float32(3,)",
         {1, -1.5, 3});
  expect(correlate(array({2.0, 1.0}), array({0.5, -1.0, 2.0}), ConvolveMode::same), "float32(3,)",
         {0, 0, 0.5});
  expect(convolve(array({2.0, 1.0}), array({0.5, -1.0, 2.0}), ConvolveMode::valid), "float32(2,)", {-1.5, 3});
  expect(correlate(array({2.0, 1.0}), array({0.5, -1.0, 2.0}), ConvolveMode::valid), "float32(2,)", {0, 0});
  expect(convolve(array({1.0, 2.0, 3.0, 4.0}), array({1.0, 2.0}), ConvolveMode::same), "float32(4,)",
         {1, 4, 7, 10});
  expect(correlate(array({1.0, 2.0, 3.0, 4.0}), array({1.0, 2.0}), ConvolveMode::same), "float32(4,)",
         {2, 5, 8, 11});
  expect(convolve(array({1, 2, 3}), array({1, 1})), "float32(4,)", {1, 3, 5, 3});
  CHECK_THROWS_WITH(convolve(zeros({2, 2}), ones({2})), Contains("convolve: a has shape (2, 2)"));
  CHECK_THROWS_WITH(correlate(ones({2}), zeros({0})), Contains("correlate: v has shape (0,)"));
}

TEST_CASE("statistics in transforms") {
  const Array x = agree::numbers({4, 5}), y = agree::numbers({7}, 0.6),
              p = array(std::vector<double>{0.1, 0.9, 2.0});
  const std::function<Array(const Array&)> all[] = {[](const Array& v) { return nanprod(v, 1); },
                                                    [](const Array& v) { return nanvar(v, 1); },
                                                    [](const Array& v) {
                                                      return nanquantile(v, array({0.3, 0.8}), 1);
                                                    },
                                                    [](const Array& v) { return nanstd(v, 0, 1); },
                                                    [](const Array& v) { return cov(v); },
                                                    [](const Array& v) { return corrcoef(v); },
                                                    [](const Array& v) { return trapezoid(v, 0.5, 0); },
                                                    [](const Array& v) { return polyval(v, 0.7); }};
  for (const auto& f : all) {
    agree::require_transforms(agree::lifted(f), {x}, 1e-12);
    agree::require_compiled(agree::lifted(f), {x});
  }
  const flat::Function pairs[] = {
      [](const Arrays& in) {
        return Arrays{convolve(in[0], in[1]), correlate(in[0], in[1], ConvolveMode::same)};
      },
      [](const Arrays& in) {
        return Arrays{histogram(in[0], 4, std::nullopt, in[0]).counts, histogram(in[1], 3).edges};
      }};
  for (const auto& f : pairs) {
    agree::require_batches(f, {y, p}, 1e-12);
    agree::require_compiled(f, {y, p});
  }
  agree::require_gradients(pairs[0], {y, p});
  const flat::Function curve = [&](const Arrays& in) { return Arrays{interp(in[0], p, in[1])}; };
  agree::require_transforms(curve, {y * 0.5 + 1, array(std::vector<double>{3.0, -1.0, 2.0})}, 1e-12);
}
