// Elements in and out: spans, lists in braces, memory of others, several indices, rows.
#include <numeric>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/core/mdspan.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/flat.hpp"

using namespace copse;
using Catch::Matchers::Contains;

TEST_CASE("lists in braces") {
  CHECK(to_string(array({1, 2}).type()) == "int32(2,)");
  CHECK(to_string(array({1.0, 2.0}).type()) == "float32(2,)");
  CHECK(to_string(array({{1.0f}, {2.0f}}).type()) == "float32(2, 1)");
  CHECK(to_string(array({{1.0}, {2.0}}).type()) == "float32(2, 1)");
  CHECK(to_string(array({{{1, 2}, {3, 4}}}).type()) == "int32(1, 2, 2)");
  CHECK(to_string(array({true}).type()) == "bool(1,)");
  CHECK(to_string(array({1, 2.5}).type()) == "float32(2,)");
  CHECK(array({1, 2.5, true}).to_vector<double>() == std::vector<double>{1, 2.5, 1});
  CHECK(to_string(array({{1, 2.5}, {3, 4}}).type()) == "float32(2, 2)");
  CHECK(to_string(array({-9000000000, 1}).type()) == "int64(2,)");
  CHECK(array({-9000000000, 1}).item<std::int64_t>({0}) == -9000000000);
  CHECK_THROWS_WITH(array({{1, 2}, {3}}), Contains("a row of 1 elements after one of 2"));
  CHECK_THROWS_WITH(array({{1, 2.5}, {3}}), Contains("a row of 1 elements after one of 2"));
}

TEST_CASE("spans and vectors") {
  const std::vector<float> elements{1, 2, 3, 4};
  const Array a = array(std::span(elements), {2, 2});
  CHECK(a.data<float>() != elements.data());
  CHECK(std::equal(elements.begin(), elements.end(), a.span<float>().begin()));
  CHECK_THROWS_WITH(array(std::span(elements), {3}), Contains("array: got 4 elements for shape (3,)"));
  CHECK(array(elements).shape() == Shape{4});
  CHECK(a.to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 2, 3, 4});
  CHECK(array({0.0, 0.5}).to_vector<bool>() == std::vector<bool>{false, true});
}

TEST_CASE("memory of others is used, not copied") {
  std::vector<double> elements(1000);
  std::iota(elements.begin(), elements.end(), 0.0);
  const double* const data = elements.data();
  const Array moved = array(std::move(elements));
  CHECK(moved.data<double>() == data);

  auto owner = std::make_shared<std::vector<std::int32_t>>(6, 7);
  const std::weak_ptr<const void> watch = owner;
  Array a = frombuffer(std::span<const std::int32_t>(*owner), {2, 3}, owner);
  CHECK(a.raw() == owner->data());
  owner.reset();
  // A reshape shares the memory, and with it the owner.
  Array b = reshape(a, {6});
  CHECK(b.raw() == a.raw());
  a = Array();
  CHECK_FALSE(watch.expired());
  CHECK(sum(b).item<int>() == 42);
  b = Array();
  CHECK(watch.expired());
  CHECK_THROWS_WITH(frombuffer(std::span<const int>(), {2}, nullptr), Contains("frombuffer: got 0 elements"));
}

TEST_CASE("what only looks copies nothing") {
  const Array a = arange(1000);
  CHECK(a.span<int>().data() == a.data<int>());
  CHECK(static_cast<const void*>(a.data<int>()) == a.raw());
  CHECK(reshape(a, {10, 100}).raw() == a.raw());
  CHECK(ravel(a).raw() == a.raw());
  CHECK(expand_dims(a, 0).raw() == a.raw());
  CHECK(squeeze(reshape(a, {1, 1000})).raw() == a.raw());
  CHECK(astype(a, DType::int32).raw() == a.raw());
  CHECK(as_mdspan<int, 1>(a).data_handle() == a.data<int>());
}

TEST_CASE("elements by several indices") {
  const Array a = reshape(arange(24), {2, 3, 4});
  const auto m = as_mdspan<int, 3>(a);
  CHECK(m.rank() == 3);
  CHECK(m.extent(1) == 3);
  CHECK(m.stride(0) == 12);
  CHECK(m.size() == 24);
  CHECK_FALSE(m.empty());
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 4; ++k) REQUIRE(m(i, j, k) == a.item<int>({i, j, k}));
  CHECK(m[{1, 2, 3}] == 23);
  CHECK(as_mdspan<float, 0>(Array(2.5))() == 2.5f);
  CHECK(as_mdspan<float, 2>(zeros({0, 2})).empty());
  CHECK_THROWS_WITH((as_mdspan<int, 2>(a)), Contains("as_mdspan: got int32(2, 3, 4), wanted 2 dimensions"));
  CHECK_THROWS_AS((as_mdspan<float, 3>(a)), DTypeError);
}

TEST_CASE("x[i], and the rows of x") {
  const Array x = reshape(arange(12), {3, 4});
  CHECK(array_equal(x[1], array({4, 5, 6, 7})));
  CHECK(array_equal(x[-1], array({8, 9, 10, 11})));
  CHECK(x[1][2].item<int>() == 6);
  CHECK(array_equal(x[Slice{0, 2}], x[{Slice{0, 2}, ellipsis}]));
  CHECK(array_equal(x[{ellipsis, 0}], array({0, 4, 8})));
  CHECK(x[{1, 2}].item<int>() == 6);
  CHECK(array_equal(x[array({2, 0})], stack({x[2], x[0]})));
  CHECK(array_equal(x[x > 8], array({9, 10, 11})));
  CHECK(x[newaxis].shape() == Shape{1, 3, 4});
  CHECK_THROWS_WITH(x[3], Contains("position 3") && Contains("(3, 4)"));

  int n = 0;
  for (const Array row : x) CHECK(array_equal(row, x[n++]));
  CHECK(n == 3);
  for (const Array row : zeros({0, 4})) FAIL(to_string(row));
  CHECK_THROWS_WITH(begin(Array(1)), Contains("begin") && Contains("()"));
  static_assert(std::input_iterator<RowIterator>);

  // Differentiable like any other indexing.
  const flat::Function f = [](const flat::Arrays& in) {
    Array total = 0.0;
    for (const Array row : in[0]) total = total * 2 + sum(row);
    return flat::Arrays{total};
  };
  const std::uint8_t wanted[] = {1};
  const Array ct[] = {Array(1.0)};
  const Array slopes = flat::vjp(f, {ones({3, 2})}, wanted).pullback(ct)[0];
  CHECK(array_equal(slopes, array({{4, 4}, {2, 2}, {1, 1}})));
}
