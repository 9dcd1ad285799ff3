// Images that a loader shifts, crops and adds noise to.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "copse/core/array.hpp"
#include "copse/data/loader.hpp"

namespace bench {

/// Batches of 64 augmented images (28, 28, 1) of 3200, shuffled, epoch after epoch.
class Augmented {
 public:
  static constexpr std::int64_t batch_size = 64, batches = 50;
  /// Augmented as batches or sample by sample, by so many threads.
  Augmented(bool as_batches, int workers);
  void reset();
  std::pair<copse::Array, copse::Array> next();

 private:
  std::shared_ptr<copse::data::Loader<copse::Batch>> loader_;
  std::int64_t epoch_ = 0;
};

}  // namespace bench
