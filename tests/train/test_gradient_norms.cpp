// Norms of gradients that steps report, and gathered gradients at the end of an epoch.
#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "copse/ops/compare.hpp"
#include "networks.hpp"
#include "watching.hpp"

using namespace copse;
using namespace testing_train;
using Catch::Contains;

namespace {

// With parameters w = (3, 4) and loss mean(x @ w), the gradient is the mean of x over the samples.
struct Linear {
  Parameter w = array({3.0f, 4.0f});
  Parameter b = 0.0f;
  Array operator()(Scope&, const Array& x) { return matmul(x, *w) + b; }
};

// The mean of predictions, whatever is wanted of them.
struct MeanOutput {
  Linear linear{};
  Array operator()(Scope& scope, const Array& x) { return linear(scope, x); }
  Array managed_train_step(Scope& scope, const Batch& batch) { return mean(linear(scope, batch.inputs)); }
};

FitOptions quiet(int epochs, std::int64_t batch_size, Callbacks callbacks) {
  return {.epochs = epochs,
          .batch_size = batch_size,
          .shuffle = false,
          .callbacks = std::move(callbacks),
          .verbose = 0};
}

const Array& rows() {
  static const Array x = reshape(array({3.0f, 0.0f, 3.0f, 0.0f, 0.0f, 1.0f, 0.0f, 1.0f}), {4, 2});
  return x;
}

}  // namespace

TEST_CASE("GradientNorms: an epoch reports the mean of its steps' norms") {
  for (const Strategy& strategy : {strategy::eager(), strategy::jit(), strategy::jit_donate()}) {
    Trainer trainer{MeanOutput{}, {.optimizer = optim::sgd(0.0), .strategy = strategy}};
    const auto history =
        trainer.fit(rows(), zeros({4}), quiet(2, 2, {callbacks::GradientNorms{{.each = true}}}));
    // The first batch's gradient is (3, 0) and 1, the second's (0, 1) and 1.
    const double wanted = (std::sqrt(10.0) + std::sqrt(2.0)) / 2;
    for (const double norm : history["gradient_norm"]) CHECK(norm == Approx(wanted));
    CHECK(history["gradient_norm/linear.w"][0] == Approx(2.0));
    CHECK(history["gradient_norm/linear.b"][1] == Approx(1.0));
    // It ends with the training.
    CHECK_FALSE(trainer.fit(rows(), zeros({4}), quiet(1, 2, {})).contains("gradient_norm"));
    CHECK_FALSE(trainer.train_on_batch(rows(), zeros({4})).contains("gradient_norm"));
  }
}

TEST_CASE("GradientNorms: the norm is that of the gradients before they are clipped") {
  Trainer trainer{MeanOutput{},
                  {.optimizer = optim::chain(optim::clip_by_global_norm(1e-3), optim::sgd(0.1))}};
  const auto history = trainer.fit(rows(), zeros({4}), quiet(1, 4, {callbacks::GradientNorms{}}));
  CHECK(history["gradient_norm"][0] == Approx(std::sqrt(1.5 * 1.5 + 0.5 * 0.5 + 1)));
  CHECK_FALSE(history.contains("gradient_norm/linear.w"));
}

TEST_CASE("GradientNorms: a training is the same with them, also where states come back") {
  const auto run = [](Callbacks callbacks) {
    Trainer trainer{Net{}, net_options()};
    callbacks.insert(callbacks.begin(),
                     callbacks::EarlyStopping{{.patience = 1, .restore_best_weights = true}});
    FitOptions options = quiet(4, 20, callbacks);
    options.validation_split = 0.2;
    const auto history = trainer.fit(inputs(), classes(), options);
    return std::pair{history, trainer.parameters()};
  };
  const auto [plain, parameters] = run({});
  const auto [watched, same] = run({callbacks::GradientNorms{}});
  CHECK(watched["gradient_norm"].size() == plain.epochs());
  CHECK(watched["loss"] == plain["loss"]);
  REQUIRE(same.size() == parameters.size());
  for (std::size_t n = 0; n < same.size(); ++n) CHECK(array_equal(same[n], parameters[n]));
}

TEST_CASE("GradientNorms: a struct with a train_step of its own is refused") {
  auto trainer = watching();
  CHECK_THROWS_WITH(
      trainer.fit(count_to(4), count_to(4), quiet(1, 2, {callbacks::GradientNorms{}})),
      Contains("Watching: reporting norms of gradients needs gradients that the trainer has computed"));
  CHECK_NOTHROW(trainer.fit(count_to(4), count_to(4), quiet(1, 2, {})));
}

TEST_CASE("fit: gathered gradients are applied at the end of an epoch, or go on into the next") {
  const auto run = [](bool flush, int epochs, std::int64_t gather) {
    Trainer trainer{MeanOutput{}, {.optimizer = optim::MultiSteps(optim::sgd(1.0), gather)}};
    FitOptions options = quiet(epochs, 1, {});
    options.flush_gradients = flush;
    (void)trainer.fit(rows(), zeros({4}), options);
    return trainer.parameters()[0];
  };
  const auto close = [](const Array& got, double first, double second) {
    return all_close(got, array({first, second}), 1e-6, 1e-6);
  };
  // Gradients of an epoch, one after the other: (3, 0), (3, 0), (0, 1), (0, 1). Gathered by three.
  CHECK(close(run(false, 1, 3), 3.0 - 2.0, 4.0 - 1.0 / 3));
  CHECK(close(run(true, 1, 3), 3.0 - 2.0, 4.0 - 1.0 / 3 - 1.0));
  // The last of an epoch and the first two of the next: (0, 1), (3, 0), (3, 0).
  CHECK(close(run(false, 2, 3), 3.0 - 2.0 - 2.0, 4.0 - 1.0 / 3 - 1.0 / 3));
  CHECK(close(run(true, 2, 3), 3.0 - 4.0, 4.0 - 8.0 / 3));
  // Where nothing is left, both are the same.
  CHECK(array_equal(run(true, 2, 2), run(false, 2, 2)));
}

TEST_CASE("fit: validation sees the gradients that the end of the epoch has applied") {
  Trainer trainer{MeanOutput{}, {.optimizer = optim::MultiSteps(optim::sgd(1.0), 100)}};
  Array seen;
  callbacks::LambdaCallback look({.on_test_begin = [&](TrainerBase& t) { seen = t.parameters()[0]; }});
  FitOptions options = quiet(1, 4, {look});
  options.validation_data = Batch{rows(), zeros({4}), {}};
  options.flush_gradients = true;
  (void)trainer.fit(rows(), zeros({4}), options);
  CHECK(all_close(seen, array({1.5f, 3.5f}), 1e-6, 1e-6));
}

TEST_CASE("fit: flushing is refused for a struct with a train_step of its own") {
  auto trainer = watching();
  FitOptions options = quiet(1, 2, {});
  options.flush_gradients = true;
  CHECK_THROWS_WITH(trainer.fit(count_to(4), count_to(4), options),
                    Contains("flush_gradients needs gradients"));
  TrainerOptions scaled;
  scaled.loss_scale = 2;
  CHECK_THROWS_WITH((Trainer{Watching{}, scaled}), Contains("loss_scale needs gradients"));
}
