// expect: copse: a function given to jvp must return arrays
#include "copse/ops/reduce.hpp"
#include "copse/transform/jvp.hpp"

int main() {
  using namespace copse;
  const auto f = [](const Array& x) { return std::pair{x, sum(x).item<float>()}; };
  return jvp(f, std::tuple{ones({3})}, std::tuple{ones({3})}).first.first.ndim();
}
