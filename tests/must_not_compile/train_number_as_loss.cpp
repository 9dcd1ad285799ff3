// expect: copse: a managed step must return its loss as an Array: a C++ number
#include "copse/train.hpp"

struct Net {
  copse::Parameter w = 1.0f;
  copse::Array operator()(const copse::Array& x) const { return w * x; }
  double managed_train_step(copse::Scope&, const copse::Batch& batch) {
    return mean(square(w * batch.inputs - batch.labels)).item<double>();
  }
};

void train(const copse::Batch& batch) {
  copse::Trainer trainer{Net{}, {.optimizer = copse::optim::sgd(0.1)}};
  trainer.train_on_batch(batch);
}
