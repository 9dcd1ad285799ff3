// A first classifier: points in a square, of which two opposite quarters are one class.
// test:
//
// Shows layers as members, a trainer with a loss and a metric, and what callbacks are for: the training ends
// when validation gets no better, and with the best weights. Writes xor.png (what the model thinks of each
// place of the square), xor_history.svg, and xor.safetensors, the trained model, which
// examples/embed_in_app.cpp loads.
#include <copse/copse.hpp>

#include <cstdio>

using namespace copse;

struct Classifier {
  nn::Linear hidden{32};
  nn::Linear logits{2};

  Array operator()(Scope& scope, const Array& x) { return logits(scope, copse::tanh(hidden(scope, x))); }
};

Array classes(const Array& x) { return astype(take(x, 0, 1) * take(x, 1, 1) > 0.0f, DType::int32); }

int main() {
  const auto [first, second] = random::split<2>(random::key(0));
  const Array x = random::uniform(first, {1000, 2}, -1.0f, 1.0f);
  const Array x_test = random::uniform(second, {1000, 2}, -1.0f, 1.0f);

  Trainer trainer{
      Classifier{},
      {.optimizer = optim::adam(1e-2), .losses = {losses::CrossEntropy{}}, .metrics = {metrics::Accuracy{}}}};
  std::printf("%s\n", trainer.summary(x).c_str());
  trainer.fit(x, classes(x),
              {.epochs = 60,
               .validation_split = 0.2,
               .callbacks = {callbacks::EarlyStopping{
                                 {.monitor = "val_loss", .patience = 5, .restore_best_weights = true}},
                             callbacks::HistoryPlot{"xor_history.svg"}},
               .verbose = 0});
  const double accuracy = trainer.evaluate(x_test, classes(x_test), {.verbose = 0})["accuracy"];

  // The probability of the second class at each pixel: a picture is an array of shape (height, width).
  const Array across = linspace(-1.0f, 1.0f, 256);
  const auto axes = meshgrid({across, -across});
  const Array places = reshape(stack({axes[0], axes[1]}, -1), {256 * 256, 2});
  const Array picture =
      reshape(take(softmax(trainer.predict(places, {.batch_size = 4096})), 1, 1), {256, 256});
  io::save_image("xor.png", picture);
  io::save("xor.safetensors", Module<Classifier>{*trainer.state()});

  std::printf("accuracy on unseen points: %.3f (wanted: 0.97)\n", accuracy);
  return accuracy >= 0.97 ? 0 : 1;
}
