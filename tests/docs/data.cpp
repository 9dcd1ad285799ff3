// The code of docs/data.md.
#include <copse/copse.hpp>
#include <cstdlib>
#include <iostream>

using namespace copse;

struct Digits {
  Array images = random::normal(random::key(0), {256, 16});

  std::int64_t size() const { return images.shape(0); }
  Batch operator[](std::int64_t i) const {
    const Array image = images[static_cast<int>(i)];
    return {image, astype(sum(image) > 0.0f, DType::int32), {}};
  }
};

int main() {
  const Digits digits;
  Array x_test = digits.images, y_test = astype(sum(digits.images, 1) > 0.0f, DType::int32);
  Trainer trainer{nn::Linear{2}, {.optimizer = optim::adam(1e-2), .losses = {losses::CrossEntropy{}}}};

  auto train = data::Dataset{Digits{}}                   // anything with size() and operator[](i)
                   .shuffle(7)                           // each epoch anew, by seed and epoch alone
                   .map([](const Key& key, Batch one) {  // the key is the sample's own
                     one.inputs = one.inputs + 0.1f * random::normal(key, one.inputs.shape());
                     return one;
                   })
                   .batch(64);
  data::Loader loader{train, {.workers = 2, .prefetch = 4}};
  auto history = trainer.fit(
      loader, {.epochs = 2, .validation_data = data::arrays(x_test, y_test).batch(256), .verbose = 0});
  if (!(history["val_loss"].back() < history["val_loss"].front())) return EXIT_FAILURE;

  for (const Batch& batch : data::arrays(x_test, y_test).batch(32).epoch(0))
    std::cout << batch.inputs.type() << "\n";

  auto [part, rest] = data::split(data::Dataset{Digits{}}, {.fraction = 0.25, .seed = 1, .stratify = true});
  return part.size() + rest.size() == 256 ? EXIT_SUCCESS : EXIT_FAILURE;
}
