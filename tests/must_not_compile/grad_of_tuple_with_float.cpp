// expect: copse: a function given to grad must return one number as an Array
#include "copse/ops/reduce.hpp"
#include "copse/transform/grad.hpp"

int main() {
  using namespace copse;
  const auto f = [](const Array& x) { return std::tuple{sum(x * x).item<float>(), x, 3}; };
  return grad(f)(ones({3})).first.ndim();
}
