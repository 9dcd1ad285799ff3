// A user of modules, without a trainer.
#include <copse/nn.hpp>
#include <copse/ops/create.hpp>

int main() {
  using namespace copse;
  const Array x = ones({2, 5});
  Module model{nn::Sequential{nn::Linear{8}, nn::Dropout{0.5}, nn::Linear{3}}};
  model = model.init(random::key(0), x);
  return model.eval()(x).shape() == Shape{2, 3} ? 0 : 1;
}
