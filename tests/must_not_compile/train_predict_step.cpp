// expect: prediction is called pred_step or managed_pred_step(Scope&, inputs)
#include "copse/train/elegy_module.hpp"

struct Bad {
  copse::Logs train_step(const copse::Batch&) { return {}; }
  copse::Array predict_step(const copse::Array& x) { return x; }
};

int main() { copse::ElegyModule module{Bad{}}; }
