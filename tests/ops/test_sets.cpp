// Values are those of JAX and NumPy.
#include "copse/ops/sets.hpp"

#include <limits>

#include "copse/core/error.hpp"
#include "expect.hpp"

using namespace copse;
using agree::Arrays;
using agree::expect;

namespace {
const double NaN = std::numeric_limits<double>::quiet_NaN();
}  // namespace
TEST_CASE("unique elements") {
  expect(unique(array({3, 1, 3, 2, 1, 3})), "int32(3,)", {1, 2, 3});
  expect(unique_all(array({3, 1, 3, 2, 1, 3})).values, "int32(3,)", {1, 2, 3});
  expect(unique_all(array({3, 1, 3, 2, 1, 3})).indices, "int32(3,)", {1, 3, 0});
  expect(unique_all(array({3, 1, 3, 2, 1, 3})).inverse, "int32(6,)", {2, 0, 2, 1, 0, 2});
  expect(unique_all(array({3, 1, 3, 2, 1, 3})).counts, "int32(3,)", {2, 1, 3});
  expect(unique(array({{2.5, NaN}, {NaN, -1.0}})), "float32(3,)", {-1, 2.5, NaN});
  expect(unique_all(array({{2, 1}, {1, 5}})).inverse, "int32(2, 2)", {1, 0, 0, 2});
  expect(unique(zeros({0})), "float32(0,)", {});
  expect(unique_all(zeros({2, 0})).inverse, "int32(2, 0)", {});
  expect(unique(array({true, false, true})), "bool(2,)", {0, 1});
}

TEST_CASE("sets") {
  expect(isin(array({3, 1, 3, 2, 1, 3}), array({1, 7, 2})), "bool(6,)", {0, 1, 0, 1, 1, 0});
  expect(isin(array({3, 1, 3, 2, 1, 3}), array({1, 7}), true), "bool(6,)", {1, 0, 1, 1, 0, 1});
  expect(isin(array({3, 1, 3, 2, 1, 3}), zeros({0})), "bool(6,)", {0, 0, 0, 0, 0, 0});
  expect(isin(array({{1.5}, {2.0}}), array({2, 3})), "bool(2, 1)", {0, 1});
  expect(union1d(array({3, 1, 3, 2, 1, 3}), array({7, 1})), "int32(4,)", {1, 2, 3, 7});
  expect(intersect1d(array({3, 1, 3, 2, 1, 3}), array({7, 1, 2})), "int32(2,)", {1, 2});
  expect(setdiff1d(array({3, 1, 3, 2, 1, 3}), array({7, 1})), "int32(2,)", {2, 3});
  expect(setxor1d(array({3, 1, 3, 2, 1, 3}), array({7, 1})), "int32(3,)", {2, 3, 7});
}

TEST_CASE("shapes that depend on values need known values") {
  const ShapeDtype type[] = {{{4}, DType::float32}};
  CHECK_THROWS_AS(flat::record(agree::lifted([](const Array& x) { return unique(x); }), type),
                  ConcretizationError);
  agree::require_compiled([](const Arrays& in) { return Arrays{isin(in[0], in[1])}; },
                          {array({1.0, 2.0, 3.0}), array({2.0, 5.0})});
}
