// The code of docs/modules.md: modules.
#include <copse/copse.hpp>
#include <iostream>

using namespace copse;

struct Classifier {
  nn::Linear hidden{300};
  nn::BatchNorm norm;
  nn::Dropout dropout{0.2};
  nn::Linear logits{10};

  Array features(Scope& scope, const Array& x) { return relu(norm(scope, hidden(scope, x))); }
  Array operator()(Scope& scope, const Array& x) { return logits(scope, dropout(scope, features(scope, x))); }
};

struct Affine {  // needs no scope
  Parameter scale = 2.0f;
  Parameter shift = 1.0f;

  Array operator()(const Array& x) const { return scale * x + shift; }
};

struct Normalize {
  double epsilon = 1e-6;
  Parameter scale;
  State<Array> calls = Array(0);

  Array operator()(Scope& scope, const Array& x) {
    auto call = scope.enter(*this, x);  // names this layer in messages and tables
    if (x.ndim() < 2)
      scope.fail(*this, "input has shape " + to_string(x.shape()) + ", wanted (batch, features)");
    const Array& s = scope.parameter(*this, "scale", scale, initializers::ones(), {x.shape(-1)});
    if (scope.training()) calls = calls + 1;
    scope.add_metric("spread", copse::std(x));
    return call(s * x / sqrt(mean(square(x), -1, true) + epsilon));
  }
};

struct Inline {
  std::vector<int> sizes = {32, 16};
  Compact layers;

  Array operator()(Scope& scope, Array x) {
    auto run = layers.run();
    for (int size : sizes) x = relu(run.make<nn::Linear>(size)(scope, x));  // layers.linear, layers.linear2
    return x;
  }
};

struct Stack {
  std::vector<AnyModule> layers;

  Array operator()(Scope& scope, Array x) {
    for (auto& layer : layers) x = layer(scope, x);
    return x;
  }
};

struct Finetuned {
  Module<Classifier> backbone;  // a module in a struct keeps a mode of its own
  nn::Linear head{2};

  Array operator()(Scope& scope, const Array& x) { return head(scope, backbone(scope, x)); }
};

int main() {
  auto x = random::normal(random::key(1), {32, 20});
  auto target = arange(32) % 10;

  // init, apply, call
  auto key = random::key(42);
  Module model{Classifier{}};
  model = model.init(key, x);
  auto [y, next] = model.apply(key, x);
  auto [h, same] = model.apply<&Classifier::features>(key, x);
  auto predictions = model.eval()(x);
  auto dropped = model.freeze<&Classifier::norm>().call(key, x);

  try {
    (void)model(x);
  } catch (const KeyError& error) {
    std::cout << error.what() << "\n";
  }

  // shapes alone
  auto large = Module{Classifier{}}.init(key, ShapeDtype{{60000, 784}});
  auto compiled = jit([](const Key& k, const Array& in) { return Module{Classifier{}}.init(k, in); })(key, x);

  // modes and freezing
  auto evaluated = model.eval();  // nothing is dropped, running statistics are used and kept
  auto frozen = model.freeze<&Classifier::hidden>();
  auto part = model.freeze<&Classifier::logits, &nn::Linear::bias>();
  auto trained = frozen.trainable_parameters();
  auto kernels = model.parameters([](const FieldInfo& info) { return info.name == "kernel"; });

  // a training step
  auto loss = [](const Module<Classifier>& m, const Key& k, const Array& in, const Array& labels) {
    auto [logits, after] = m.apply(k, in);
    auto picked = take_along_axis(log_softmax(logits), expand_dims(labels, -1), -1);
    return std::pair{-mean(picked), after};
  };
  auto step = jit([&](const Module<Classifier>& m, const Key& k, const Array& in, const Array& labels) {
    auto [value, gradient] = value_and_grad(loss)(m, k, in, labels);
    return std::pair{value.first, map([](const Array& p, const Array& d) { return p - 0.1f * d; },
                                      value.second, gradient)};
  });
  Array first, last;
  for (int i = 0; i < 30; ++i) {
    std::tie(last, model) = step(model, random::fold_in(key, i), x, target);
    if (i == 0) first = last;
  }

  // an ensemble: one module for each key, all applied to the same input
  auto ensemble = vmap([](const Key& k) {
    return Module{Classifier{}}.init(k, ShapeDtype{{32, 20}});
  })(random::split(key, 5));
  auto votes = vmap([](const Module<Classifier>& m, const Array& in) { return m.eval()(in); },
                    {.in_axes = {0, std::nullopt}})(ensemble, x);

  // losses and metrics of layers
  Module normalize = Module{Normalize{}}.init(key, x);
  Scope scope({.key = key});
  auto [normal, counted] = normalize.apply(scope, x);
  for (const auto& [name, value] : scope.metrics()) std::cout << name << " " << value.item<float>() << "\n";

  // tables
  std::cout << model.tabulate(ShapeDtype{{32, 20}});

  // other ways to put layers together
  Module mlp{nn::Sequential{nn::Linear{16}, relu, nn::Dropout{0.1}, nn::Linear{3}}};
  Module inline_made = Module{Inline{}}.init(key, x);
  Module stack = Module{Stack{{nn::Linear{8}, nn::LayerNorm{}, nn::Linear{3}}}}.init(key, x);
  Module finetuned = Module{Finetuned{.backbone = model.eval().freeze()}}.init(key, x);

  const bool fine =
      y.shape() == Shape{32, 10} && h.shape() == Shape{32, 300} && predictions.shape() == y.shape() &&
      large->hidden.kernel->shape() == Shape{784, 300} && compiled.initialized() && !evaluated.training() &&
      leaves(trained).size() == 4 && leaves(kernels).size() == 2 &&
      leaves(part.trainable_parameters()).size() == 5 && last.item<float>() < first.item<float>() &&
      votes.shape() == Shape{5, 32, 10} && counted->calls->item<int>() == 1 && all_close(dropped, dropped) &&
      mlp.init(key, x).eval()(x).shape() == Shape{32, 3} && inline_made->layers.contains("linear2") &&
      stack(x).shape() == Shape{32, 3} && leaves(finetuned.trainable_parameters()).size() == 2 &&
      Module{Affine{}}(x).shape() == x.shape() && all_close(same->norm.mean, next->norm.mean);
  return fine ? 0 : 1;
}
