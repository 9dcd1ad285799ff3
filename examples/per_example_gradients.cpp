// Gradients of single examples: who has labelled these digits wrongly?
// test:
//
// vmap over grad gives a gradient for each example, at about the cost of one for the batch. The examples that
// pull hardest at a trained model are those that it cannot explain: mostly wrong labels. Writes
// per_example_gradients.png, the sixty largest ones.
#include <copse/copse.hpp>

#include <cstdio>

using namespace copse;

struct Classifier {
  nn::Flatten flatten;
  nn::Linear hidden{64};
  nn::Linear logits{10};

  Array operator()(Scope& scope, const Array& x) {
    return logits(scope, relu(hidden(scope, flatten(scope, x))));
  }
};

int main() {
  const Array bytes = io::load_idx(COPSE_DATA_DIR "/mnist/train5k-images-idx3-ubyte.gz");
  const Array images = expand_dims(astype(bytes, DType::float32) / 255.0f, -1);
  const Array truth =
      astype(io::load_idx(COPSE_DATA_DIR "/mnist/train5k-labels-idx1-ubyte.gz"), DType::int32);

  // One label in fifty is another than it should be.
  const auto [which, by] = random::split<2>(random::key(0));
  const Array wrong = random::permutation(which, 5000) < 100;
  const Array labels = where(wrong, (truth + random::randint(by, {5000}, 1, 10)) % 10, truth);

  Trainer trainer{Classifier{}, {.optimizer = optim::adam(1e-3), .losses = {losses::CrossEntropy{}}}};
  trainer.fit(images, labels, {.epochs = 6, .batch_size = 64, .verbose = 0});
  const Module<Classifier> model{*trainer.state()};

  // The length of the gradient of one example; then of all of them, in one compiled program.
  auto loss = [](const Module<Classifier>& m, const Array& image, const Array& label) {
    return losses::CrossEntropy{}(m(expand_dims(image, 0)), expand_dims(label, 0));
  };
  auto length = [&](const Module<Classifier>& m, const Array& image, const Array& label) {
    Array squares = 0.0f;
    for (const Array& part : leaves(grad(loss)(m, image, label))) squares = squares + sum(square(part));
    return sqrt(squares);
  };
  auto lengths = jit(vmap(length, {.in_axes = {std::nullopt, 0, 0}}));
  std::vector<Array> parts;
  for (int from = 0; from < 5000; from += 250)
    parts.push_back(lengths(model, images[Slice{from, from + 250}], labels[Slice{from, from + 250}]));
  const Array suspects = argsort(-concatenate(parts, 0));

  io::save_image("per_example_gradients.png",
                 image::grid(1.0f - take(images, suspects[Slice{0, 60}], 0), 12, {.fill = 0.8}));
  std::printf("wrong labels among the first:");
  for (const int n : {25, 50, 100, 200})
    std::printf("  %d: %d", n, sum(take(wrong, suspects[Slice{0, n}])).item<int>());
  const int found = sum(take(wrong, suspects[Slice{0, 200}])).item<int>();
  std::printf("\nof 100 wrong labels, those among the 200 suspects: %d (wanted: 75)\n", found);
  return found >= 75 ? 0 : 1;
}
