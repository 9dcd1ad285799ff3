// expect: evaluation is called test_step or managed_test_step(Scope&, batch)
#include "copse/train/elegy_module.hpp"

struct Bad {
  copse::Logs train_step(const copse::Batch&) { return {}; }
  copse::Logs validation_step(const copse::Batch&) { return {}; }
};

int main() { copse::ElegyModule module{Bad{}}; }
