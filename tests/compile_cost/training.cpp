// A program that includes all of Copse and trains a model: the first one of the README.
#include <copse/copse.hpp>

using namespace copse;

struct Classifier {
  nn::Linear hidden{64};
  nn::Dropout dropout{0.1f};
  nn::Linear logits{2};

  Array operator()(Scope& scope, const Array& x) {
    return logits(scope, dropout(scope, relu(hidden(scope, x))));
  }
};

int main() {
  auto key = random::key(0);
  auto x = random::uniform(key, {1024, 2}, -1.0f, 1.0f);
  auto y = astype(take(x, 0, 1) * take(x, 1, 1) > 0.0f, DType::int32);  // xor

  Trainer trainer{
      Classifier{},
      {.optimizer = optim::adam(1e-2), .losses = {losses::CrossEntropy{}}, .metrics = {metrics::Accuracy{}}}};
  auto history = trainer.fit(x, y, {.epochs = 20, .batch_size = 64, .validation_split = 0.2, .verbose = 0});
  return history["val_accuracy"].back() > 0.9 ? 0 : 1;
}
