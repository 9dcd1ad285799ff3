// A user who tests derivatives.
#include <copse/ops/create.hpp>
#include <copse/ops/elementwise.hpp>
#include <copse/testing.hpp>

#include <cstdio>

int main() {
  using namespace copse;
  const auto f = [](const std::vector<Array>& in) { return tanh(in[0] * in[1]); };
  const std::string wrong =
      testing::check_gradients(f, {full({3}, 0.3, DType::float64), full({3}, 0.7, DType::float64)});
  std::printf("%s\n", wrong.c_str());
  return wrong.empty() ? 0 : 1;
}
