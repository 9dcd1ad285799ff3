// Trees of other libraries' arrays: Eigen's and xtensor's.
#include <complex>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "copse/interop/eigen_leaf.hpp"
#include "copse/interop/xtensor_leaf.hpp"
#include "copse/tree.hpp"

using namespace copse;

namespace {

template <class T>
using Weight = Field<ParameterKind, T>;

struct OfEigen {
  Eigen::VectorXf bare;
  Weight<Eigen::MatrixXd> weight = Eigen::MatrixXd::Ones(2, 3);
  State<Eigen::Array3f> fixed = Eigen::Array3f::Constant(2.0f);
  std::vector<Eigen::MatrixXi> many = {Eigen::MatrixXi::Identity(2, 2)};
  Eigen::ArrayXcd complex = Eigen::ArrayXcd::Zero(2);
  float rate = 0.1f;
};

struct OfXtensor {
  xt::xarray<double> bare = {{1.0, 2.0}, {3.0, 4.0}};
  Weight<xt::xtensor<float, 1>> weight = xt::xtensor<float, 1>{1.0f, 2.0f};
  State<xt::xarray<int>> empty;
};

}  // namespace

TEST_CASE("Eigen's matrices and arrays are leaves", "[interop][tree]") {
  Tree tree{OfEigen{}};
  CHECK(count_leaves(tree) == 4);  // the empty vector is Nothing
  auto infos = leaves_with_path(tree);
  CHECK(infos[0].first.path == "weight");
  CHECK(infos[0].first.dtype == "float64");
  CHECK(infos[0].first.shape == "(2, 3)");
  CHECK(infos[0].first.bytes == 48);
  CHECK(infos[1].first.shape == "(3,)");
  CHECK(infos[2].first.dtype == "int32");
  CHECK(infos[3].first.dtype == "complex128");

  auto grown = tree.replace<&OfEigen::bare>(Eigen::VectorXf::LinSpaced(3, 0.0f, 1.0f));
  CHECK(count_leaves(grown) == 5);
  CHECK(grown == grown.replace<&OfEigen::bare>(Eigen::VectorXf::LinSpaced(3, 0.0f, 1.0f)));
  CHECK(hash(grown) == hash(grown.replace<&OfEigen::bare>(Eigen::VectorXf::LinSpaced(3, 0.0f, 1.0f))));
  CHECK_FALSE(grown == tree);
  CHECK_FALSE(grown == grown.replace<&OfEigen::bare>(Eigen::VectorXf::Zero(3)));
  CHECK_FALSE(grown == grown.replace<&OfEigen::bare>(Eigen::VectorXf::Zero(4)));
  CHECK(grown->weight->cols() == 3);
  CHECK((*grown->weight * Eigen::Vector3d::Ones()).sum() == 6.0);

  auto [list, def] = flatten(grown);
  CHECK(unflatten(def, list) == grown);
  auto doubled = map([](const auto& m) { return std::remove_cvref_t<decltype(m)>(m + m); }, grown);
  CHECK(doubled->fixed->sum() == 12.0f);
  auto weights =
      filter(grown, [](const FieldInfo& info) { return info.is<ParameterKind>() || info.path == "fixed"; });
  CHECK(count_leaves(weights) == 2);
  CHECK(merge(grown, weights) == grown);
}

TEST_CASE("a matrix of fixed size needs a field to be Nothing", "[interop][tree]") {
  struct Bare {
    Eigen::Matrix2f fixed = Eigen::Matrix2f::Zero();
  };
  try {
    (void)filter<ParameterKind>(Tree{Bare{}});
    FAIL("nothing was thrown");
  } catch (const TreeError& error) {
    CHECK(std::string(error.what()).starts_with("filter: \"fixed\" is a Matrix, which cannot be Nothing"));
  }
  struct Held {
    Node<Eigen::Matrix2f> fixed = Eigen::Matrix2f::Zero();
  };
  CHECK(count_leaves(filter<ParameterKind>(Tree{Held{}})) == 0);
}

TEST_CASE("xtensor's arrays are leaves", "[interop][tree]") {
  Tree tree{OfXtensor{}};
  CHECK(count_leaves(tree) == 3);
  auto infos = leaves_with_path(tree);
  CHECK(infos[0].first.shape == "(2, 2)");
  CHECK(infos[1].first.dtype == "float32");
  CHECK(infos[2].first.shape == "()");  // a default-constructed xarray is a scalar
  CHECK(to_string(tree).find("xarray((2, 2), float64)") != std::string::npos);
  auto parameters = filter<ParameterKind>(tree);
  CHECK(count_leaves(parameters) == 1);
  CHECK(is_nothing(parameters->bare));
  CHECK(merge(tree, parameters) == tree);
  auto [list, def] = flatten(tree);
  CHECK(unflatten(def, list) == tree);
  CHECK_FALSE(tree == tree.replace<&OfXtensor::bare>(xt::xarray<double>{1.0, 2.0, 3.0, 4.0}));
}

TEST_CASE("as leaves, nan is equal to itself and zeros to each other", "[interop][tree]") {
  double nan = std::numeric_limits<double>::quiet_NaN();
  Eigen::VectorXd a(2), b(2);
  a << nan, 0.0;
  b << nan, -0.0;
  CHECK(Tree{a} == Tree{b});
  CHECK(hash(Tree{a}) == hash(Tree{b}));
  b << nan, 1.0;
  CHECK_FALSE(Tree{a} == Tree{b});
}
