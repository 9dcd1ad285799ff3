// What a trainer is made with.
#pragma once

#include <cstdint>
#include <optional>

#include "copse/metrics/collections.hpp"
#include "copse/optim/optimizer.hpp"
#include "copse/train/strategy.hpp"

namespace copse {

/// In what precision a train step computes.
enum class Precision : std::uint8_t {
  full,  ///< in the dtypes of parameters and inputs
  /// Forward and backward in bfloat16: float32 parameters and inputs are converted, and what the model gives
  /// is converted back for losses and metrics. The parameters, their gradients, the optimizer and the
  /// statistics of batches stay float32. Evaluation and prediction stay in full precision.
  bfloat16_mixed,
};

/// Which norms of gradients a train step reports: square roots of sums of squares, before the optimizer
/// changes the gradients.
struct ReportedNorms {
  bool all = false;   ///< of all gradients together, as `gradient_norm`
  bool each = false;  ///< of each parameter's, as `gradient_norm/PATH`
  friend bool operator==(const ReportedNorms&, const ReportedNorms&) = default;
};

/// What a trainer (or an ElegyModule) is made with. A struct that has its own `train_step` needs no more than
/// a strategy; one with `managed_train_step` an optimizer; one with nothing but a call operator losses, too.
struct TrainerOptions {
  std::optional<optim::Optimizer> optimizer = std::nullopt;
  metrics::Losses losses{};
  metrics::Metrics metrics{};
  Strategy strategy = strategy::jit_donate();
  std::int64_t seed = 42;
  Precision precision = Precision::full;
  /// A factor of the loss while it is differentiated, by which gradients are divided again, so that small
  /// ones do not vanish in low precision. The reported loss is not scaled.
  double loss_scale = 1;
  /// Compiled train steps throw ValueError for the first operation that makes a nan, by the path of its
  /// layer. They are slower for it.
  bool detect_anomaly = false;
  /// Runs the first train step twice and throws ValueError, by the paths of what differs, unless both give
  /// the same numbers. The library's own operations depend on no thread and no clock: this finds what a
  /// struct or a primitive of one's own takes from elsewhere.
  bool deterministic = false;
};

}  // namespace copse
