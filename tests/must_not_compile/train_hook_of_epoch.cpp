// expect: copse: a hook of a struct takes the epoch if it is one of epochs
#include "copse/train.hpp"

struct Classifier {
  copse::nn::Linear logits{2};
  copse::Array operator()(copse::Scope& scope, const copse::Array& x) { return logits(scope, x); }
  void on_epoch_end() {}
};

void f() { copse::Trainer trainer{Classifier{}}; }
