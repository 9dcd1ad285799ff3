// Trainers, modules, keys and callbacks that have been moved from throw; those that they were moved to go on.
#include "catch.hpp"
#include "copse/copse.hpp"

using namespace copse;

TEST_CASE("a trainer that has been moved from throws, and the other one trains on") {
  const Array x = ones({8, 2}), y = zeros({8, 1});
  Trainer trainer{nn::Linear{1}, {.optimizer = optim::sgd(0.1), .losses = {losses::MeanSquaredError{}}}};
  (void)trainer.fit(x, y, {.epochs = 1, .verbose = 0});
  Trainer other = std::move(trainer);
  CHECK_THROWS_AS(trainer.fit(x, y, {.epochs = 1, .verbose = 0}), Error);
  CHECK_THROWS_AS(trainer.evaluate(x, y, {.verbose = 0}), Error);
  CHECK_THROWS_AS(trainer.predict(x), Error);
  CHECK_THROWS_AS(trainer.train_on_batch(x, y), Error);
  CHECK_THROWS_AS(trainer.save("never"), Error);
  CHECK_THROWS_AS(trainer.summary(), Error);
  const double before = other.evaluate(x, y, {.verbose = 0})["loss"];
  (void)other.fit(x, y, {.epochs = 3, .verbose = 0});
  CHECK(other.evaluate(x, y, {.verbose = 0})["loss"] < before);
  trainer = std::move(other);
  CHECK(trainer.fit(x, y, {.epochs = 1, .verbose = 0}).epochs() > 0);
}

TEST_CASE("modules, metrics, keys, arrays and places that have been moved from throw") {
  const Array x = ones({8, 2});
  Module model = Module{nn::Linear{1}}.init(random::key(0), x);
  const Module other = std::move(model);
  CHECK_THROWS_AS(model(x), Error);
  CHECK_THROWS_AS(model.init(random::key(0), x), Error);
  CHECK_THROWS_AS(model.parameters(), Error);
  CHECK(other(x).shape() == Shape{8, 1});

  Metric metric{metrics::Mean{}};
  const Metric kept = metric.update(x);
  Metric moved = std::move(metric);
  CHECK_THROWS_AS(metric.update(x), Error);
  CHECK_THROWS_AS(metric.compute(), Error);
  CHECK(moved.update(x).compute().item<float>() == 1.0f);

  Key key = random::key(1);
  const Key same = std::move(key);
  CHECK_THROWS_AS(random::normal(key, {2}), Error);
  CHECK_THROWS_AS(random::split(key), Error);
  CHECK(random::normal(same, {2}).shape() == Shape{2});

  Array a = ones({2});
  const Array b = std::move(a);
  CHECK_THROWS_AS(a + 1, Error);
  At place = at(b, 0);
  const At there = std::move(place);
  CHECK_THROWS_AS(place.set(1), Error);
  CHECK(there.set(3).item<float>({0}) == 3.0f);

  AnyCallback callback = callbacks::LambdaCallback{{}};
  const AnyCallback held = std::move(callback);
  CHECK_THROWS_AS(callback.instance(), Error);
  CHECK_THROWS_AS(callback.get(), Error);
  CHECK(held.instance() != nullptr);
}
