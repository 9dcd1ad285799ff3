// Fine-tuning: a network that tells ten digits apart learns another question from sixty examples.
// test:
//
// Shows weights that are loaded in part, another head, parameters that are frozen and then thawed, and what
// that is worth: the same network from nothing, on the same sixty digits, is the comparison. The question is
// whether a digit is odd.
#include <copse/copse.hpp>

#include <cstdio>

using namespace copse;

struct Features {
  nn::Conv first{.features = 16, .kernel_size = {5, 5}, .strides = 2};
  nn::Conv second{.features = 32, .kernel_size = {3, 3}, .strides = 2};
  nn::Flatten flatten;
  nn::Linear out{16};

  Array operator()(Scope& scope, Array x) {
    x = relu(second(scope, relu(first(scope, x))));
    return copse::tanh(out(scope, flatten(scope, x)));
  }
};

struct Net {
  Features features{};
  nn::Linear head{10};

  Array operator()(Scope& scope, const Array& images) { return head(scope, features(scope, images)); }
};

TrainerOptions options(double rate) {
  return {
      .optimizer = optim::adam(rate), .losses = {losses::CrossEntropy{}}, .metrics = {metrics::Accuracy{}}};
}

int main() {
  const Array bytes = io::load_idx(COPSE_DATA_DIR "/mnist/train5k-images-idx3-ubyte.gz");
  const Array images = expand_dims(astype(bytes, DType::float32) / 255.0f, -1);
  const Array labels =
      astype(io::load_idx(COPSE_DATA_DIR "/mnist/train5k-labels-idx1-ubyte.gz"), DType::int32);
  const Array odd = labels % 2;
  const Slice many{0, 3000}, few{3000, 3060}, rest{3060, 5000};

  // Somebody has trained a network on many digits, and saved it.
  Trainer base{Net{.head = nn::Linear{10}}, options(1e-3)};
  base.fit(images[many], labels[many], {.epochs = 10, .batch_size = 50, .verbose = 0});
  base.save("base.safetensors");

  // Its features, a new head. First the head alone is trained, then all of it, slowly.
  Trainer tuned{Net{.head = nn::Linear{2}}, options(1e-3)};
  std::printf("%s\n", to_string(tuned.load("base.safetensors", {.only = {"features"}})).c_str());
  tuned.set_state(tuned.state().freeze<&Net::features>());
  tuned.fit(images[few], odd[few], {.epochs = 100, .batch_size = 10, .verbose = 0});
  const double head_alone = tuned.evaluate(images[rest], odd[rest], {.verbose = 0})["accuracy"];
  tuned.set_state(tuned.state().unfreeze());
  tuned.set_hyperparam("learning_rate", 1e-5);
  tuned.fit(images[few], odd[few], {.epochs = 30, .batch_size = 10, .verbose = 0});
  const double all = tuned.evaluate(images[rest], odd[rest], {.verbose = 0})["accuracy"];

  Trainer fresh{Net{.head = nn::Linear{2}}, options(1e-3)};
  fresh.fit(images[few], odd[few], {.epochs = 130, .batch_size = 10, .verbose = 0});
  const double from_nothing = fresh.evaluate(images[rest], odd[rest], {.verbose = 0})["accuracy"];

  std::printf("accuracy on 1940 digits, with 60 seen:\n");
  std::printf("from nothing %.3f, a new head %.3f, all fine-tuned %.3f (wanted: 0.88)\n", from_nothing,
              head_alone, all);
  return all >= 0.88 && all > from_nothing + 0.05 ? 0 : 1;
}
