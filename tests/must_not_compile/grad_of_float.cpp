// expect: copse: a function given to grad must return one number as an Array
#include "copse/ops/reduce.hpp"
#include "copse/transform/grad.hpp"

int main() {
  using namespace copse;
  return grad([](const Array& x) { return sum(x * x).item<float>(); })(ones({3})).ndim();
}
