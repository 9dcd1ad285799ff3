// What a trainer is made with.
#pragma once

#include <cstdint>
#include <optional>

#include "copse/metrics/collections.hpp"
#include "copse/optim/optimizer.hpp"
#include "copse/train/strategy.hpp"

namespace copse {

/// What a trainer (or an ElegyModule) is made with. A struct that has its own `train_step` needs no more than
/// a strategy; one with `managed_train_step` an optimizer; one with nothing but a call operator losses, too.
struct TrainerOptions {
  std::optional<optim::Optimizer> optimizer = std::nullopt;
  metrics::Losses losses{};
  metrics::Metrics metrics{};
  Strategy strategy = strategy::jit_donate();
  std::int64_t seed = 42;
};

}  // namespace copse
