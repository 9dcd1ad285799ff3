// fit: epochs, batches, orders, validation, weights, and what it refuses.
#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "watching.hpp"

using namespace copse;
using namespace testing_train;
using testing_files::message_of;

namespace {

using Batches = std::vector<Numbers>;

FitOptions plain() { return {.batch_size = 4, .shuffle = false, .verbose = 0}; }

// The samples of an epoch in the order in which they were trained on.
Numbers joined(const Batches& batches, std::size_t begin, std::size_t end) {
  Numbers out;
  for (std::size_t i = begin; i < end; ++i) out.insert(out.end(), batches[i].begin(), batches[i].end());
  return out;
}

Numbers order(Trainer<Watching> trainer, const FitOptions& options) {
  (void)trainer.fit(count_to(50), options);
  return joined(trainer.state()->trained, 0, trainer.state()->trained.size());
}

}  // namespace

TEST_CASE("fit: the last batch is smaller, unless it is dropped") {
  auto trainer = watching();
  auto options = plain();
  const auto history = trainer.fit(count_to(10), options);
  CHECK(trainer.state()->trained == Batches{{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9}});
  CHECK(history["loss"].back() == 4.5);  // the mean over samples, not over batches
  options.drop_remainder = true;
  auto dropping = watching();
  (void)dropping.fit(count_to(10), options);
  CHECK(dropping.state()->trained == Batches{{0, 1, 2, 3}, {4, 5, 6, 7}});
  CHECK(message_of<ValueError>([&] { (void)dropping.fit(count_to(3), options); }) ==
        "fit: 3 samples are less than one batch of 4, and drop_remainder would drop them all");
}

TEST_CASE("fit: epochs is the index after the last one") {
  auto trainer = watching();
  auto options = plain();
  options.epochs = 3;
  options.initial_epoch = 2;
  const auto history = trainer.fit(count_to(4), options);
  CHECK(history.epoch_numbers() == std::vector<int>{2});
  options.initial_epoch = 3;
  CHECK(trainer.fit(count_to(4), options).epochs() == 0);
  // Without initial_epoch, a second fit is as many epochs again.
  options.initial_epoch = 0;
  CHECK(trainer.fit(count_to(4), options).epoch_numbers() == std::vector<int>{0, 1, 2});
}

TEST_CASE("fit: history is what it returns, and stays where others verbs run") {
  auto trainer = watching();
  const auto history = trainer.fit(count_to(4), plain());
  (void)trainer.evaluate(count_to(4), {.verbose = 0});
  (void)trainer.predict(count_to(4));
  CHECK(trainer.history()["loss"] == history["loss"]);
  CHECK(history.names() == std::vector<std::string>{"loss"});
}

TEST_CASE("fit: initialises once, with the first batch") {
  auto trainer = watching();
  CHECK(!trainer.state().initialized());
  (void)trainer.fit(count_to(10), plain());
  (void)trainer.fit(count_to(10), plain());
  (void)trainer.evaluate(count_to(10), {.verbose = 0});
  CHECK(trainer.state()->inits == 1);
  auto predicting = watching();
  (void)predicting.predict_on_batch(count_to(3));
  CHECK(predicting.state()->inits == 1);
}

TEST_CASE("fit: shuffles by seed and epoch alone") {
  FitOptions one{.epochs = 1, .verbose = 0};
  const FitOptions two{.epochs = 2, .verbose = 0}, second{.epochs = 2, .initial_epoch = 1, .verbose = 0};
  const Numbers first = order(watching(), one), both = order(watching(), two);
  const Numbers resumed = order(watching(), second);
  CHECK(order(watching(), one) == first);
  CHECK(Numbers(both.begin(), both.begin() + 50) == first);
  CHECK(Numbers(both.begin() + 50, both.end()) == resumed);
  CHECK(first != resumed);
  CHECK(order(watching(7), one) != first);

  Numbers sorted = first;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted == numbers(count_to(50)));
  CHECK(sorted != first);
  one.shuffle = false;
  CHECK(order(watching(), one) == sorted);

  // What came before makes no difference.
  auto used = watching();
  (void)used.train_on_batch(count_to(3));
  (void)used.fit(count_to(7), {.epochs = 3, .verbose = 0});
  const std::size_t before = used.state()->trained.size();
  (void)used.fit(count_to(50), {.epochs = 1, .verbose = 0});
  CHECK(joined(used.state()->trained, before, used.state()->trained.size()) == first);
}

TEST_CASE("fit: labels and weights are shuffled with their inputs") {
  auto trainer = watching();
  (void)trainer.fit(count_to(50), count_to(50) + 100.0f, count_to(50) + 200.0f, {.verbose = 0});
  const auto& seen = *trainer.state();
  for (std::size_t b = 0; b < seen.trained.size(); ++b) {
    for (std::size_t i = 0; i < seen.trained[b].size(); ++i) {
      CHECK(seen.labels[b][i] == seen.trained[b][i] + 100);
      CHECK(seen.weights[b][i] == seen.trained[b][i] + 200);
    }
  }
}

TEST_CASE("fit: validation_split holds back the last part, before shuffling") {
  auto trainer = watching();
  auto options = plain();
  options.shuffle = true;
  options.validation_split = 0.25;
  const auto history = trainer.fit(count_to(10), count_to(10), count_to(10), options);
  CHECK(trainer.state()->tested == Batches{{7, 8, 9}});  // three of ten: rounded up
  CHECK(trainer.state()->test_weights == Batches{{7, 8, 9}});
  Numbers trained = joined(trainer.state()->trained, 0, 2);
  std::sort(trained.begin(), trained.end());
  CHECK(trained == Numbers{0, 1, 2, 3, 4, 5, 6});
  CHECK(history["val_loss"].back() == 8.0);
}

TEST_CASE("fit: validation data in all its forms, which go before a split") {
  const Array x = count_to(3), y = count_to(3), w = ones({3});
  const std::vector<Batch> listed = {{x, y, {}}, {x, y, w}};
  const auto source =
      std::shared_ptr<data::Source<Batch>>(std::make_shared<data::ListedBatches<Batch>>(listed));
  const std::vector<std::tuple<std::any, Batches, Batches>> forms = {
      {Batch{x, y, w}, {{0, 1, 2}}, {{1, 1, 1}}},
      {std::pair{x, y}, {{0, 1, 2}}, {{}}},
      {std::tuple{x, y}, {{0, 1, 2}}, {{}}},
      {std::tuple{x, y, w}, {{0, 1, 2}}, {{1, 1, 1}}},
      {x, {{0, 1, 2}}, {{}}},
      {listed, {{0, 1, 2}, {0, 1, 2}}, {{}, {1, 1, 1}}},
      {source, {{0, 1, 2}, {0, 1, 2}}, {{}, {1, 1, 1}}}};
  for (const auto& [form, batches, weights] : forms) {
    INFO(form.type().name());
    auto trainer = watching();
    auto options = plain();
    options.validation_data = form;
    options.validation_split = 0.5;
    (void)trainer.fit(count_to(8), count_to(8), options);
    CHECK(trainer.state()->tested == batches);
    CHECK(trainer.state()->test_weights == weights);
    CHECK(trainer.state()->trained.size() == 2);  // all samples
  }
}

TEST_CASE("fit: validation has a batch size and a number of steps of its own, and drops nothing") {
  auto trainer = watching();
  auto options = plain();
  options.drop_remainder = true;
  options.validation_data = count_to(7);
  (void)trainer.fit(count_to(8), options);
  CHECK(trainer.state()->tested == Batches{{0, 1, 2, 3}, {4, 5, 6}});

  auto other = watching();
  options.validation_batch_size = 3;
  options.validation_steps = 2;
  (void)other.fit(count_to(8), options);
  CHECK(other.state()->tested == Batches{{0, 1, 2}, {3, 4, 5}});
}

TEST_CASE("fit: validates after every n-th epoch, or after those that are listed") {
  auto options = plain();
  options.epochs = 4;
  options.validation_data = count_to(3);
  const auto epochs_of = [&](const ValidationFreq& freq) {
    options.validation_freq = freq;
    return watching().fit(count_to(8), options).epochs_of("val_loss");
  };
  CHECK(epochs_of(1) == std::vector<int>{0, 1, 2, 3});
  CHECK(epochs_of(2) == std::vector<int>{1, 3});
  CHECK(epochs_of({1, 3}) == std::vector<int>{0, 2});
  CHECK(epochs_of(std::vector<int>{4}) == std::vector<int>{3});
}

TEST_CASE("fit: with steps_per_epoch, epochs go on where the last one ended") {
  auto trainer = watching();
  auto options = plain();
  options.epochs = 3;
  options.steps_per_epoch = 2;
  (void)trainer.fit(count_to(12), options);
  CHECK(trainer.state()->trained ==
        Batches{{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}, {0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}});
  // An epoch that is resumed begins at the same place.
  auto resumed = watching();
  options.initial_epoch = 1;
  options.epochs = 2;
  (void)resumed.fit(count_to(12), options);
  CHECK(resumed.state()->trained == Batches{{8, 9, 10, 11}, {0, 1, 2, 3}});
}

TEST_CASE("fit: samples have the weights of their classes, times their own") {
  const Array x = count_to(4), y = array(std::vector<std::int32_t>{0, 2, 1, 2});
  auto options = plain();
  options.class_weight = {{0, 0.5}, {2, 3.0}};
  auto trainer = watching();
  (void)trainer.fit(x, y, options);
  CHECK(trainer.state()->weights == Batches{{0.5, 3, 1, 3}});
  auto weighted = watching();
  (void)weighted.fit(x, y, array({1.0f, 2.0f, 3.0f, 4.0f}), options);
  CHECK(weighted.state()->weights == Batches{{0.5, 6, 3, 12}});

  // They weigh training alone.
  options.validation_split = 0.5;
  auto validated = watching();
  (void)validated.fit(x, y, options);
  CHECK(validated.state()->weights == Batches{{0.5, 3}});
  CHECK(validated.state()->test_weights == Batches{{}});
}

TEST_CASE("fit: what is refused, and then nothing has changed") {
  auto trainer = watching();
  (void)trainer.fit(count_to(4), plain());
  const auto state = trainer.state();
  const auto history = trainer.history()["loss"];
  const auto refused = [&](const std::string& wanted, auto change, const Array& x, const Array& y) {
    auto options = plain();
    change(options);
    const std::string message = message_of<Error>([&] { (void)trainer.fit(x, y, options); });
    INFO(message);
    CHECK(message.find(wanted) != std::string::npos);
    CHECK(trainer.state() == state);
    CHECK(trainer.history()["loss"] == history);
  };
  const auto nothing = [](FitOptions&) {};
  const Array x = count_to(10), y = zeros({10}, DType::int32);
  refused("fit: inputs has 10 samples, labels has 3: float32(10,) and float32(3,)", nothing, x, count_to(3));
  refused("fit: inputs is float32(), wanted samples along the first axis", nothing, Array(1.0f), Array());
  refused("fit: there are no samples: no array has a value", nothing, Array(), Array());
  refused("fit: there are no samples", nothing, zeros({0, 3}), zeros({0}));
  refused(
      "fit: batch_size is 0, wanted 1 or more", [](auto& o) { o.batch_size = 0; }, x, y);
  refused(
      "fit: epochs is -1 and initial_epoch 0, wanted 0 or more", [](auto& o) { o.epochs = -1; }, x, y);
  refused(
      "fit: epochs is 1 and initial_epoch -2", [](auto& o) { o.initial_epoch = -2; }, x, y);
  refused(
      "fit: steps_per_epoch is 0, wanted 1 or more", [](auto& o) { o.steps_per_epoch = 0; }, x, y);
  refused(
      "fit: validation_steps is 0, wanted 1 or more",
      [&](auto& o) {
        o.validation_data = x;
        o.validation_steps = 0;
      },
      x, y);
  refused(
      "fit: validation_freq is 0, wanted 1 or more", [](auto& o) { o.validation_freq = ValidationFreq(0); },
      x, y);
  refused(
      "fit: validation_split: a fraction of 1 of 10 samples: both parts need samples",
      [](auto& o) { o.validation_split = 1.0; }, x, y);
  refused(
      "fit: validation_split: a fraction of -0.5", [](auto& o) { o.validation_split = -0.5; }, x, y);
  refused(
      "fit: validation_split: a fraction of 0.5 of 1 samples", [](auto& o) { o.validation_split = 0.5; },
      count_to(1), count_to(1));
  refused(
      "validation_data is of a type (int) that doesn't go with the training data: give a BatchOf",
      [](auto& o) { o.validation_data = 3; }, x, y);
  refused(
      "fit: validation_data: inputs has 10 samples, labels has 3",
      [&](auto& o) {
        o.validation_data = std::pair{x, count_to(3)};
      },
      x, y);
  refused(
      "fit: class_weight needs integer labels of one dimension, got float32(10,)",
      [](auto& o) {
        o.class_weight = {{0, 2.0}};
      },
      x, x);
  refused(
      "fit: class_weight needs integer labels of one dimension, got none",
      [](auto& o) {
        o.class_weight = {{0, 2.0}};
      },
      x, Array());
}
