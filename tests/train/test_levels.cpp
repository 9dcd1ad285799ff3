// The three levels at which a struct can say how it is trained, by themselves and through a trainer.
#include <string>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/nn/module.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/shaping.hpp"
#include "networks.hpp"

using namespace copse;
using namespace testing_train;
using testing_files::message_of;

namespace {

using Names = std::vector<std::string>;

// The core level: everything by hand.
struct ByHand {
  Parameter w = {};
  int limit = 3;
  void init_step(const Key&, const Batch&) { w = Array(1.0f); }
  Logs train_step(const Batch& batch) {
    auto [loss, gradient] = value_and_grad(
        [&](const Array& v) { return mean(square(v * batch.inputs - batch.labels)); })(w.get());
    w = w - 0.1f * gradient;
    return {{"loss", loss}};
  }
  Logs test_step(const Batch& batch) { return {{"error", mean(abs(w * batch.inputs - batch.labels))}}; }
  Array pred_step(const Array& x) { return w * x; }
};

// The managed level: the loss; the rest follows.
struct Managed {
  Parameter w = {};
  State<Array> steps = Array(0);
  void managed_init_step(Scope&, const Batch&) { w = Array(1.0f); }
  Array operator()(const Array& x) const { return w * x; }
  Array managed_train_step(Scope& scope, const Batch& batch) {
    steps = steps + 1;
    scope.add_metric("error", mean(abs((*this)(batch.inputs) - batch.labels)));
    if (scope.training()) scope.add_metric("training", Array(1.0f));
    return mean(square((*this)(batch.inputs) - batch.labels));
  }
};

// All four steps of the managed level.
struct Steps {
  Parameter w = {};
  void managed_init_step(Scope& scope, const Batch&) { w = random::normal(scope.key()); }
  Array managed_train_step(Scope&, const Batch& batch) { return mean(square(w - batch.inputs)); }
  Array managed_test_step(Scope& scope, const Batch& batch) {
    return scope.training() ? Array(-1.0f) : sum(batch.inputs);
  }
  Array managed_pred_step(Scope& scope, const Array& x) { return scope.training() ? -x : x + 100.0f; }
};

const Array& xs() {
  static const Array x = array({1.0f, 2.0f, 3.0f, 4.0f});
  return x;
}
Batch doubled() { return {xs(), 2.0f * xs(), {}}; }

}  // namespace

TEST_CASE("levels: core steps are called as they are, and leave the module as it was") {
  const ElegyModule module{ByHand{}};
  CHECK(!module.initialized());
  const auto ready = module.init_step(random::key(0), doubled());
  CHECK(ready.initialized());
  CHECK(!module->w.get().has_value());
  const auto [logs, next] = ready.train_step(doubled());
  // The mean of (x - 2x)^2 is 7.5, its derivative -15.
  CHECK(logs["loss"] == 7.5);
  CHECK(next->w->item<float>() == Approx(2.5f));
  CHECK(ready->w->item<float>() == 1.0f);
  CHECK(ready.test_step(doubled()).first["error"] == 2.5);
  CHECK(ready.pred_step(xs()).first.to_vector<float>() == xs().to_vector<float>());
}

TEST_CASE("levels: managed steps are differentiated, and updated by the optimizer") {
  const ElegyModule module{Managed{}, {.optimizer = optim::sgd(0.1)}};
  const auto ready = module.init_step(random::key(0), doubled());
  const auto [logs, next] = ready.train_step(doubled());
  CHECK(logs.names() == Names{"loss", "error", "training"});
  CHECK(logs["loss"] == 7.5);
  CHECK(logs["error"] == 2.5);
  CHECK(next->w->item<float>() == Approx(2.5f));
  CHECK(next->steps->item<int>() == 1);
  CHECK((ready->w->item<float>() == 1.0f && ready->steps->item<int>() == 0));

  // Without a step of its own, evaluation is the training step in evaluation mode, and changes nothing.
  const auto [tested, same] = next.test_step(doubled());
  CHECK(tested.names() == Names{"loss", "error"});
  CHECK(tested["error"] == Approx(1.25));
  CHECK((same->steps->item<int>() == 1 && same->w->item<float>() == next->w->item<float>()));
  CHECK(next.pred_step(xs()).first.item<float>({1}) == Approx(5.0f));
}

TEST_CASE("levels: managed steps with a key of one's own") {
  const ElegyModule module{Managed{}, {.optimizer = optim::sgd(0.1)}};
  const auto key = random::key(3);
  const auto ready = module.managed_init_step(key, doubled());
  CHECK(ready.managed_train_step(key, doubled()).first["loss"] == 7.5);
  CHECK(ready.managed_test_step(key, doubled()).first["loss"] == 7.5);
  CHECK(ready.managed_pred_step(key, xs()).first.item<float>({2}) == 3.0f);
}

TEST_CASE("levels: all four managed steps are used, in their modes") {
  Trainer trainer{Steps{}, {.optimizer = optim::sgd(0.1)}};
  const auto history = trainer.fit(xs(), {.epochs = 1, .validation_data = xs(), .verbose = 0});
  CHECK(history["val_loss"].back() == 10.0);
  CHECK(trainer.predict(xs()).to_vector<float>() == std::vector<float>{101, 102, 103, 104});
}

TEST_CASE("levels: initialisation and training use different keys") {
  const auto module = ElegyModule{Steps{}, {.optimizer = optim::sgd(0.1)}};
  const auto a = module.init_step(random::key(0), Batch{xs(), {}, {}});
  const auto b = module.init_step(random::key(1), Batch{xs(), {}, {}});
  CHECK(a->w->item<float>() != b->w->item<float>());
  CHECK(a == module.init_step(random::key(0), Batch{xs(), {}, {}}));
}

TEST_CASE("levels: a summary with shapes where there is a call operator") {
  Trainer trainer{Net{}, net_options()};
  const std::string table = trainer.summary(inputs());
  for (const char* part : {"hidden", "norm", "logits", "kernel", "Total"}) {
    INFO(part);
    CHECK(table.find(part) != std::string::npos);
  }
  CHECK(trainer.summary().find("hidden") != std::string::npos);
  Trainer by_hand{ByHand{}};
  CHECK(by_hand.summary(xs()).find("limit = 3") + by_hand.summary(xs()).find("limit") !=
        2 * std::string::npos);
}
