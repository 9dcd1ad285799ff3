// xtensor's expressions into arrays, and arrays as xtensor's expressions.
#include "copse/interop/xtensor.hpp"

#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/shaping.hpp"

using namespace copse;
using Catch::Matchers::Contains;

TEST_CASE("expressions of xtensor become arrays", "[interop]") {
  const xt::xarray<double> x = {{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}};
  const Array a(x);
  CHECK(to_string(a.type()) == "float64(2, 3)");
  CHECK(a.to_vector<int>() == std::vector<int>{1, 2, 3, 4, 5, 6});
  CHECK(array_equal(Array(x * 2.0 + 1.0), a * 2 + 1));
  CHECK(array_equal(Array(xt::view(x, xt::all(), xt::range(1, 3))), a[{Slice{}, Slice{1, 3}}]));
  CHECK(array_equal(Array(xt::transpose(x)), transpose(a)));
  CHECK(to_string(Array(xt::sum(x, {1})).type()) == "float64(2,)");
  CHECK(Array(xt::sum(x)).item<double>() == 21);
  const xt::xtensor<float, 2, xt::layout_type::column_major> columns = {{1.0f, 2.0f}, {3.0f, 4.0f}};
  CHECK(Array(columns).to_vector<int>() == std::vector<int>{1, 2, 3, 4});
  CHECK(Array(xt::xarray<bool>{true, false}).dtype() == DType::bool_);
  CHECK(Array(xt::xarray<int>::from_shape({0, 3})).shape() == Shape{0, 3});
}

TEST_CASE("a container that is moved in lends its memory", "[interop]") {
  xt::xarray<float> x = xt::ones<float>({100, 3});
  xt::xtensor<double, 1> y = xt::arange<double>(50);
  const float* const elements = x.data();
  const double* const others = y.data();
  const Array copied(x);
  CHECK(copied.data<float>() != elements);
  const Array a(std::move(x)), b(std::move(y));
  CHECK(a.data<float>() == elements);
  CHECK(b.data<double>() == others);
  CHECK(array_equal(a, copied));
  CHECK(array_equal(b, arange(50)));
}

TEST_CASE("an array is an expression of xtensor, without a copy", "[interop]") {
  Array a = reshape(arange(6.0), {2, 3});
  const float* const elements = a.data<float>();
  const auto v = a.view<float>();
  CHECK(&v(0, 0) == elements);
  CHECK(v.dimension() == 2);
  CHECK(v(1, 2) == 5.0f);
  CHECK(xt::sum(v)() == 15.0f);
  const xt::xarray<float> doubled = 2.0f * v;
  CHECK(array_equal(Array(doubled), a * 2));
  // The expression keeps the memory alive.
  a = Array();
  CHECK(v(1, 0) == 3.0f);
  CHECK(Array(1.5).view<float>()() == 1.5f);
  CHECK(zeros({0, 2}).view<float>().size() == 0);
  CHECK_THROWS_AS(arange(3).view<float>(), DTypeError);
  static_assert(!std::is_assignable_v<decltype(v(0, 0)), float>);
}

TEST_CASE("files hold leaves of xtensor as arrays", "[interop]") {
  const xt::xtensor<float, 2> x = {{1.0f, 2.0f}, {3.0f, 4.0f}};
  using Stored = StoredLeaf<xt::xtensor<float, 2>>;
  CHECK((Stored::from_array(Stored::to_array(x)) == x));
  CHECK((StoredLeaf<xt::xarray<float>>::from_array(Array(x)) == x));
  CHECK_THROWS_WITH(Stored::from_array(zeros({2})),
                    Contains("from_array: got float32(2,), wanted 2 dimensions"));
}
