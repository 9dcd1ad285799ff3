// expect: copse: a function given to grad must return one number as an Array
#include "copse/ops/reduce.hpp"
#include "copse/transform/grad.hpp"

int main() {
  using namespace copse;
  const auto f = [](const Array& x) { return std::pair{sum(x * x).item<double>(), x}; };
  return value_and_grad(f)(ones({3})).second.ndim();
}
