// expect: a struct has train_step or managed_train_step, not both
#include "copse/train/elegy_module.hpp"

struct Bad {
  copse::Logs train_step(const auto&) { return {}; }
  copse::Array managed_train_step(copse::Scope&, const copse::Batch&) { return {}; }
};

int main() { copse::ElegyModule module{Bad{}}; }
