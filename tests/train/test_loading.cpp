// Checkpoints load into trainers that have seen no batch.
#include <map>
#include <tuple>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/nn.hpp"
#include "copse/ops/compare.hpp"
#include "networks.hpp"

using namespace copse;
using namespace testing_train;
using namespace testing_files;

namespace {

struct WithMlp {
  nn::MLP mlp{{8, 2}};
  Array operator()(Scope& scope, const Array& x) { return mlp(scope, x); }
};
struct Scores {
  nn::MLP mlp{{8, 1}};
  Array operator()(Scope& scope, const Array& x) { return take(mlp(scope, x), 0, 1); }
};
struct WithCompact {
  std::vector<int> sizes = {6, 5};
  Compact layers;
  Array operator()(Scope& scope, Array x) {
    auto run = layers.run();
    for (const int size : sizes) x = relu(run.make<nn::Linear>(size)(scope, x));
    return run.make<nn::Linear>(2)(scope, x);
  }
};
struct Managed {
  nn::MLP mlp{{8, 2}};
  Array operator()(Scope& scope, const Array& x) { return mlp(scope, x); }
  template <class B>
  Array managed_train_step(Scope& scope, const B& batch) {
    return losses::CrossEntropy{}((*this)(scope, batch.inputs), batch.labels);
  }
};
struct WithMap {
  nn::MLP left{{4, 3}}, right{{4, 3}};
  nn::Linear out{2};
  Array operator()(Scope& scope, const std::map<std::string, Array>& x) {
    return out(scope, left(scope, x.at("left one")) + right(scope, x.at("right")));
  }
};

// Everything itself, with an optimizer inside that `init_step` prepares, or the first step.
template <bool late>
struct Core {
  nn::MLP mlp{{4, 2}};
  optim::Optimizer optimizer{optim::adam(0.05)};

  void init_step(const Key& key, const Batch& batch) {
    mlp = *Module{mlp}.init(key, batch.inputs);
    if (!late) optimizer = optimizer.init(mlp);
  }
  Logs train_step(const Batch& batch) {
    if (!optimizer.initialized()) optimizer = optimizer.init(mlp);
    const auto loss = [&](const nn::MLP& m) {
      return losses::CrossEntropy{}(Module{m}(batch.inputs), batch.labels);
    };
    auto [value, gradient] = value_and_grad(loss)(mlp);
    std::tie(mlp, optimizer) = optimizer.step(gradient, mlp);
    return {{"loss", value}};
  }
  Array pred_step(const Array& x) { return Module{mlp}(x); }
};

template <class T>
std::vector<std::vector<double>> bits(const Trainer<T>& trainer) {
  std::vector<std::vector<double>> out;
  for (const Array& leaf : leaves(trainer.state())) out.push_back(leaf.template to_vector<double>());
  return out;
}

TrainerOptions options() {
  return {.optimizer = optim::adam(1e-2),
          .losses = {losses::CrossEntropy{}},
          .metrics = {metrics::Accuracy{}},
          .seed = 3};
}

// Whether a fresh trainer that loads is the same as the one that saved, and goes on so.
template <class T, class X>
void check_fresh(const T& value, const TrainerOptions& options, const X& x) {
  const Folder folder;
  Trainer trainer{value, options};
  (void)trainer.fit(x, classes(), {.epochs = 2, .verbose = 0});
  trainer.save(folder / "model");
  Trainer fresh{value, options};
  const LoadReport report = fresh.load(folder / "model");
  INFO(report);
  CHECK((report.complete() && report.skipped.empty() && !report.loaded.empty()));
  CHECK(bits(fresh) == bits(trainer));
  CHECK(array_equal(fresh.predict(x), trainer.predict(x)));
  for (auto* one : {&trainer, &fresh})
    (void)one->fit(x, classes(), {.epochs = 3, .initial_epoch = 2, .verbose = 0});
  CHECK(bits(fresh) == bits(trainer));
}

}  // namespace

TEST_CASE("loading: into trainers that have seen no batch") {
  check_fresh(WithMlp{}, options(), inputs());
  check_fresh(WithCompact{}, options(), inputs());
  check_fresh(WithAnything{}, options(), inputs());
  check_fresh(Managed{}, TrainerOptions{.optimizer = optim::adam(1e-2), .seed = 3}, inputs());
  check_fresh(nn::Sequential{nn::Linear{4}, relu, nn::MLP{{3, 2}}}, options(), inputs());
  check_fresh(Core<false>{}, TrainerOptions{}, inputs());
}

TEST_CASE("loading: the optimizer of a core struct that starts in the first step") {
  check_fresh(Core<true>{}, TrainerOptions{}, inputs());
}

TEST_CASE("loading: batches of trees") {
  const std::map<std::string, Array> x{{"left one", inputs()}, {"right", -inputs()}};
  check_fresh(WithMap{}, options(), x);
}

TEST_CASE("loading: metrics that grow with what they have seen") {
  const TrainerOptions grows{.optimizer = optim::adam(1e-2),
                             .losses = {losses::MeanSquaredError{}},
                             .metrics = {metrics::AUROC{}},
                             .seed = 3};
  check_fresh(Scores{}, grows, inputs());
  // Into one that has seen more.
  const Folder folder;
  Trainer little{Scores{}, grows}, much{Scores{}, grows};
  (void)little.train_on_batch(data::rows(inputs(), 0, 8), data::rows(classes(), 0, 8));
  (void)much.fit(inputs(), classes(), {.verbose = 0});
  little.save(folder / "little");
  CHECK(much.load(folder / "little").complete());
  CHECK(bits(much) == bits(little));
}

TEST_CASE("loading: a struct that the program never trains") {
  struct Twin {
    nn::MLP mlp{{8, 2}};
    Array operator()(Scope& scope, const Array& x) { return mlp(scope, x); }
  };
  const Folder folder;
  Trainer trainer{WithMlp{}, options()};
  (void)trainer.fit(inputs(), classes(), {.verbose = 0});
  trainer.save(folder / "model");
  Trainer twin{Twin{}};
  (void)twin.load(folder / "model");
  CHECK(io::named_leaves(*twin.state()).size() == 4);
  CHECK(array_equal(twin.state()->mlp.layers[1].kernel.get(), trainer.state()->mlp.layers[1].kernel.get()));
  // What a trainer has loaded it saves as it was.
  twin.save(folder / "again");
  Trainer third{WithMlp{}};
  CHECK(third.load(folder / "again").complete());
}

TEST_CASE("loading: metrics that are members and grow") {
  struct Member {
    nn::MLP mlp{{8, 1}};
    Metric<metrics::AUROC> area{};
    Array managed_train_step(Scope& scope, const Batch& batch) {
      const Array preds = take(mlp(scope, batch.inputs), 0, 1);
      area = area.update(preds, batch.labels);
      return mean(square(preds - batch.labels));
    }
    Array operator()(Scope& scope, const Array& x) { return mlp(scope, x); }
  };
  const Folder folder;
  const TrainerOptions eager{.optimizer = optim::adam(1e-2), .strategy = strategy::eager()};
  Trainer little{Member{}, eager}, much{Member{}, eager}, fresh{Member{}, eager};
  (void)little.train_on_batch(data::rows(inputs(), 0, 8), data::rows(classes(), 0, 8));
  (void)much.fit(inputs(), classes(), {.verbose = 0});
  little.save(folder / "little");
  CHECK(fresh.load(folder / "little").complete());
  CHECK(much.load(folder / "little").complete());
  CHECK(bits(much) == bits(little));
  CHECK(bits(fresh) == bits(little));
}
