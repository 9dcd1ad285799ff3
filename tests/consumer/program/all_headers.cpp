// A training that uses much of Copse's headers: to be compiled with the flags of strict projects.
#include <copse/copse.hpp>
#include <map>
#include <string>
#include <vector>

using namespace copse;

namespace {

struct Net {
  nn::Conv conv{.features = 4, .kernel_size = {3, 3}, .padding = {{1, 1}, {0, 2}}};
  nn::BatchNorm norm{};
  nn::Dropout dropout{0.1};
  nn::Linear out{1};
  Array operator()(Scope& scope, const Array& x) {
    const Array y = dropout(scope, norm(scope, conv(scope, x)));
    return out(scope, reshape(relu(y), {x.shape(0), -1}));
  }
};

}  // namespace

int main() {
  const Array x = ones({4, 8, 8, 1}), y = ones({4, 1});
  Trainer trainer{Net{},
                  {.optimizer = optim::adam(1e-2),
                   .losses = {losses::MeanSquaredError{}},
                   .metrics = {metrics::MeanSquaredError{}}}};
  (void)trainer.fit(x, y, {.epochs = 2, .verbose = 0});
  bool right = trainer.predict(x).shape() == Shape{4, 1};

  const auto view = as_mdspan<float, 2>(y);
  const auto loss = jit(grad([&](const Array& k) {
    return sum(square(conv(x, k, {.strides = {2, 2}, .padding = Padding::valid})));
  }));
  const Array kernel = ones({3, 3, 1, 5});
  std::map<std::string, Array> named{{"a", kernel}, {"b", y}};
  const Tree tree{named};
  right = right && view(2, 0) == 1.0f && loss(kernel).shape() == kernel.shape() && leaves(tree).size() == 2 &&
          vmap([](const Array& row) { return row + 1.0f; })(y).shape() == y.shape() &&
          !to_string(tree).empty() && map([](const Array& a) { return a * 2.0f; }, tree) != tree;
  return right ? 0 : 1;
}
