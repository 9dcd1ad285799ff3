// A user of arrays, trees and functions on functions.
#include <copse/ops/elementwise.hpp>
#include <copse/transform/grad.hpp>
#include <copse/transform/jit.hpp>
#include <copse/transform/vmap.hpp>

int main() {
  using namespace copse;
  const auto cube = [](const Array& x) { return x * x * x; };
  const Array slopes = jit(vmap(grad(cube)))(array({1.0f, 2.0f, 3.0f}));
  return slopes.to_vector<float>() == std::vector<float>{3.0f, 12.0f, 27.0f} ? 0 : 1;
}
