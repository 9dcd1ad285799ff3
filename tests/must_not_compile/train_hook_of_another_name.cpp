// expect: copse: this struct has a hook of another name: those that are called are on_train_begin
#include "copse/train.hpp"

struct Classifier {
  copse::nn::Linear logits{2};
  copse::Array operator()(copse::Scope& scope, const copse::Array& x) { return logits(scope, x); }
  void on_train_epoch_end() {}
};

void f() { copse::Trainer trainer{Classifier{}}; }
