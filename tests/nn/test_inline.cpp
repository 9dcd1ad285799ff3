// Layers made inline, and layers of any type.
#include <string>
#include <vector>

#include "catch.hpp"
#include "copse/nn.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/random.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"

using namespace copse;

namespace {

struct Inline {
  std::vector<int> sizes = {8, 3};
  Compact layers = {};

  Array operator()(Scope& scope, Array x) {
    auto run = layers.run();
    for (const int size : sizes) x = relu(run.make<nn::Linear>(size)(scope, x));
    return x * run.named<Parameter>("scale", 2.0f);
  }
};

struct Stack {
  std::vector<AnyModule> layers = {};

  Array operator()(Scope& scope, Array x) {
    for (auto& layer : layers) x = layer(scope, x);
    return x;
  }
};

const Key key = random::key(2);
const Array x = random::normal(key, {4, 5});

}  // namespace

TEST_CASE("A struct may make its layers when it is first run") {
  const Module model = Module<Inline>().init(key, x);
  CHECK(leaves(model.parameters()).size() == 5);
  CHECK(model->layers.at("linear2").as<nn::Linear>().kernel->shape() == Shape{8, 3});
  CHECK(model == model.init(3, x));
  CHECK(model(x).shape() == Shape{4, 3});
  CHECK_THROWS_WITH(model(ones({4, 6})),
                    "Linear: input has 6 features, kernel wants 5, in Inline.layers.linear");
  CHECK_THROWS_WITH(Module<Inline>()(x), Catch::Contains("in Inline.layers.linear"));
  const auto loss = [](const Module<Inline>& m, const Array& in) { return sum(m(in)); };
  const auto gradient = jit(grad(loss))(model, x);
  CHECK(gradient->layers.at("linear").as<nn::Linear>().kernel->shape() == Shape{5, 8});
  CHECK(leaves(model.freeze().trainable_parameters()).empty());
}

TEST_CASE("Layers of any type stand in one container") {
  const Module fresh{Stack{{nn::Linear{8}, nn::Dropout{0.5}, nn::Sequential{nn::Linear{3}, copse::tanh}}}};
  const Module model = fresh.init(key, x);
  CHECK(leaves(model.parameters()).size() == 4);
  CHECK(model.eval()(x).shape() == Shape{4, 3});
  CHECK_THROWS_WITH(model(x),
                    Catch::Contains("Dropout: needs a random key") && Catch::Contains("in Stack.layers.1"));
  CHECK_THROWS_WITH(model(ones({4, 6})), Catch::Contains("in Stack.layers.0"));
  CHECK(model->layers[0].as<nn::Linear>().features == 8);
  CHECK(fresh->layers[0].as<nn::Linear>().kernel->has_value() == false);
}
