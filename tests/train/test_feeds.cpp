// What trainers take as data, and what predict and the verbs of one batch give back.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/nn.hpp"
#include "copse/ops/compare.hpp"
#include "watching.hpp"

using namespace copse;
using namespace testing_train;
using testing_files::message_of;

namespace {

using Batches = std::vector<Numbers>;

struct Pair {
  Array a, b;
};

// Predicts a struct of arrays from a map of arrays.
struct Several {
  int inits = 0, steps = 0;
  void init_step(Key, const auto&) { ++inits; }
  Logs train_step(const auto& batch) {
    ++steps;
    return {{"loss", mean(batch.inputs.at("x") + batch.inputs.at("y"))}};
  }
  Pair pred_step(const std::map<std::string, Array>& inputs) {
    return {inputs.at("x") + inputs.at("y"), inputs.at("x")};
  }
};

// A source of a user's own: two batches an epoch, filled with its number.
struct Own : data::Source<Batch> {
  std::int64_t epoch = 0, at = 0;
  void start(std::int64_t number, std::int64_t skip) override {
    epoch = number;
    at = skip;
  }
  std::optional<Batch> next() override {
    if (at == 2) return std::nullopt;
    return Batch{full({1}, static_cast<float>(10 * epoch + at++)), {}, {}};
  }
  std::optional<std::int64_t> batches() const override { return 2; }
};

}  // namespace

TEST_CASE("feeds: a vector of batches, in another order each epoch if shuffled") {
  std::vector<Batch> batches;
  for (int i = 0; i < 20; ++i) batches.push_back({full({2}, static_cast<float>(i)), {}, {}});
  auto trainer = watching();
  const auto history = trainer.fit(batches, {.epochs = 2, .shuffle = false, .verbose = 0});
  CHECK(trainer.state()->trained[19] == Numbers{19, 19});
  CHECK(history["loss"] == std::vector<double>{9.5, 9.5});
  auto shuffled = watching(), again = watching();
  (void)shuffled.fit(batches, {.epochs = 2, .verbose = 0});
  (void)again.fit(batches, {.epochs = 2, .verbose = 0});
  const auto& seen = shuffled.state()->trained;
  CHECK(seen == again.state()->trained);
  CHECK(Batches(seen.begin(), seen.begin() + 20) != Batches(seen.begin() + 20, seen.end()));
}

TEST_CASE("feeds: a generator goes on where it stopped, and its end is the epoch's") {
  int count = 0;
  const auto generator = [&]() -> std::optional<Batch> {
    if (count == 5) return std::nullopt;
    return Batch{full({1}, static_cast<float>(count++)), {}, {}};
  };
  auto trainer = watching();
  (void)trainer.fit(generator, {.epochs = 2, .steps_per_epoch = 2, .verbose = 0});
  CHECK(trainer.state()->trained == Batches{{0}, {1}, {2}, {3}});
  // Two batches are wanted, one is left: the training stops.
  const auto history = trainer.fit(generator, {.epochs = 3, .steps_per_epoch = 2, .verbose = 0});
  CHECK(history.epochs() == 1);
  CHECK(trainer.state()->trained.back() == Numbers{4});

  count = 2;
  (void)trainer.evaluate(generator, {.verbose = 0});
  CHECK(trainer.state()->tested == Batches{{2}, {3}, {4}});
  CHECK(message_of<ValueError>([&] { (void)trainer.fit(generator, {.verbose = 0}); }) ==
        "fit: there is no batch in epoch 1");
  CHECK(message_of<ValueError>([&] { (void)trainer.evaluate(generator, {.verbose = 0}); }) ==
        "evaluate: there is no batch");
}

TEST_CASE("feeds: a source of one's own") {
  Own source;
  auto trainer = watching();
  (void)trainer.fit(source, {.epochs = 2, .verbose = 0});
  CHECK(trainer.state()->trained == Batches{{0}, {1}, {10}, {11}});
}

TEST_CASE("feeds: a source of one's own in a shared pointer") {
  const auto own = std::make_shared<Own>();
  auto trainer = watching();
  CHECK(trainer.fit(own, {.epochs = 3, .verbose = 0}).epochs() == 3);
  CHECK(own->epoch == 2);
  CHECK(trainer.fit(std::make_shared<Own>(), {.epochs = 1, .verbose = 0}).epochs() == 1);
  const std::shared_ptr<data::Source<Batch>> base = own;
  CHECK(trainer.fit(base, {.epochs = 1, .validation_data = base, .verbose = 0}).epochs() == 1);
  CHECK(trainer.evaluate(own, {.verbose = 0}).contains("loss"));
  own->at = 0;
  CHECK_THROWS_AS(trainer.fit(std::shared_ptr<Own>(), {.verbose = 0}), ValueError);

  struct Inputs : data::Source<Array> {
    int left = 0;
    void start(std::int64_t, std::int64_t skip) override { left = 3 - static_cast<int>(skip); }
    std::optional<Array> next() override {
      if (left-- <= 0) return std::nullopt;
      return ones({4, 2});
    }
  };
  Trainer dense{nn::Linear{1}, {.optimizer = optim::sgd(0.1), .losses = {losses::MeanSquaredError{}}}};
  (void)dense.fit(ones({4, 2}), zeros({4, 1}), {.epochs = 1, .verbose = 0});
  CHECK(dense.predict(std::make_shared<Inputs>()).shape() == Shape{12, 1});
  auto inputs = std::make_shared<Inputs>();
  CHECK(dense.predict(inputs).shape() == Shape{12, 1});
}

TEST_CASE("feeds: batches that are there already have no split and no class weights") {
  const std::vector<Batch> batches = {{count_to(3), {}, {}}};
  auto trainer = watching();
  CHECK(message_of<ValueError>([&] {
          (void)trainer.fit(batches, {.validation_split = 0.5, .verbose = 0});
        }) == "fit: validation_split needs arrays: give batches for validation as validation_data");
  CHECK(message_of<ValueError>([&] {
          (void)trainer.fit(batches, {.class_weight = {{0, 1.0}}, .verbose = 0});
        }) == "fit: class_weight needs arrays: give batches sample weights");
  CHECK(message_of<ValueError>([&] { (void)trainer.fit(std::vector<Batch>(), {.verbose = 0}); }) ==
        "fit: there are no samples");
}

TEST_CASE("feeds: trees of arrays in, trees of arrays out") {
  const std::map<std::string, Array> inputs = {{"x", count_to(10)}, {"y", ones({10})}};
  Trainer trainer{Several{}, {.strategy = strategy::eager()}};
  const auto history = trainer.fit(inputs, {.batch_size = 4, .verbose = 0});
  CHECK(history["loss"].back() == 5.5);
  CHECK(trainer.state()->steps == 3);
  CHECK(trainer.state()->inits == 1);  // generic steps are found, too
  const Pair predicted = trainer.predict(inputs, {.batch_size = 4});
  CHECK(numbers(predicted.a) == numbers(count_to(10) + 1.0f));
  CHECK(numbers(predicted.b) == numbers(count_to(10)));
  CHECK(message_of<ShapeError>([&] {
          (void)trainer.fit(std::map<std::string, Array>{{"x", count_to(4)}, {"y", count_to(3)}});
        }) == "fit: inputs.x has 4 samples, inputs.y has 3: float32(4,) and float32(3,)");
  CHECK(message_of<ValueError>([&] {
          (void)trainer.fit(inputs, {.class_weight = {{0, 1.0}}});
        }) == "fit: class_weight needs integer labels of one dimension, got none");
  // Labels that are no array have no classes.
  const std::string message = message_of<Error>([&] {
    (void)trainer.fit(inputs, inputs, {.class_weight = {{0, 1.0}}});
  });
  INFO(message);
  CHECK(message.find("fit: class_weight needs labels that are one array of integers, got samples of type ") ==
        0);
  CHECK(message.find("BatchOf") != std::string::npos);
}

TEST_CASE("evaluate: batches, steps and weights") {
  auto trainer = watching();
  const EpochLogs logs =
      trainer.evaluate(count_to(10), count_to(10), count_to(10), {.batch_size = 4, .verbose = 0});
  CHECK(logs["loss"] == 4.5);
  CHECK(trainer.state()->tested == Batches{{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9}});
  CHECK(trainer.state()->test_weights == trainer.state()->tested);
  auto limited = watching();
  (void)limited.evaluate(count_to(10), {.batch_size = 4, .steps = 2, .verbose = 0});
  CHECK(limited.state()->tested.size() == 2);
  CHECK(message_of<ShapeError>([&] { (void)trainer.evaluate(count_to(4), count_to(3)); }) ==
        "evaluate: inputs has 4 samples, labels has 3: float32(4,) and float32(3,)");
}

TEST_CASE("predict: batches joined in order, however many") {
  auto trainer = watching();
  trainer.init(Batch{count_to(1), {}, {}});
  for (const std::int64_t size : {3, 10, 64}) {
    CHECK(numbers(trainer.predict(count_to(10), {.batch_size = size})) == numbers(count_to(10) * 2.0f));
  }
  CHECK(numbers(trainer.predict(count_to(10), {.batch_size = 4, .steps = 2})) == numbers(count_to(8) * 2.0f));
  CHECK(numbers(trainer.predict(std::vector<Array>{count_to(2), count_to(3)})) == Numbers{0, 2, 0, 2, 4});
  CHECK(message_of<ValueError>([&] { (void)trainer.predict(zeros({0})); }) ==
        "predict: there are no samples");
  CHECK(message_of<ValueError>([&] {
          (void)trainer.predict([]() -> std::optional<Array> { return std::nullopt; });
        }) == "predict: there is no batch");
  // Two batches without samples along an axis cannot be joined.
  CHECK(message_of<ShapeError>([&] {
          (void)trainer.predict(std::vector<Array>{Array(1.0f), Array(2.0f)});
        }) == "predict: a batch gave float32(), wanted samples along the first axis");
}

TEST_CASE("one batch at a time") {
  auto trainer = watching();
  CHECK(trainer.train_on_batch(count_to(3), count_to(3), ones({3}))["loss"] == 1.0);
  CHECK(trainer.train_on_batch(Batch{count_to(5), {}, {}})["loss"] == 2.0);
  CHECK(trainer.train_on_batch(count_to(7))["loss"] == 3.0);
  CHECK(trainer.state()->trained.size() == 3);
  CHECK(trainer.state()->weights[0] == Numbers{1, 1, 1});
  CHECK(trainer.test_on_batch(count_to(3), count_to(3))["loss"] == 1.0);
  CHECK(trainer.test_on_batch(count_to(5))["loss"] == 2.0);
  CHECK(numbers(trainer.predict_on_batch(count_to(3))) == Numbers{0, 2, 4});
  CHECK(trainer.history().epochs() == 0);
}
