// expect: copse: on_epoch_end of a struct takes the epoch
#include "copse/train.hpp"

struct Classifier {
  copse::nn::Linear logits{2};
  copse::Array operator()(copse::Scope& scope, const copse::Array& x) { return logits(scope, x); }
  void on_epoch_end() {}
};

void f() { copse::Trainer trainer{Classifier{}}; }
