// Replicas compute what one computes: all kinds of state, reductions, levels and strategies, one against the
// other.
#include <cstdlib>
#include <string>
#include <vector>

#include "catch.hpp"
#include "copse/comm.hpp"
#include "copse/ops/compare.hpp"
#include "networks.hpp"

using namespace copse;
using namespace testing_train;

namespace {

// Changes every kind of state by what it sees, in a way that depends on the batch as a whole.
struct Layer {
  nn::Linear hidden{6};
  nn::BatchNorm norm{.momentum = 0.9};
  nn::Dropout dropout{0.25};
  nn::Linear logits{3};
  BatchStat largest = 0.0f;
  State<Array> seen = 0.0f, steps = Array(0);
  Cache<Array> rows = {};
  Metric<metrics::Mean> size{metrics::Mean{}};

  Array operator()(Scope& scope, const Array& x) {
    const Array h = norm(scope, hidden(scope, x));
    scope.add_loss("activity", 1e-3f * sum(square(h)));
    scope.add_loss("spread", 1e-2f * mean(max(h, 0) - min(h, 0)));
    scope.add_metric("median", sort(ravel(h))[3]);
    largest = maximum(largest.get(), max(abs(x)));
    seen = seen + sum(x);
    steps = steps + 1;
    rows = sum(x, 1) + random::uniform(scope.key(), {x.shape(0)});
    size = size.update(abs(x));
    return logits(scope, dropout(scope, relu(h)));
  }
};

// The levels: a call operator, a managed step, a step that does everything.
struct High {
  Layer layer{};
  Array operator()(Scope& scope, const Array& x) { return layer(scope, x); }
};

struct Managed {
  Layer layer{};
  Array operator()(Scope& scope, const Array& x) { return layer(scope, x); }
  Array managed_train_step(Scope& scope, const Batch& batch) {
    const Array preds = layer(scope, batch.inputs);
    scope.provide("preds", preds);
    scope.add_metric("f1", metrics::F1{.num_classes = 3}, preds, batch.labels);
    return mean(square(preds)) + 1e-3f * sum(abs(preds));
  }
};

struct ByHand {
  Parameter w = {};
  State<Array> seen = 0.0f;
  void init_step(const Key& key, const Batch& batch) { w = random::normal(key, {batch.inputs.shape(1), 3}); }
  Logs train_step(const Batch& batch) {
    const auto [loss, gradient] = value_and_grad([&](const Array& v) {
      return sum(square(matmul(batch.inputs, v) - expand_dims(astype(batch.labels, DType::float32), 1)));
    })(w.get());
    w = w - 1e-3f * gradient;
    seen = seen + mean(batch.inputs);
    return {{"loss", loss}, {"largest", max(gradient)}};
  }
  Logs test_step(const Batch& batch) { return {{"error", mean(abs(matmul(batch.inputs, w.get())))}}; }
  Array pred_step(const Array& x) { return matmul(x, w.get()); }
};

const Array& features() {
  static const Array x = random::normal(random::key(2), {30, 4});
  return x;
}
const Array& labels() {
  static const Array y = astype(random::randint(random::key(3), {30}, 0, 3), DType::int32);
  return y;
}
const Array& weights() {
  static const Array w = random::uniform(random::key(4), {30});
  return w;
}

// What a training leaves behind.
struct Left {
  std::vector<EpochLogs> logs;
  std::vector<Array> leaves;
  Array predictions;
};

template <class T>
Left train(const Strategy& strategy, Reduction reduction) {
  TrainerOptions options{.strategy = strategy, .seed = 3};
  if constexpr (!std::is_same_v<T, ByHand>) {
    options.optimizer = optim::adam(1e-2);
    options.losses = {losses::CrossEntropy{.reduction = reduction}};
    options.metrics = {metrics::Accuracy{}};
  }
  Trainer trainer{T{}, options};
  Left left;
  const auto batch = [](const Array& all, int i) {
    return slice_in_dim(all, 11 * i, std::min(30, 11 * i + 11));
  };
  for (int i = 0; i < 3; ++i)
    left.logs.push_back(
        trainer.train_on_batch(batch(features(), i), batch(labels(), i), batch(weights(), i)));
  left.logs.push_back(trainer.test_on_batch(batch(features(), 1), batch(labels(), 1), batch(weights(), 1)));
  left.predictions = trainer.predict(features(), {.batch_size = 13, .verbose = 0});
  left.leaves = leaves(trainer.state());
  return left;
}

void require_same(const Left& got, const Left& wanted) {
  REQUIRE(got.logs.size() == wanted.logs.size());
  for (std::size_t i = 0; i < wanted.logs.size(); ++i) {
    REQUIRE_FALSE(wanted.logs[i].names().empty());
    for (const std::string& name : wanted.logs[i].names()) {
      INFO(name << " of step " << i);
      CHECK(got.logs[i][name] == Approx(wanted.logs[i][name]).epsilon(1e-4).margin(1e-5));
    }
  }
  REQUIRE(got.leaves.size() == wanted.leaves.size());
  for (std::size_t i = 0; i < wanted.leaves.size(); ++i) {
    INFO("leaf " << i);
    CHECK(all_close(got.leaves[i], wanted.leaves[i], 1e-3, 1e-4));
  }
  CHECK(all_close(got.predictions, wanted.predictions, 1e-3, 1e-4));
}

template <class T>
void check_table(const std::vector<Reduction>& reductions) {
  for (const Reduction reduction : reductions) {
    const Left wanted = train<T>(strategy::jit(), reduction);
    const std::vector<std::pair<std::string, Strategy>> strategies{
        {"data_parallel(2)", strategy::data_parallel(2)},
        {"data_parallel(3)", strategy::data_parallel(3)},
        {"data_parallel(12)", strategy::data_parallel(12)},
        {"distributed over threads", strategy::distributed(comm::threads(2))},
        {"distributed alone", strategy::distributed(comm::self())}};
    for (const auto& [name, strategy] : strategies) {
      INFO(name << ", reduction " << static_cast<int>(reduction));
      require_same(train<T>(strategy, reduction), wanted);
    }
  }
}

constexpr auto all_reductions = {Reduction::none, Reduction::sum, Reduction::sum_over_batch_size,
                                 Reduction::sum_over_weights};

}  // namespace

TEST_CASE("replicas: a call operator trains as with one", "[replicas]") { check_table<High>(all_reductions); }

TEST_CASE("replicas: a managed step trains as with one", "[replicas]") {
  check_table<Managed>({Reduction::sum_over_batch_size, Reduction::sum});
}

TEST_CASE("replicas: a step that does everything trains as with one", "[replicas]") {
  check_table<ByHand>({Reduction::sum});
}

TEST_CASE("replicas: processes give their own parts of batches", "[replicas]") {
  Trainer alone{High{}, net_options(strategy::jit())};
  const auto wanted = alone.train_on_batch(features(), labels());
  std::vector<double> losses(3);
  std::vector<Array> seen(3);
  comm::run(comm::threads(3), [&](const comm::CommunicatorPtr& rank) {
    const int r = rank->rank(), begin = 7 * r, end = r == 2 ? 30 : 7 * r + 7;
    Trainer trainer{High{}, net_options(strategy::distributed(rank))};
    losses[static_cast<std::size_t>(r)] = trainer.train_on_batch(slice_in_dim(features(), begin, end),
                                                                 slice_in_dim(labels(), begin, end))["loss"];
    seen[static_cast<std::size_t>(r)] = trainer.state()->layer.seen.get();
  });
  for (const double loss : losses) CHECK(loss == Approx(wanted["loss"]).epsilon(1e-5));
  for (const Array& sum_of_all : seen)
    CHECK(all_close(sum_of_all, alone.state()->layer.seen.get(), 1e-4, 1e-4));
}
