// A struct that does its steps itself and notes the batches that it is given.
#pragma once

#include <vector>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/train.hpp"

namespace testing_train {

using Numbers = std::vector<float>;

inline Numbers numbers(const copse::Array& x) { return x.has_value() ? x.to_vector<float>() : Numbers(); }

/// Reports the mean of its inputs as the loss.
struct Watching {
  std::vector<Numbers> trained = {}, labels = {}, weights = {};
  std::vector<Numbers> tested = {}, test_weights = {};
  int inits = 0;

  void init_step(copse::Key, const copse::Batch&) { ++inits; }
  copse::Logs train_step(const copse::Batch& batch) {
    trained.push_back(numbers(batch.inputs));
    labels.push_back(numbers(batch.labels));
    weights.push_back(numbers(batch.sample_weight));
    return {{"loss", mean(batch.inputs)}};
  }
  copse::Logs test_step(const copse::Batch& batch) {
    tested.push_back(numbers(batch.inputs));
    test_weights.push_back(numbers(batch.sample_weight));
    return {{"loss", mean(batch.inputs)}};
  }
  copse::Array pred_step(const copse::Array& inputs) { return inputs * 2.0f; }
};

inline copse::Trainer<Watching> watching(std::int64_t seed = 42) {
  return copse::Trainer{Watching{}, {.strategy = copse::strategy::eager(), .seed = seed}};
}

/// 0, 1, ... n - 1
inline copse::Array count_to(std::int64_t n) {
  return copse::astype(copse::arange(n), copse::DType::float32);
}

}  // namespace testing_train
