// A user of the trainer whose struct does its steps itself.
#include <copse/train.hpp>

struct Halving {
  double value = 1.0;

  void init_step(copse::Key, int) {}
  copse::Logs train_step(int) { return {{"loss", value /= 2}}; }
};

int main() {
  copse::Trainer trainer{Halving{}, {.strategy = copse::strategy::eager()}};
  const auto history = trainer.fit(std::vector<int>{1, 2}, {.epochs = 3, .verbose = 0});
  return history.epochs() == 3 && trainer.state()->value == 1.0 / 64 ? 0 : 1;
}
