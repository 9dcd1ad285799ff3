// expect: copse: train_step cannot be called with this type of batch
#include "copse/train/elegy_module.hpp"

struct Bad {
  copse::Logs train_step(int) { return {}; }
};

int main() {
  copse::ElegyModule module{Bad{}};
  (void)module.train_step(copse::Array());
}
