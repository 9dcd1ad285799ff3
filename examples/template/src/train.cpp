// Trains the model, and saves it.
//
//     train [--epochs N] [--out FOLDER]
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string_view>

#include "data.hpp"
#include "model.hpp"

int main(int argc, char** argv) try {
  using namespace copse;
  int epochs = 20;
  std::filesystem::path out = "out";
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view(argv[i]) == "--epochs") epochs = std::atoi(argv[i + 1]);
    if (std::string_view(argv[i]) == "--out") out = argv[i + 1];
  }
  const auto [first, second] = random::split<2>(random::key(0));
  const Batch train = moons::make(first, 2000), test = moons::make(second, 1000);

  Trainer trainer{
      moons::Classifier{},
      {.optimizer = optim::adam(1e-2), .losses = {losses::CrossEntropy{}}, .metrics = {metrics::Accuracy{}}}};
  trainer.fit(train.inputs, train.labels,
              {.epochs = epochs,
               .validation_split = 0.2,
               .callbacks = {callbacks::ModelCheckpoint{out / "best", {.save_best_only = true}},
                             callbacks::HistoryPlot{out / "history.svg"}}});
  trainer.load(out / "best");
  const double accuracy = trainer.evaluate(test.inputs, test.labels, {.verbose = 0})["accuracy"];
  io::save(out / "model.safetensors", Module<moons::Classifier>{*trainer.state()});
  std::printf("test accuracy: %.3f (wanted: 0.95)\n", accuracy);
  return accuracy >= 0.95 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "train: %s\n", error.what());
  return 1;
}
