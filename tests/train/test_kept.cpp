// What steps keep of what they change: all kinds of state, at all levels, with all strategies.
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "networks.hpp"

using namespace testing_train;

namespace {

// Counts in every kind of state how often it was called, and reports two of them.
struct Counting {
  Parameter w = 1.0f;
  BatchStat stat = 0.0f;
  State<Array> state = 0.0f;
  Cache<Array> cache = 0.0f;
  Metric<metrics::Sum> seen{metrics::Sum{}};

  Array count(const Array& x) {
    stat = stat + 1.0f;
    state = state + 1.0f;
    cache = cache + 1.0f;
    seen = seen.update(ones({}));
    return w * x;
  }
};

struct High : Counting {
  static constexpr auto fields() {
    return std::tuple{std::pair{"w", &High::w}, std::pair{"stat", &High::stat},
                      std::pair{"state", &High::state}, std::pair{"cache", &High::cache},
                      std::pair{"seen", &High::seen}};
  }
  Array operator()(Scope& scope, const Array& x) {
    const Array y = count(x);
    scope.add_metric("cache", cache.get());
    scope.add_metric("seen", *seen->total);
    return y;
  }
};

struct Managed {
  High layer{};
  Array operator()(Scope& scope, const Array& x) { return layer(scope, x); }
  Array managed_train_step(Scope& scope, const Batch& batch) {
    return mean(square((*this)(scope, batch.inputs) - batch.labels));
  }
};

const High& layer_of(const High& high) { return high; }
const High& layer_of(const Managed& managed) { return managed.layer; }

struct Numbers {
  double w, stat, state, cache, seen;
  friend bool operator==(const Numbers&, const Numbers&) = default;
};
template <class T>
Numbers numbers(const T& value) {
  const High& x = layer_of(value);
  return {x.w->template item<double>(), x.stat->template item<double>(), x.state->template item<double>(),
          x.cache->template item<double>(), x.seen->total->template item<double>()};
}

const Array x = ones({8, 2}), y = zeros({8, 2});

template <class T>
void check_kept(Strategy strategy, TrainerOptions options) {
  options.optimizer = optim::sgd(0.1);
  options.strategy = strategy;
  Trainer trainer{T{}, options};
  // Two epochs of two batches: metrics are emptied in between, all else goes on.
  (void)trainer.fit(x, y, {.epochs = 2, .batch_size = 4, .verbose = 0});
  const Numbers trained = numbers(*trainer.state());
  CHECK(trained.w < 1.0);
  CHECK(trained == Numbers{trained.w, 4, 4, 4, 2});

  // Evaluation carries caches and metrics from batch to batch, and leaves all as it was.
  for (int again = 0; again < 2; ++again) {
    const EpochLogs logs = trainer.evaluate(x, y, {.batch_size = 4, .verbose = 0});
    CHECK(logs["cache"] == 5.5);
    CHECK(logs["seen"] == 1.5);
    CHECK(numbers(*trainer.state()) == trained);
  }
  (void)trainer.predict(x, {.batch_size = 2});
  CHECK(numbers(*trainer.state()) == trained);
  (void)trainer.predict_on_batch(x);
  CHECK(numbers(*trainer.state()) == trained);

  // A single test step goes on with metrics alone.
  CHECK(trainer.test_on_batch(x, y)["cache"] == 5.0);
  CHECK(numbers(*trainer.state()) == Numbers{trained.w, 4, 4, 4, 3});
}

const Strategy strategies[] = {strategy::eager(), strategy::jit(), strategy::jit_donate(),
                               strategy::data_parallel(2)};

// At the core level a struct does everything itself.
struct Core {
  Parameter w = 1.0f;
  State<Array> state = 0.0f;
  Cache<Array> cache = 0.0f;
  Metric<metrics::Sum> seen{metrics::Sum{}};

  void count() {
    state = state + 1.0f;
    cache = cache + 1.0f;
    seen = seen.update(ones({}));
  }
  Logs train_step(const Batch&) {
    count();
    w = w - 0.1f;
    return {{"loss", w.get()}, {"seen", *seen->total}};
  }
  Logs test_step(const Batch&) {
    count();
    return {{"seen", *seen->total}};
  }
  Array pred_step(const Array& in) {
    count();
    return w * in;
  }
};

}  // namespace

TEST_CASE("kept: at the high level, whatever the strategy") {
  for (const Strategy& strategy : strategies)
    check_kept<High>(strategy, {.losses = {losses::MeanSquaredError{}}});
}

TEST_CASE("kept: at the managed level, whatever the strategy") {
  for (const Strategy& strategy : strategies) check_kept<Managed>(strategy, {});
}

TEST_CASE("kept: a core struct keeps all that its steps change, and its metrics are emptied for each run") {
  for (const Strategy& strategy : {strategy::eager(), strategy::jit(), strategy::jit_donate()}) {
    Trainer trainer{Core{}, {.strategy = strategy}};
    const auto history = trainer.fit(x, y, {.epochs = 2, .batch_size = 4, .verbose = 0});
    CHECK(history["seen"] == std::vector<double>{1.5, 1.5});
    CHECK(trainer.state()->state->item<float>() == 4.0f);
    CHECK(trainer.evaluate(x, y, {.batch_size = 4, .verbose = 0})["seen"] == 1.5);
    CHECK(trainer.state()->cache->item<float>() == 6.0f);
    (void)trainer.predict(x, {.batch_size = 4});
    CHECK(trainer.state()->cache->item<float>() == 8.0f);
    CHECK(trainer.state()->seen->total->item<double>() == 4.0);
  }
}

TEST_CASE("kept: a struct's own reset is called for epochs and evaluations") {
  struct Resets {
    Parameter w = 1.0f;
    State<Array> resets = 0.0f;
    Cache<Array> cache = 0.0f;
    Metric<metrics::Sum> all{metrics::Sum{}};  // over the whole training: the struct doesn't empty it
    Array operator()(const Array& in) const { return w * in; }
    void managed_reset_step() {
      resets = resets + 1.0f;
      cache = zeros({});
    }
    Array managed_train_step(Scope& scope, const Batch& batch) {
      cache = cache + 1.0f;
      all = all.update(ones({}));
      scope.add_metric("cache", cache.get());
      return mean(square((*this)(batch.inputs)));
    }
  };
  for (const Strategy& strategy : strategies) {
    Trainer trainer{Resets{}, {.optimizer = optim::sgd(0.1), .strategy = strategy}};
    const auto history = trainer.fit(x, y, {.epochs = 3, .batch_size = 4, .verbose = 0});
    CHECK(history["cache"] == std::vector<double>{1.5, 1.5, 1.5});
    CHECK(trainer.state()->resets->item<float>() == 3.0f);
    CHECK(trainer.state()->all->total->item<double>() == 6.0);
    CHECK(trainer.evaluate(x, y, {.batch_size = 4, .verbose = 0})["cache"] == 1.5);
    CHECK(trainer.state()->resets->item<float>() == 3.0f);
    CHECK(trainer.state()->cache->item<float>() == 2.0f);
  }
}

TEST_CASE("kept: an evaluation in the midst of an epoch doesn't disturb its metrics") {
  for (const Strategy& strategy : strategies) {
    Trainer trainer{Net{}, net_options(strategy)}, looks{Net{}, net_options(strategy)};
    const callbacks::LambdaCallback look{
        {.on_train_batch_end = [&](TrainerBase&, const BatchInfo&, const EpochLogs&) {
          (void)looks.evaluate(inputs(), classes(), {.verbose = 0});
          (void)looks.predict(inputs());
        }}};
    const auto plain = trainer.fit(inputs(), classes(), {.epochs = 2, .verbose = 0});
    const auto looked = looks.fit(inputs(), classes(), {.epochs = 2, .callbacks = {look}, .verbose = 0});
    CHECK(looked["loss"] == plain["loss"]);
    CHECK(looked["accuracy"] == plain["accuracy"]);
  }
}

TEST_CASE("kept: managed_init_step may set what has a value; layers must not count their first call") {
  struct Own {
    High layer{};
    State<Array> offset = 1.0f;
    void managed_init_step(Scope& scope, const Batch& batch) {
      offset = mean(batch.inputs) + 4.0f;
      (void)layer(scope, batch.inputs);
    }
    Array managed_train_step(Scope& scope, const Batch& batch) {
      return mean(square(layer(scope, batch.inputs) - offset));
    }
  };
  Trainer own{Own{}, {.optimizer = optim::sgd(0.1)}};
  own.init(Batch{x, y, {}});
  CHECK(own.state()->offset->item<float>() == 5.0f);

  Trainer high{High{}, {.optimizer = optim::sgd(0.1), .losses = {losses::MeanSquaredError{}}}};
  high.init(Batch{x, y, {}});
  CHECK(high.state()->state->item<float>() == 0.0f);
}

TEST_CASE("keys: every batch of every evaluation and prediction has its own, and a seed repeats them") {
  struct Draws {
    Parameter w = 1.0f;
    Array operator()(Scope& scope, const Array& in) {
      const Array drawn = random::normal(scope.key(), in.shape());
      scope.add_metric("drawn", mean(drawn));
      return w * 0.0f + drawn;
    }
  };
  for (const Strategy& strategy : {strategy::eager(), strategy::jit_donate()}) {
    const TrainerOptions options{.optimizer = optim::sgd(0.1),
                                 .losses = {losses::MeanSquaredError{}},
                                 .strategy = strategy,
                                 .seed = 3};
    const auto all = [&] {
      Trainer trainer{Draws{}, options};
      std::vector<double> out;
      const auto note = [&](const Array& a) {
        for (const float v : ravel(a).to_vector<float>()) out.push_back(static_cast<double>(v));
      };
      note(trainer.predict(ones({4, 1}), {.batch_size = 2}));
      note(trainer.predict(ones({4, 1}), {.batch_size = 2}));
      note(trainer.predict_on_batch(ones({2, 1})));
      note(trainer.predict_on_batch(ones({2, 1})));
      for (int i = 0; i < 2; ++i) {
        const callbacks::LambdaCallback each{
            {.on_test_batch_end = [&](TrainerBase&, const BatchInfo&, const EpochLogs& logs) {
              out.push_back(logs["drawn"]);
            }}};
        (void)trainer.evaluate(ones({4, 1}), ones({4, 1}),
                               {.batch_size = 2, .callbacks = {each}, .verbose = 0});
        out.push_back(trainer.test_on_batch(ones({4, 1}), ones({4, 1}))["drawn"]);
      }
      return out;
    };
    const std::vector<double> first = all();
    CHECK(first.size() == 18);
    for (std::size_t i = 0; i < first.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) CHECK(first[i] != first[j]);
    CHECK(all() == first);
  }
}

TEST_CASE("steps: the position as a last argument, at every level, compiled once") {
  struct Managed {
    Parameter w = 1.0f;
    Array operator()(const Array& in) const { return w * in; }
    Array managed_train_step(Scope& scope, const Batch& batch, StepInfo info) {
      scope.add_metric("epoch", info.epoch);
      scope.add_metric("batch", info.batch);
      return mean(square((*this)(batch.inputs)));
    }
    Array managed_pred_step(Scope&, const Array& in, const StepInfo& info) {
      return in * 0.0f + astype(info.batch, DType::float32);
    }
  };
  struct Core {
    Parameter w = 1.0f;
    Logs train_step(const Batch&, const StepInfo& info) {
      return {{"epoch", info.epoch}, {"batch", info.batch}};
    }
    Logs test_step(const Batch&, StepInfo info) { return {{"epoch", info.epoch}, {"batch", info.batch}}; }
    Array pred_step(const Array& in, StepInfo info) { return in * 0.0f + astype(info.batch, DType::float32); }
  };
  const auto check = [](auto trainer) {
    const auto history = trainer.fit(x, y, {.epochs = 3, .batch_size = 2, .verbose = 0});
    CHECK(history["epoch"] == std::vector<double>{0, 1, 2});
    CHECK(history["batch"] == std::vector<double>{1.5, 1.5, 1.5});
    CHECK(trainer.train_stats().compiles <= 1);
    const EpochLogs logs = trainer.evaluate(x, y, {.batch_size = 2, .verbose = 0});
    CHECK((logs["epoch"] == 3.0 && logs["batch"] == 1.5));
    CHECK(take(trainer.predict(x, {.batch_size = 2}), 0, 1).template to_vector<float>() ==
          std::vector<float>{0, 0, 1, 1, 2, 2, 3, 3});
  };
  for (const Strategy& strategy : {strategy::eager(), strategy::jit(), strategy::jit_donate()}) {
    check(Trainer{Managed{}, {.optimizer = optim::sgd(0.1), .strategy = strategy}});
    check(Trainer{Core{}, {.strategy = strategy}});
  }
}

TEST_CASE("steps: hooks of the struct itself") {
  struct Begun {
    Parameter w = 1.0f;
    int epochs = 0;
    Array operator()(const Array& in) const { return w * in; }
    void on_epoch_begin(int) { ++epochs; }
  };
  Trainer trainer{Begun{}, {.optimizer = optim::sgd(0.1), .losses = {losses::MeanSquaredError{}}}};
  (void)trainer.fit(x, y, {.epochs = 3, .verbose = 0});
  CHECK(trainer.state()->epochs == 3);
}

TEST_CASE("steps: a module that was initialised by init trains") {
  for (const CallKey& key : {CallKey(0), CallKey(random::key(7))}) {
    ElegyModule module{Net{}, net_options()};
    module = module.init(key, inputs());
    CHECK(module.initialized());
    auto [first, next] = module.train_step(Batch{inputs(), classes(), {}});
    for (int i = 0; i < 30; ++i) next = next.train_step(Batch{inputs(), classes(), {}}).second;
    CHECK(next.train_step(Batch{inputs(), classes(), {}}).first["loss"] < first["loss"]);
    CHECK(next.test_step(Batch{inputs(), classes(), {}}).first.contains("accuracy"));
  }
}

TEST_CASE("steps: a batch of all samples, however many that are") {
  const auto run = [](std::int64_t size) {
    Trainer trainer{Net{}, net_options()};
    const auto history = trainer.fit(
        inputs(), classes(), {.epochs = 2, .batch_size = size, .validation_split = 0.25, .verbose = 0});
    CHECK(trainer.progress().steps == 2);
    return std::vector<double>{
        history["loss"].back(), history["val_loss"].back(),
        trainer.evaluate(inputs(), classes(), {.batch_size = size, .verbose = 0})["loss"],
        sum(trainer.predict(inputs(), {.batch_size = size})).item<double>()};
  };
  const auto whole = run(100);
  for (const std::int64_t size :
       {std::int64_t{101}, std::int64_t{1} << 40, std::numeric_limits<std::int64_t>::max()})
    CHECK(run(size) == whole);
}
