// Strategies: all train the same, and each keeps what it promises.
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

// All arrays of two states are within a tolerance.
bool close(const ElegyModule<Net>& a, const ElegyModule<Net>& b, double tolerance) {
  const auto x = leaves(a), y = leaves(b);
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!all_close(x[i], y[i], tolerance, tolerance)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("strategies: eager, jit and jit_donate train the same") {
  const FitOptions options{.epochs = 3, .batch_size = 32, .validation_split = 0.2, .verbose = 0};
  Trainer eager{Net{}, net_options(strategy::eager())};
  Trainer jit{Net{}, net_options(strategy::jit())};
  Trainer donate{Net{}, net_options()};
  const auto reference = eager.fit(inputs(), classes(), options);
  const auto compiled = jit.fit(inputs(), classes(), options),
             donated = donate.fit(inputs(), classes(), options);
  CHECK(reference.names() == std::vector<std::string>{"loss", "cross_entropy", "l2", "accuracy", "val_loss",
                                                      "val_cross_entropy", "val_l2", "val_accuracy"});
  for (const auto& name : reference.names()) {
    INFO(name);
    for (std::size_t epoch = 0; epoch < 3; ++epoch) {
      CHECK(compiled[name][epoch] == Approx(reference[name][epoch]).epsilon(1e-4));
      CHECK(donated[name][epoch] == compiled[name][epoch]);
    }
  }
  CHECK(close(eager.state(), jit.state(), 1e-4));
  CHECK(close(jit.state(), donate.state(), 0.0));
  CHECK(all_close(eager.predict(inputs()), jit.predict(inputs()), 1e-3, 1e-4));
  CHECK(reference["loss"].back() < reference["loss"].front());

  // One program for whole batches, one for the smaller last one, whatever the number of epochs.
  CHECK(eager.train_stats().compiles == 0);
  CHECK(jit.train_stats().compiles == 2);
  CHECK(jit.train_stats().calls == 9);
}

TEST_CASE("strategies: evaluation agrees with the predictions") {
  for (const auto& strategy : {strategy::eager(), strategy::jit_donate(), strategy::data_parallel(2)}) {
    Trainer trainer{Net{}, net_options(strategy)};
    (void)trainer.fit(inputs(), classes(), {.epochs = 2, .verbose = 0});
    const Array hits = argmax(trainer.predict(inputs()), -1) == classes();
    CHECK(trainer.evaluate(inputs(), classes(), {.verbose = 0})["accuracy"] ==
          Approx(mean(astype(hits, DType::float32)).item<double>()));
  }
}

TEST_CASE("strategies: states that somebody holds stay valid when memory is donated") {
  Trainer trainer{Net{}, net_options()};
  (void)trainer.train_on_batch(inputs(), classes());
  const auto held = trainer.state();
  const Array kernel = held->hidden.kernel;
  const auto before = kernel.to_vector<float>();
  for (int i = 0; i < 3; ++i) (void)trainer.train_on_batch(inputs(), classes());
  CHECK(kernel.to_vector<float>() == before);
  CHECK(held->hidden.kernel->to_vector<float>() == before);
  CHECK(trainer.state()->hidden.kernel->to_vector<float>() != before);
}

TEST_CASE("strategies: can be changed, and what has been compiled is kept") {
  Trainer trainer{Net{}, net_options(strategy::jit())};
  (void)trainer.train_on_batch(inputs(), classes());
  const auto before = trainer.state();
  trainer.set_strategy(strategy::data_parallel(2));
  trainer.set_strategy(strategy::eager());
  CHECK(trainer.strategy() == strategy::eager());
  CHECK(trainer.state() == before);
  (void)trainer.train_on_batch(inputs(), classes());
  trainer.set_strategy(strategy::jit());
  (void)trainer.train_on_batch(inputs(), classes());
  CHECK(trainer.train_stats().compiles == 1);
  CHECK(trainer.train_stats().calls == 2);
}

TEST_CASE("strategies: a step that fails leaves the state as it was") {
  for (const auto& strategy :
       {strategy::eager(), strategy::jit(), strategy::jit_donate(), strategy::data_parallel(2)}) {
    Trainer trainer{Net{}, net_options(strategy)};
    (void)trainer.train_on_batch(inputs(), classes());
    const auto before = trainer.predict(inputs()).to_vector<float>();
    CHECK(!message_of<ShapeError>([&] { (void)trainer.train_on_batch(ones({4, 3}), classes()); }).empty());
    CHECK(trainer.predict(inputs()).to_vector<float>() == before);
  }
}

TEST_CASE("strategies: what is refused") {
  CHECK(message_of<ValueError>([] { (void)strategy::data_parallel(0); }) ==
        "data_parallel: got 0 replicas, wanted 1 or more");
}
