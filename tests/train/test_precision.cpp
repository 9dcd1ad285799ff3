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

namespace {

struct Vanishing {
  Parameter w = 1.0f;
  Array operator()(Scope&, const Array& x) { return x * *w; }
  Array managed_train_step(Scope&, const Batch& batch) {
    return sum(batch.inputs * *w * 1e30f) * 1e-30f * 1e-20f;
  }
};

}  // namespace

TEST_CASE("loss_scale: changes gradients by rounding alone, and nothing that is reported") {
  const auto run = [](double scale, Precision precision) {
    TrainerOptions options = net_options();
    options.optimizer = optim::sgd(0.1);
    options.loss_scale = scale;
    options.precision = precision;
    Trainer trainer{Net{}, options};
    const auto history =
        trainer.fit(inputs(), classes(),
                    {.epochs = 2, .batch_size = 25, .callbacks = {callbacks::GradientNorms{}}, .verbose = 0});
    return std::pair{history, trainer.parameters()};
  };
  for (const Precision precision : {Precision::full, Precision::bfloat16_mixed}) {
    const auto [plain, wanted] = run(1, precision);
    // By a power of two nothing is rounded otherwise.
    const auto [scaled, got] = run(1024, precision);
    CHECK(scaled["loss"] == plain["loss"]);
    CHECK(scaled["gradient_norm"] == plain["gradient_norm"]);
    for (std::size_t n = 0; n < got.size(); ++n) CHECK(array_equal(got[n], wanted[n]));
  }
  // A gradient that is below float32's range on its way back comes through.
  for (const double scale : {1.0, 1e20}) {
    Trainer trainer{Vanishing{}, {.optimizer = optim::sgd(1e15), .loss_scale = scale}};
    (void)trainer.fit(ones({4}), ones({4}), {.epochs = 1, .batch_size = 4, .verbose = 0});
    CHECK((trainer.parameters()[0].item<float>() < 1.0f) == (scale > 1));
  }
  for (const double bad : {0.0, -1.0, HUGE_VAL, std::nan("")}) {
    TrainerOptions options = net_options();
    options.loss_scale = bad;
    CHECK_THROWS_WITH((Trainer{Net{}, options}), Catch::Contains("loss_scale is"));
  }
}

namespace {

// Multiplies by a number that is another one each time a step runs.
struct Counting {
  nn::Linear layer{2};
  inline static int calls = 0;
  Array operator()(Scope& scope, const Array& x) { return layer(scope, x) * static_cast<float>(++calls); }
};

}  // namespace

TEST_CASE("deterministic: a step that depends on more than its arguments is found") {
  TrainerOptions options = net_options(strategy::eager());
  options.deterministic = true;
  Trainer counting{Counting{}, options};
  CHECK_THROWS_WITH(
      counting.train_on_batch(inputs(), classes()),
      Catch::Contains("Counting: deterministic: the same train step, run twice, gave other values of") &&
          Catch::Contains("reported ") && Catch::Contains("layer.kernel"));
  // One that follows from its key, with dropout, is the same twice, and the check changes nothing.
  for (const Strategy& strategy : {strategy::eager(), strategy::jit(), strategy::jit_donate()}) {
    const auto run = [&](bool deterministic) {
      Net net;
      net.dropout = nn::Dropout{0.5};
      TrainerOptions own = net_options(strategy);
      own.deterministic = deterministic;
      Trainer trainer{net, own};
      const auto history = trainer.fit(inputs(), classes(), {.epochs = 2, .batch_size = 25, .verbose = 0});
      return history["loss"];
    };
    CHECK(run(true) == run(false));
  }
}
