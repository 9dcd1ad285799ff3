// expect: copse: jacobian wants a function that returns one array
#include "copse/ops/reduce.hpp"
#include "copse/transform/jacobian.hpp"

int main() {
  using namespace copse;
  return jacobian([](const Array& x) { return sum(x).item<double>(); })(ones({3})).ndim();
}
