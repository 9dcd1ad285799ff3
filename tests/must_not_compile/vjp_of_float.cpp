// expect: copse: a function given to vjp must return arrays
#include "copse/ops/reduce.hpp"
#include "copse/transform/grad.hpp"

int main() {
  using namespace copse;
  return vjp([](const Array& x) { return sum(x).item<float>(); }, ones({3})).first.ndim();
}
