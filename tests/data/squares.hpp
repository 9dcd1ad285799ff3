// What tests of datasets share: samples that are numbers, and sequences.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "copse/data/dataset.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"

namespace testing_data {

using namespace copse;
using Floats = std::vector<float>;
using Ints = std::vector<std::int64_t>;

/// Ten samples: i and its square.
struct Squares {
  std::int64_t size() const { return 10; }
  Batch operator[](std::int64_t i) const {
    return {Array(static_cast<float>(i)), Array(static_cast<float>(i * i)), {}};
  }
};

/// Sequences of given lengths: i, i, i ...
struct Sequences {
  Ints lengths;
  std::int64_t size() const { return static_cast<std::int64_t>(lengths.size()); }
  Batch operator[](std::int64_t i) const {
    return {full({lengths[static_cast<std::size_t>(i)]}, static_cast<float>(i)),
            Array(static_cast<std::int32_t>(i)),
            {}};
  }
};

inline const Floats all_ten{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

inline Floats sorted(Floats values) {
  std::sort(values.begin(), values.end());
  return values;
}

/// The inputs of all batches of an epoch.
template <class Batches>
Floats inputs_of(Batches&& batches, std::int64_t epoch) {
  Floats out;
  for (const auto& batch : batches.epoch(epoch)) {
    for (const float v : batch.inputs.template to_vector<float>()) out.push_back(v);
  }
  return out;
}

/// The inputs of all samples of an epoch.
template <class S>
Floats samples_of(const data::Dataset<S>& dataset, std::int64_t epoch = 0) {
  Floats out;
  for (std::int64_t i = 0; i < dataset.size(); ++i) {
    out.push_back(dataset.at(i, epoch).inputs.template item<float>());
  }
  return out;
}

}  // namespace testing_data
