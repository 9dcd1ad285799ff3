// expect: copse: a function given to grad must return one number as an Array
#include "copse/ops/reduce.hpp"
#include "copse/transform/grad.hpp"

int main() {
  using namespace copse;
  return value_and_grad([](const Array& x) { return sum(x).item<int>(); })(ones({3})).second.ndim();
}
