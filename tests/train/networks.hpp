// Small networks, one for each level at which the trainer differentiates, and data for them.
#pragma once

#include <vector>

#include "copse/nn.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/random.hpp"
#include "copse/train.hpp"

namespace testing_train {

using namespace copse;

/// The high level: a call operator. With statistics and dropout, so that all that a step changes is there.
struct Net {
  nn::Linear hidden{8};
  nn::BatchNorm norm{};
  nn::Dropout dropout{0.0};
  nn::Linear logits{2};
  Array operator()(Scope& scope, const Array& x) {
    return logits(scope, dropout(scope, relu(norm(scope, hidden(scope, x)))));
  }
};

/// All kinds of state, for trainings that are divided. There is no bias in front of the norm: its gradient is
/// nothing but rounding, which adam makes as large as any other.
struct DividedNet {
  nn::Linear hidden{.features = 16, .use_bias = false};
  nn::BatchNorm norm{};
  nn::Dropout dropout{0.2};
  nn::Linear logits{2};
  State<Array> seen = 0.0f;

  Array operator()(Scope& scope, const Array& x) {
    if (scope.training()) seen = seen + sum(x);
    return logits(scope, dropout(scope, relu(norm(scope, hidden(scope, x)))));
  }
};

/// Layers of several types in one list.
struct WithAnything {
  std::vector<AnyModule> layers{nn::Linear{4}, nn::BatchNorm{}, nn::MLP{{3, 2}}};
  Array operator()(Scope& scope, Array x) {
    for (AnyModule& layer : layers) x = layer(scope, x);
    return x;
  }
};

inline const Array& inputs() {
  static const Array x = random::uniform(random::key(1), {100, 2}, -1.0f, 1.0f);
  return x;
}
/// Whether both inputs have the same sign.
inline const Array& classes() {
  static const Array y = astype(take(inputs(), 0, 1) * take(inputs(), 1, 1) > 0.0f, DType::int32);
  return y;
}

/// A strategy that divides also what is hardly worth it.
inline Strategy divided(Strategy strategy) {
  strategy.least_flops = 0;
  return strategy;
}

inline TrainerOptions net_options(Strategy strategy = strategy::jit_donate()) {
  return {.optimizer = optim::adam(1e-2),
          .losses = {losses::CrossEntropy{}, losses::L2{1e-4f}},
          .metrics = {metrics::Accuracy{}},
          .strategy = strategy,
          .seed = 5};
}

}  // namespace testing_train
