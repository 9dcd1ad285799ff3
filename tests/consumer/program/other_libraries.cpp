// A user of Eigen, nlohmann-json and fmt of their own, compiled for another processor (and fmt into this
// program, not linked): both this program and Copse, which uses the same libraries inside, do what they do
// without each other.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <Eigen/Dense>
#include <copse/copse.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace {

bool eigen_works() {
  using Matrix = Eigen::MatrixXf;
  const Matrix m = Matrix::Random(40, 40);
  const Eigen::JacobiSVD<Matrix> svd(m, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Matrix again = svd.matrixU() * svd.singularValues().asDiagonal() * svd.matrixV().transpose();
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(m * m.transpose());
  const Matrix inverse = m.partialPivLu().inverse();
  return (again - m).norm() < 1e-3f && eigen.eigenvalues().minCoeff() > -1e-3f &&
         (inverse * m - Matrix::Identity(40, 40)).norm() < 1e-1f;
}

bool json_works() {
  const auto parsed = nlohmann::json::parse(R"({"a": [1, 2.5, "x"], "b": {"c": null}})");
  return parsed["a"][1] == 2.5 && nlohmann::json::parse(parsed.dump()) == parsed;
}

bool fmt_works() {
  const std::vector<int> numbers{1, 2, 3};
  return fmt::format("{:>6.2f}|{}|{:#x}", 3.14159, fmt::join(numbers, "-"), 255) == "  3.14|1-2-3|0xff" &&
         fmt::format("{}", copse::ones({2})) == copse::to_string(copse::ones({2}));
}

bool copse_works() {
  using namespace copse;
  const Array a = random::normal(random::key(0), {40, 40}), spd = matmul(a, transpose(a)) + eye(40);
  const auto [u, s, vh] = linalg::svd(a);
  const auto [w, v] = linalg::eigh(spd);
  const auto [q, r] = linalg::qr(a);
  const Array l = linalg::cholesky(spd);
  io::save_safetensors("other_libraries.safetensors", {{"a", a}}, {{"note", "x"}});
  const auto loaded = io::load_safetensors("other_libraries.safetensors");
  std::string message;
  try {
    (void)matmul(ones({2, 3}), ones({2, 3}));
  } catch (const ShapeError& error) {
    message = error.what();
  }
  return all_close(matmul(u * s, vh), a, 1e-3, 1e-3) &&
         all_close(matmul(v * w, transpose(v)), spd, 1e-2, 1e-2) && all_close(matmul(q, r), a, 1e-3, 1e-3) &&
         all_close(matmul(l, transpose(l)), spd, 1e-2, 1e-2) &&
         all_close(matmul(a, linalg::solve(a, ones({40}))), ones({40}), 1e-1, 1e-1) &&
         array_equal(loaded.at("a"), a) && message.find("(2, 3)") != std::string::npos;
}

}  // namespace

int main() {
  bool right = true;
  for (int i = 0; i < 5; ++i) {
    const struct {
      const char* name;
      bool works;
    } checks[] = {{"Eigen", eigen_works()},
                  {"nlohmann-json", json_works()},
                  {"fmt", fmt_works()},
                  {"Copse", copse_works()}};
    for (const auto& check : checks) {
      if (check.works) continue;
      std::fprintf(stderr, "%s gives wrong results\n", check.name);
      right = false;
    }
  }
  return right ? 0 : 1;
}
