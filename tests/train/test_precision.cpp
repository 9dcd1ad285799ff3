// Options about numbers: bfloat16 inside a step, and a stop at the first nan.
#include <cmath>

#include "catch.hpp"
#include "networks.hpp"

using namespace copse;
using namespace testing_train;

namespace {

// Notes the dtypes that it computes with.
struct Noting {
  nn::Linear hidden{8};
  nn::BatchNorm norm{};
  nn::Linear logits{2};
  inline static std::vector<DType> seen{};

  Array operator()(Scope& scope, const Array& x) {
    const Array h = relu(norm(scope, hidden(scope, x)));
    seen = {x.dtype(), hidden.kernel->dtype(), h.dtype()};
    return logits(scope, h);
  }
};

TrainerOptions mixed(TrainerOptions options) {
  options.precision = Precision::bfloat16_mixed;
  return options;
}

bool all_float32(const Trainer<Noting>& trainer) {
  bool all = true;
  for (const Array& a : leaves(*trainer.state())) all = all && a.dtype() == DType::float32;
  return all;
}

}  // namespace

TEST_CASE("mixed precision: a step computes in bfloat16, and everything that is kept is float32") {
  for (const Strategy& strategy : {strategy::eager(), strategy::jit_donate(), strategy::data_parallel(2)}) {
    Trainer trainer{Noting{}, mixed(net_options(strategy))};
    Noting::seen.clear();
    const auto logs = trainer.train_on_batch(inputs(), classes());
    CHECK(Noting::seen == std::vector<DType>{DType::bfloat16, DType::bfloat16, DType::bfloat16});
    CHECK(std::isfinite(logs["loss"]));
    CHECK(all_float32(trainer));
    (void)trainer.train_on_batch(inputs(), classes());
    CHECK(all_float32(trainer));
    (void)trainer.evaluate(inputs(), classes(), {.verbose = 0});
    CHECK(Noting::seen[0] == DType::float32);
    CHECK(trainer.predict(inputs()).dtype() == DType::float32);
  }
}

TEST_CASE("mixed precision: the loss goes down as in float32") {
  Trainer full{Net{}, net_options()}, low{Net{}, mixed(net_options())};
  const FitOptions options{.epochs = 30, .batch_size = 25, .verbose = 0};
  const auto wanted = full.fit(inputs(), classes(), options), got = low.fit(inputs(), classes(), options);
  for (std::size_t epoch = 0; epoch < wanted["loss"].size(); ++epoch)
    CHECK(got["loss"][epoch] == Approx(wanted["loss"][epoch]).epsilon(0.05));
  CHECK(got["loss"].back() < 0.8 * got["loss"].front());
  CHECK(low.train_stats().compiles == 1);
}

namespace {

struct Rooting {
  nn::Linear hidden{2};
  Array operator()(Scope& scope, const Array& x) { return sqrt(hidden(scope, x) - 1e6f); }
};

}  // namespace

TEST_CASE("detect_anomaly: a train step names the operation and the layer that make a nan") {
  for (const Strategy& strategy : {strategy::jit_donate(), strategy::data_parallel(2)}) {
    TrainerOptions options{.optimizer = optim::sgd(0.1), .losses = {losses::MeanSquaredError{}}};
    options.strategy = strategy;
    Trainer silent{Rooting{}, options};
    CHECK(std::isnan(silent.train_on_batch(inputs(), ones({100, 2}))["loss"]));
    options.detect_anomaly = true;
    Trainer loud{Rooting{}, options};
    CHECK_THROWS_WITH(loud.train_on_batch(inputs(), ones({100, 2})),
                      Catch::Contains("sqrt") && Catch::Contains("Rooting"));
    Trainer sound{Net{}, mixed(net_options(strategy))};
    CHECK(std::isfinite(sound.train_on_batch(inputs(), classes())["loss"]));
  }
}
