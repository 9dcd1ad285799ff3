// A struct that does its steps itself and reports what a test has written down: what trainers and callbacks
// make of it is seen without arrays, and compiles fast.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "copse/train.hpp"

namespace testing_train {

/// Each list is gone through step by step; its last value stays.
struct Scripted {
  std::vector<double> losses = {1.0};  ///< of train steps
  std::vector<double> tests = {};      ///< of test steps
  std::size_t trained = 0, tested = 0;
  std::vector<int> seen = {};  ///< the batches that were trained on

  void init_step(copse::Key, int) {}
  copse::Logs train_step(int batch) {
    seen.push_back(batch);
    return {{"loss", at(losses, trained++)}};
  }
  copse::Logs test_step(int) { return {{"loss", at(tests, tested++)}}; }
  int pred_step(int batch) { return 10 * batch; }

  static double at(const std::vector<double>& values, std::size_t step) {
    return step < values.size() ? values[step] : values.back();
  }
};

inline copse::Trainer<Scripted> scripted(std::vector<double> losses, std::vector<double> tests = {1.0}) {
  return copse::Trainer{Scripted{.losses = std::move(losses), .tests = std::move(tests)},
                        {.strategy = copse::strategy::eager()}};
}

/// One batch an epoch, so that the losses are those of epochs.
inline const std::vector<int> one_batch = {0};

/// Epochs of one batch each, with validation.
inline copse::FitOptions epochs(int n, copse::Callbacks callbacks = {}) {
  return {.epochs = n, .validation_data = one_batch, .callbacks = std::move(callbacks), .verbose = 0};
}

}  // namespace testing_train
