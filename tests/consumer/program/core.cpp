// A user of arrays and random numbers alone.
#include <copse/ops/create.hpp>
#include <copse/ops/elementwise.hpp>
#include <copse/ops/linalg.hpp>
#include <copse/ops/reduce.hpp>
#include <copse/ops/shaping.hpp>
#include <copse/random.hpp>

int main() {
  using namespace copse;
  const Array x = random::normal(random::key(0), {3, 4});
  const Array gram = matmul(x, transpose(x));
  return gram.shape() == Shape{3, 3} && max(abs(gram - transpose(gram))).item<float>() < 1e-6f ? 0 : 1;
}
