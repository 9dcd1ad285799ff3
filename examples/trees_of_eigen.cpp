// Trees without Copse's arrays: a model of Eigen matrices and of a leaf type of one's own.
// test:
//
// The program fits y = w x + b by gradient descent. Gradients, momentum and parameters are trees of one type;
// what is done to all of them is said once, with map.
#include <Eigen/Core>
#include <cmath>
#include <cstdio>
#include <string>

#include "copse/interop/eigen_leaf.hpp"
#include "copse/tree.hpp"

// A leaf type of one's own: all that is needed is to say so, and to say when it is Nothing.
struct Seconds {
  double value = -1;

  friend bool operator==(const Seconds&, const Seconds&) = default;
  friend Seconds operator+(Seconds a, Seconds b) { return {a.value + b.value}; }
  friend Seconds operator-(Seconds a, Seconds b) { return {a.value - b.value}; }
  friend Seconds operator*(float a, Seconds b) { return {a * b.value}; }
};

template <>
struct copse::LeafTraits<Seconds> {
  static constexpr bool leaf = true;
  static bool is_nothing(const Seconds& s) { return s.value < 0; }
  static void make_nothing(Seconds& s) { s.value = -1; }
  static std::string text(const Seconds& s) { return std::to_string(s.value) + " s"; }
};

// A kind of one's own: filters find it, and what derives from it.
struct TimingKind : copse::LogKind {};

template <class T>
using Weight = copse::Field<copse::ParameterKind, T>;

struct Line {
  std::string name = "line";  // static: part of the structure
  Weight<Eigen::MatrixXf> w = Eigen::MatrixXf::Zero(2, 1);
  Weight<float> b = 0.0f;
  copse::Field<TimingKind, Seconds> spent = Seconds{0};

  Eigen::VectorXf operator()(const Eigen::MatrixXf& x) const { return ((x * *w).array() + *b).matrix(); }

  void note(Seconds more) { spent += more; }
};

using Model = copse::Tree<Line>;

// The gradient of the mean squared error is a Line, too, with Nothing where there is nothing to
// differentiate.
Model gradient(const Model& model, const Eigen::MatrixXf& x, const Eigen::VectorXf& y) {
  Eigen::VectorXf residual = (*model)(x)-y;
  float scale = 2.0f / static_cast<float>(y.size());
  return copse::filter<copse::ParameterKind>(model)
      .replace<&Line::w>(Eigen::MatrixXf(scale * x.transpose() * residual))
      .replace<&Line::b>(scale * residual.sum());
}

int main() {
  Eigen::MatrixXf x = Eigen::MatrixXf::Random(100, 2);
  Eigen::VectorXf y = ((x * Eigen::Vector2f(3, -1)).array() + 0.5f).matrix();

  Model model{Line{}};
  auto parameters = copse::filter<copse::ParameterKind>(model);
  auto momentum =
      copse::map([](const auto& p) { return std::remove_cvref_t<decltype(p)>(0.0f * p); }, parameters);
  for (int step = 0; step < 200; ++step) {
    auto g = gradient(model, x, y);
    momentum = copse::map([](auto v, auto d) { return decltype(v)(0.9f * v + d); }, momentum, g);
    parameters = copse::map([](auto p, auto v) { return decltype(p)(p - 0.05f * v); }, parameters, momentum);
    model = copse::merge(model, parameters).mutable_(&Line::note)(Seconds{0.001});
  }

  copse::print(model);
  bool fitted = std::abs(model->b - 0.5f) < 1e-3f && (*model->w - Eigen::Vector2f(3, -1)).norm() < 1e-3f;
  std::printf("%s\n", fitted ? "fitted" : "not fitted");
  return fitted ? 0 : 1;
}
