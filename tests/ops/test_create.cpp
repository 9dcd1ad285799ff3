#include "agree.hpp"
#include "copse/core/error.hpp"

using namespace copse;
using agree::require_values;

static constexpr DType all_dtypes[] = {DType::bool_, DType::uint8,    DType::uint32,  DType::int32,
                                       DType::int64, DType::bfloat16, DType::float32, DType::float64};

TEST_CASE("full takes the value's dtype unless another is given") {
  CHECK(full({2}, 1.5).dtype() == DType::float32);
  CHECK(full({2}, 1).dtype() == DType::int32);
  CHECK(full({2}, true).dtype() == DType::bool_);
  CHECK(full({2}, 1.5).weak_type());
  CHECK_FALSE(full({2}, 1.5, DType::float32).weak_type());
  require_values(full({2, 2}, 1.5, DType::int64), {2, 2}, {1, 1, 1, 1});
  require_values(full({2, 3}, array({1, 2, 3})), {2, 3}, {1, 2, 3, 1, 2, 3});
  CHECK(full({}, 0.1, DType::float64).item<double>() == 0.1);
  CHECK_THROWS_AS(full({2}, array({1, 2, 3})), ShapeError);
}

TEST_CASE("zeros and ones exist in all dtypes and shapes") {
  for (const DType dtype : all_dtypes) {
    require_values(zeros({2, 1}, dtype), {2, 1}, {0, 0});
    require_values(ones({3}, dtype), {3}, {1, 1, 1});
    CHECK(ones({}, dtype).item<double>() == 1);
    CHECK(ones({4, 0}, dtype).size() == 0);
    CHECK(zeros_like(ones({2}, dtype)).dtype() == dtype);
    require_values(full_like(zeros({2}, dtype), 1), {2}, {1, 1});
  }
  CHECK(ones_like(Array(2.0)).weak_type());
  require_values(ones({70000}), {70000}, std::vector<double>(70000, 1.0));
}

TEST_CASE("a computed weak scalar converts from what it is") {
  require_values(ones_like(Array(2.0)) + zeros({1}, DType::float64), {1}, {1});
  require_values((Array(1.5) + Array(2.5)) * ones({1}, DType::float64), {1}, {4});
}

TEST_CASE("a trace records full and arange instead of their elements") {
  const auto recorded =
      flat::record([](const flat::Arrays& in) { return flat::Arrays{in[0] + zeros({100}) + arange(100)}; },
                   std::vector<ShapeDtype>{{{100}, DType::float32, false}});
  CHECK(recorded.program.constants.empty());
  std::vector<std::string> names;
  for (const auto& i : recorded.program.instructions) names.emplace_back(i.primitive->name());
  CHECK(std::find(names.begin(), names.end(), "full") != names.end());
  CHECK(std::find(names.begin(), names.end(), "iota") != names.end());
}

TEST_CASE("a full of a traced value is differentiable") {
  agree::require_transforms(agree::lifted([](const Array& x) {
                              return full({2, 3}, x);
                            }),
                            {Array(1.5) * ones({}, DType::float64)});
}

TEST_CASE("arange counts up and down") {
  require_values(arange(4), {4}, {0, 1, 2, 3});
  CHECK(arange(4).dtype() == DType::int32);
  CHECK(arange(-4).size() == 0);
  require_values(arange(2, 9, 3), {3}, {2, 5, 8});
  require_values(arange(5, -2, -3), {3}, {5, 2, -1});
  CHECK(arange(5, 5).size() == 0);
  CHECK(arange(5, 4).size() == 0);
  require_values(arange(0.0, 1.0, 0.25), {4}, {0, 0.25, 0.5, 0.75});
  require_values(arange(1, 4, 1, DType::float64), {3}, {1, 2, 3});
  require_values(arange(3, DType::bfloat16), {3}, {0, 1, 2});
  const std::int64_t far = std::int64_t{1} << 62;
  CHECK(arange(far, far + 2, 1, DType::int64).item<std::int64_t>({1}) == far + 1);
  CHECK(arange(-far - far + 1, far, far, DType::int64).size() == 3);
  CHECK_THROWS_AS(arange(0, 3, 0), ValueError);
  CHECK_THROWS_AS(arange(0.0, std::nan(""), 1.0), ValueError);
  CHECK_THROWS_AS(arange(3, DType::bool_), DTypeError);
}

TEST_CASE("linspace hits both ends") {
  require_values(linspace(0, 1, 5), {5}, {0, 0.25, 0.5, 0.75, 1});
  require_values(linspace(0, 1, 4, false), {4}, {0, 0.25, 0.5, 0.75});
  require_values(linspace(3, 7, 1), {1}, {3});
  CHECK(linspace(0, 1, 0).size() == 0);
  CHECK(linspace(0.1, 0.7, 3, true, DType::float64).item<double>({2}) == 0.7);
  require_values(linspace(array({0, 10}), array({1, 20}), 2), {2, 2}, {0, 10, 1, 20});
  require_values(linspace(0, 10, 3, true, DType::int32), {3}, {0, 5, 10});
  CHECK_THROWS_AS(linspace(0, 1, -1), ValueError);
}

TEST_CASE("diagonals and triangles") {
  require_values(eye(2, 3), {2, 3}, {1, 0, 0, 0, 1, 0});
  require_values(eye(2, 3, 1, DType::int32), {2, 3}, {0, 1, 0, 0, 0, 1});
  require_values(eye(3, 2, -1), {3, 2}, {0, 0, 1, 0, 0, 1});
  require_values(identity(2), {2, 2}, {1, 0, 0, 1});
  require_values(tri(2, 3, 1), {2, 3}, {1, 1, 0, 1, 1, 1});
  const Array x = reshape(arange(6), {2, 3});
  require_values(tril(x), {2, 3}, {0, 0, 0, 3, 4, 0});
  require_values(triu(x), {2, 3}, {0, 1, 2, 0, 4, 5});
  require_values(triu(x, 1), {2, 3}, {0, 1, 2, 0, 0, 5});
  require_values(triu(stack({x, x}), 2), {2, 2, 3}, {0, 0, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0});
  CHECK(tril(x).dtype() == DType::int32);
  CHECK_THROWS_WITH(tril(arange(3)), "tril: got shape (3,), wanted two dimensions or more");
}

TEST_CASE("meshgrid in both orders") {
  const Array axes[] = {arange(2), arange(3)};
  auto grid = meshgrid(axes);
  require_values(grid[0], {3, 2}, {0, 1, 0, 1, 0, 1});
  require_values(grid[1], {3, 2}, {0, 0, 1, 1, 2, 2});
  grid = meshgrid(axes, true);
  require_values(grid[0], {2, 3}, {0, 0, 0, 1, 1, 1});
  require_values(grid[1], {2, 3}, {0, 1, 2, 0, 1, 2});
}

TEST_CASE("an array of one number has no dimensions and a dtype of its own") {
  const auto check = [](const Array& got, const char* type, double wanted) {
    CHECK(to_string(got.type()) == type);
    require_values(got, {}, {wanted});
  };
  check(array(1.5f), "float32()", 1.5);
  check(array(1.5), "float32()", 1.5);
  check(array(3), "int32()", 3);
  check(array(std::int64_t{3}), "int64()", 3);
  check(array(true), "bool()", 1);
  check(array(std::uint8_t{7}), "uint8()", 7);
  CHECK_FALSE(array(1.5f).weak_type());
  CHECK((array(1.5f) + ones({2}, DType::bfloat16)).dtype() == DType::float32);
  CHECK((Array(1.5f) + ones({2}, DType::bfloat16)).dtype() == DType::bfloat16);
}

TEST_CASE("arrays from braces") {
  require_values(array({{1, 2}, {3, 4}}), {2, 2}, {1, 2, 3, 4});
  CHECK(array({1.5, 2.5}).dtype() == DType::float32);
  CHECK(array({true, false}).dtype() == DType::bool_);
  CHECK(array(std::vector<double>{1, 2}).dtype() == DType::float64);
  CHECK_THROWS_WITH(array({{1, 2}, {3}}),
                    "array: a row of 1 elements after one of 2; all rows must have the same length");
}

TEST_CASE("numbers whose logarithms are evenly spaced") {
  const auto near = [](const Array& x, const std::vector<double>& wanted) {
    const auto values = x.to_vector<double>();
    REQUIRE(values.size() == wanted.size());
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == Approx(wanted[i]));
  };
  near(logspace(0, 2, 3), {1, 10, 100});
  near(logspace(0, 3, 4, false, 2.0), {1, 1.681792830507429, 2.8284271247461903, 4.756828460010884});
  near(geomspace(1, 1000, 4), {1, 10, 100, 1000});
  near(geomspace(1, 256, 8, false), {1, 2, 4, 8, 16, 32, 64, 128});
  CHECK(geomspace(3, 700, 5).item<float>({0}) == 3);
  CHECK(geomspace(3, 700, 5).item<float>({-1}) == 700);
  CHECK(geomspace(array({1.0, 2.0}), 8, 4).shape() == Shape{4, 2});
  CHECK(geomspace(1, 2, 3, true, DType::float64).dtype() == DType::float64);
  CHECK(logspace(0, 1, 2, true, 10.0, DType::int32).to_vector<int>() == std::vector<int>{1, 10});
}
