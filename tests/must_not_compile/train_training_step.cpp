// expect: training is called train_step (which returns Logs) or managed_train_step(Scope&, batch)
#include "copse/train/elegy_module.hpp"

struct Bad {
  copse::Logs training_step(const copse::Batch&) { return {}; }
};

int main() { copse::ElegyModule module{Bad{}}; }
