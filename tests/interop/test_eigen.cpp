// Eigen's expressions into arrays, and arrays as Eigen's maps.
#include "copse/interop/eigen.hpp"

#include "catch.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/shaping.hpp"

using namespace copse;
using Catch::Matchers::Contains;

TEST_CASE("expressions of Eigen become arrays", "[interop]") {
  Eigen::MatrixXd m(2, 3);
  m << 1, 2, 3, 4, 5, 6;
  const Array a(m);
  CHECK(to_string(a.type()) == "float64(2, 3)");
  CHECK(a.to_vector<int>() == std::vector<int>{1, 2, 3, 4, 5, 6});
  CHECK(array_equal(Array(m.transpose()), transpose(a)));
  CHECK(array_equal(Array(m * m.transpose()), matmul(a, transpose(a))));
  CHECK(array_equal(Array(2 * m), array(2 * m)));
  CHECK(array_equal(Array(m.row(1)), a[1]));
  CHECK(Array(m.col(0)).shape() == Shape{2});
  CHECK(array_equal(Array(m.array() > 3.0), a > 3));
  CHECK(Array(Eigen::Vector3f(1, 2, 3)).to_vector<int>() == std::vector<int>{1, 2, 3});
  CHECK(Array(Eigen::MatrixXf(0, 4)).shape() == Shape{0, 4});
}

TEST_CASE("a matrix that is moved in lends its memory where its order allows", "[interop]") {
  using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  RowMajor rows = RowMajor::Ones(20, 30);
  Eigen::VectorXd vector = Eigen::VectorXd::LinSpaced(50, 0, 49);
  Eigen::MatrixXf columns(2, 2);
  columns << 1, 2, 3, 4;
  const float* const elements = rows.data();
  const double* const others = vector.data();
  CHECK(Array(rows).data<float>() != elements);
  const Array a(std::move(rows)), b(std::move(vector)), c(std::move(columns));
  CHECK(a.data<float>() == elements);
  CHECK(b.data<double>() == others);
  CHECK(array_equal(a, ones({20, 30})));
  CHECK(array_equal(b, arange(50)));
  CHECK(c.to_vector<int>() == std::vector<int>{1, 2, 3, 4});
}

TEST_CASE("an array is a map of Eigen, without a copy", "[interop]") {
  const Array a = reshape(arange(6.0), {2, 3});
  const auto m = as_eigen<float>(a);
  CHECK(m.data() == a.data<float>());
  CHECK(m.rows() == 2);
  CHECK(m(1, 0) == 3.0f);
  CHECK(array_equal(Array(m * m.transpose()), matmul(a, transpose(a))));
  CHECK(as_eigen<float>(array({1.0, 2.0})).rows() == 2);
  CHECK(as_eigen<float>(Array(3.0)).sum() == 3.0f);
  const Array vector = arange(3);
  CHECK(as_eigen_vector<int>(vector).data() == vector.data<int>());
  CHECK(as_eigen_vector<int>(vector).sum() == 3);
  CHECK_THROWS_WITH(as_eigen<float>(zeros({2, 2, 2})),
                    Contains("as_eigen: got float32(2, 2, 2)") && Contains("two dimensions"));
  CHECK_THROWS_WITH(as_eigen_vector<float>(a), Contains("as_eigen_vector") && Contains("one dimension"));
  CHECK_THROWS_AS(as_eigen<double>(a), DTypeError);
}
