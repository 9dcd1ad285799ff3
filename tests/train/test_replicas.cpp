// Data parallelism: replicas compute what one computes of the whole batch.
#include <string>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/ops/compare.hpp"
#include "networks.hpp"

using namespace copse;
using namespace testing_train;
using testing_files::message_of;

namespace {

// Draws numbers, and reports their mean and the mean of their squares.
struct Drawing {
  Parameter w = 1.0f;
  Array managed_train_step(Scope& scope, const Batch& batch) {
    const Array drawn = random::uniform(scope.key());
    scope.add_metric("drawn", drawn);
    scope.add_metric("squared", square(drawn));
    return mean(batch.inputs) * w;
  }
  void managed_init_step(Scope&, const Batch&) {}
};

}  // namespace

TEST_CASE("strategies: replicas train as one does") {
  // Without batch statistics, which each replica has of its own share, the steps are the same.
  struct Plain {
    nn::Linear hidden{8}, logits{2};
    Array operator()(Scope& scope, const Array& x) { return logits(scope, tanh(hidden(scope, x))); }
  };
  const auto train = [](const Strategy& strategy) {
    Trainer trainer{Plain{}, net_options(strategy)};
    auto history = trainer.fit(inputs(), classes(),
                               {.epochs = 2, .batch_size = 30, .validation_split = 0.1, .verbose = 0});
    return std::pair{history, trainer.predict(inputs())};
  };
  const auto [reference, predicted] = train(strategy::jit());
  // Shares of 8, 8, 7 and 7 samples: weighed by their size.
  for (const int replicas : {1, 2, 4}) {
    const auto [history, outputs] = train(strategy::data_parallel(replicas));
    INFO(replicas);
    CHECK(history.names() == reference.names());
    for (const auto& name : history.names()) {
      CHECK(history[name][0] == Approx(reference[name][0]).epsilon(1e-4));
      CHECK(history[name][1] == Approx(reference[name][1]).epsilon(1e-4));
    }
    CHECK(all_close(outputs, predicted, 1e-3, 1e-3));
  }
}

TEST_CASE("strategies: replicas have the statistics of the whole batch") {
  const auto norm_after_step = [](const Strategy& strategy) {
    Trainer trainer{Net{}, net_options(strategy)};
    (void)trainer.train_on_batch(inputs(), classes());
    return trainer.state()->norm;
  };
  const auto one = norm_after_step(strategy::jit());
  for (const int replicas : {2, 3}) {
    const auto many = norm_after_step(strategy::data_parallel(replicas));
    CHECK(all_close(many.mean.get(), one.mean.get(), 1e-5, 1e-6));
    CHECK(all_close(many.var.get(), one.var.get(), 1e-5, 1e-6));
  }
}

TEST_CASE("strategies: there may be more replicas than samples") {
  const auto loss = [](const Strategy& strategy) {
    Trainer trainer{Net{}, net_options(strategy)};
    return trainer.train_on_batch(slice_in_dim(inputs(), 0, 3), slice_in_dim(classes(), 0, 3))["loss"];
  };
  CHECK(loss(strategy::data_parallel(8)) == Approx(loss(strategy::jit())).epsilon(1e-5));
}

TEST_CASE("strategies: steps have keys of their own, and replicas draw the numbers of one") {
  Trainer one{Drawing{}, {.optimizer = optim::sgd(0.1)}};
  const EpochLogs first = one.train_on_batch(ones({4})), second = one.train_on_batch(ones({4}));
  CHECK(first["drawn"] != second["drawn"]);
  CHECK(first["squared"] == Approx(first["drawn"] * first["drawn"]));
  Trainer two{Drawing{}, {.optimizer = optim::sgd(0.1), .strategy = strategy::data_parallel(2)}};
  const EpochLogs both = two.train_on_batch(ones({4}));
  CHECK(both["drawn"] == first["drawn"]);
  CHECK(both["squared"] == first["squared"]);
  // The same seed, the same numbers; another seed, others.
  Trainer again{Drawing{}, {.optimizer = optim::sgd(0.1)}};
  Trainer other{Drawing{}, {.optimizer = optim::sgd(0.1), .seed = 1}};
  CHECK(again.train_on_batch(ones({4}))["drawn"] == first["drawn"]);
  CHECK(other.train_on_batch(ones({4}))["drawn"] != first["drawn"]);
}
