// All that fit, evaluate, predict and validation_data take: where the data are the same, so are all bits of
// the result.
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/data.hpp"
#include "networks.hpp"
#include "watching.hpp"

using namespace copse;
using namespace testing_train;
using namespace testing_files;

namespace {

constexpr std::int64_t size = 16;  // of batches: seven in a pass, the last with 4 samples
constexpr std::int64_t seed = 5;   // the trainer's

// The same samples by a user's own type.
struct OwnSamples {
  std::int64_t size() const { return inputs().shape(0); }
  Batch operator[](std::int64_t i) const { return data::arrays(inputs(), classes())[i]; }
};

data::Dataset<Batch> dataset() { return data::arrays(inputs(), classes()); }
data::Dataset<Batch> shuffled() { return dataset().shuffle(seed); }

// The samples of a dataset, read one after the other.
data::Stream<Batch> streamed(const data::Dataset<Batch>& samples) {
  return data::stream([samples](std::int64_t epoch) {
    return [samples, epoch, at = std::int64_t{0}]() mutable -> std::optional<Batch> {
      return at < samples.size() ? std::optional(samples.at(at++, epoch)) : std::nullopt;
    };
  });
}

// A user's own source.
struct OwnSource : data::Source<Batch> {
  data::Batches<Batch> batches_ = shuffled().batch(size);
  std::int64_t epoch = 0, at = 0;
  void start(std::int64_t number, std::int64_t skip) override {
    epoch = number;
    at = skip;
  }
  std::optional<Batch> next() override {
    return at < batches_.size() ? std::optional(batches_.at(epoch, at++)) : std::nullopt;
  }
};

// What training, evaluating and predicting with data give.
struct Outcome {
  std::vector<double> losses, validated;
  EpochLogs evaluated;
  Array predicted;
  std::vector<Array> module;
};

void check_same(const Outcome& got, const Outcome& wanted) {
  CHECK(got.losses == wanted.losses);
  CHECK(got.validated == wanted.validated);
  CHECK(got.evaluated == wanted.evaluated);
  CHECK(LeafTraits<Array>::equal(got.predicted, wanted.predicted));
  REQUIRE(got.module.size() == wanted.module.size());
  for (std::size_t i = 0; i < got.module.size(); ++i)
    CHECK(LeafTraits<Array>::equal(got.module[i], wanted.module[i]));
}

FitOptions options_of(std::optional<std::int64_t> steps, ValidationData validation) {
  return {.epochs = 3,
          .batch_size = size,
          .validation_data = std::move(validation),
          .steps_per_epoch = steps,
          .verbose = 0};
}

// `make(samples)` gives data of the samples, in their own order.
template <class Make>
Outcome outcome_of(Make make, std::optional<std::int64_t> steps) {
  Trainer trainer{Net{}, net_options()};
  auto&& train = make(true);
  auto&& plain = make(false);
  const History history = trainer.fit(train, options_of(steps, plain));
  Outcome out{history["loss"],
              history["val_loss"],
              trainer.evaluate(plain, {.batch_size = size, .verbose = 0}),
              trainer.predict(plain, {.batch_size = size}),
              {}};
  visit_slots(trainer.state(), [&](auto slot) {
    if constexpr (std::is_same_v<typename decltype(slot)::value_type, Array>) {
      if (!slot.is_nothing()) out.module.push_back(slot.value());
    }
  });
  return out;
}

Outcome wanted(std::optional<std::int64_t> steps) {
  return outcome_of([](bool) { return Batch{inputs(), classes(), {}}; }, steps);
}

// Each gives the outcome of another kind of data.
using Kind = std::function<Outcome(std::optional<std::int64_t> steps)>;
template <class Make>
Kind kind(Make make) {
  return [make](std::optional<std::int64_t> steps) { return outcome_of(make, steps); };
}
data::Dataset<Batch> ordered(bool train) { return train ? shuffled() : dataset(); }

std::map<std::string, Kind> kinds() {
  using std::make_shared;
  std::map<std::string, Kind> out{
      {"a dataset", kind([](bool) { return dataset(); })},
      {"a dataset with an order of its own", kind([](bool train) { return ordered(train); })},
      {"samples of a type of one's own", kind([](bool) { return data::Dataset{OwnSamples{}}; })},
      {"a dataset that is mapped and cached",
       kind([](bool) { return data::Dataset{OwnSamples{}}.map([](Batch one) { return one; }).cache(); })},
      {"batches", kind([](bool train) { return ordered(train).batch(size); })},
      {"batches in a shared pointer",
       kind([](bool train) { return make_shared<data::Batches<Batch>>(ordered(train).batch(size)); })},
      {"batches as a source in a shared pointer",
       kind([](bool train) -> std::shared_ptr<data::Source<Batch>> {
         return make_shared<data::Batches<Batch>>(ordered(train).batch(size));
       })},
      {"a stream", kind([](bool train) { return streamed(ordered(train)).batch(size); })},
      {"a stream in a shared pointer", kind([](bool train) {
         return make_shared<data::StreamBatches<Batch>>(streamed(ordered(train)).batch(size));
       })},
  };
  for (const int workers : {0, 1, 2}) {
    const std::string with = " with " + std::to_string(workers) + " workers";
    const data::LoaderOptions options{.workers = workers};
    out["a loader" + with] = kind([options](bool train) {
      return data::Loader<Batch>{ordered(train).batch(size), options};
    });
    out["a loader in a shared pointer" + with] = kind([options](bool train) {
      return make_shared<data::Loader<Batch>>(ordered(train).batch(size), options);
    });
    out["a loader of a stream" + with] = kind([options](bool train) {
      return data::Loader<Batch>{streamed(ordered(train)).batch(size), options};
    });
  }
  return out;
}

}  // namespace

TEST_CASE(
    "data: whatever holds the same samples gives the same training, validation, evaluation and prediction") {
  for (const auto steps :
       {std::optional<std::int64_t>(), std::optional<std::int64_t>(5), std::optional<std::int64_t>(9)}) {
    const Outcome expected = wanted(steps);
    REQUIRE(expected.validated.size() == 3);
    REQUIRE(expected.predicted.shape() == Shape{100, 2});
    for (const auto& [name, run] : kinds()) {
      INFO(name << ", steps " << steps.value_or(0));
      check_same(run(steps), expected);
    }
  }
}

TEST_CASE("data: sources of one's own and arrays cut into batches") {
  const Outcome expected = wanted(std::nullopt);
  check_same(outcome_of(
                 [](bool train) -> std::shared_ptr<data::Source<Batch>> {
                   if (train) return std::make_shared<OwnSource>();
                   return std::make_shared<data::Batches<Batch>>(dataset().batch(size));
                 },
                 std::nullopt),
             expected);
  check_same(outcome_of(
                 [](bool train) {
                   return data::ArrayBatches<Batch>{Batch{inputs(), classes(), {}},
                                                    {.batch_size = size, .shuffle = train, .seed = seed}};
                 },
                 std::nullopt),
             expected);
}

TEST_CASE("data: inputs alone as a dataset") {
  struct Inputs {
    std::int64_t size() const { return 10; }
    Array operator[](std::int64_t i) const { return Array(static_cast<float>(i)); }
  };
  auto by_array = watching(), by_dataset = watching();
  const Array x = count_to(10);
  (void)by_array.fit(x, {.epochs = 2, .batch_size = 4, .validation_data = x, .verbose = 0});
  (void)by_dataset.fit(
      data::Dataset{Inputs{}},
      {.epochs = 2, .batch_size = 4, .validation_data = data::Dataset{Inputs{}}, .verbose = 0});
  CHECK(by_dataset.state()->trained == by_array.state()->trained);
  CHECK(numbers(by_dataset.predict(data::Dataset{Inputs{}}, {.batch_size = 3})) ==
        numbers(by_array.predict(x, {.batch_size = 3})));
  CHECK(by_dataset.evaluate(data::Dataset{Inputs{}}, {.batch_size = 3, .verbose = 0}) ==
        by_array.evaluate(x, {.batch_size = 3, .verbose = 0}));
}

TEST_CASE("data: a dataset takes fit's options as arrays do") {
  const Array x = count_to(20), y = astype(x, DType::int32);
  const std::vector<FitOptions> table = {
      {.epochs = 2, .batch_size = 6, .validation_split = 0.3, .verbose = 0},
      {.epochs = 2, .batch_size = 6, .shuffle = false, .verbose = 0},
      {.epochs = 2, .batch_size = 6, .drop_remainder = true, .verbose = 0},
      {.epochs = 2, .batch_size = 6, .class_weight = {{3, 2.0}, {4, 0.5}}, .verbose = 0},
      {.epochs = 2, .batch_size = 6, .steps_per_epoch = 3, .verbose = 0},
      {.epochs = 2,
       .batch_size = 6,
       .validation_data = std::pair{x, y},
       .validation_batch_size = 7,
       .verbose = 0},
  };
  for (const FitOptions& options : table) {
    auto by_arrays = watching(), by_dataset = watching();
    const History expected = by_arrays.fit(x, y, options);
    const History got = by_dataset.fit(data::arrays(x, y), options);
    CHECK(got["loss"] == expected["loss"]);
    CHECK(by_dataset.state()->trained == by_arrays.state()->trained);
    CHECK(by_dataset.state()->labels == by_arrays.state()->labels);
    CHECK(by_dataset.state()->weights == by_arrays.state()->weights);
  }
  // Tests of the same batches; `tested` itself is dropped after a validation.
  auto watched = watching();
  CHECK(message_of<ValueError>([&] {
          (void)watched.fit(data::arrays(x, y).shuffle(1), {.validation_split = 0.5, .verbose = 0});
        }) ==
        "fit: validation_split of a dataset whose order depends on the epoch would validate with samples "
        "that were "
        "trained on: split it before it is shuffled, and give validation_data");
  CHECK(message_of<ValueError>([&] {
          (void)watched.fit(data::arrays(x, y), {.batch_size = 32, .drop_remainder = true, .verbose = 0});
        }) == "fit: 20 samples are less than one batch of 32, and drop_remainder would drop them all");
  CHECK(message_of<ValueError>([&] { (void)watched.fit(data::arrays(x, y).subset({}), {.verbose = 0}); }) ==
        "fit: there are no samples");
  CHECK(message_of<ValueError>([&] {
          (void)watched.fit(x, y, {.validation_data = std::shared_ptr<data::Source<Batch>>(), .verbose = 0});
        }) == "fit: validation_data: the data are a null std::shared_ptr, wanted a source of batches");
  CHECK(message_of<ValueError>([&] {
          (void)watched.fit(x, y, {.validation_data = data::Dataset{std::vector{x}}.batch(1), .verbose = 0});
        }).starts_with("fit: validation_data is of a type"));
}

TEST_CASE("data: a training with epochs of their own length goes on at its very batch") {
  const Folder folder;
  const auto kinds = std::map<std::string, std::function<std::shared_ptr<data::Source<Batch>>()>>{
      {"batches", [] { return std::make_shared<data::Batches<Batch>>(shuffled().batch(size)); }},
      {"stream",
       [] {
         return std::make_shared<data::StreamBatches<Batch>>(
             streamed(dataset()).shuffle(3, {.buffer = 20}).batch(size));
       }},
      {"loader", [] { return std::make_shared<data::Loader<Batch>>(shuffled().batch(size)); }},
      {"loader of a stream", [] {
         return std::make_shared<data::Loader<Batch>>(
             streamed(dataset()).shuffle(3, {.buffer = 20}).batch(size), data::LoaderOptions{.workers = 2});
       }}};
  for (const auto& [name, make] : kinds) {
    INFO(name);
    for (const std::int64_t stop : {1, 4, 5, 13}) {
      Trainer whole{Net{}, net_options()}, first{Net{}, net_options()}, second{Net{}, net_options()};
      (void)whole.fit(make(), {.epochs = 4, .steps_per_epoch = 5, .verbose = 0});
      const auto stop_at =
          callbacks::LambdaCallback({.on_train_batch_end = [&, stop](TrainerBase& trainer, const auto&...) {
            if (trainer.progress().steps != stop) return;
            trainer.save_after_callbacks(folder / "t");
            trainer.stop();
          }});
      (void)first.fit(make(), {.epochs = 4, .steps_per_epoch = 5, .callbacks = {stop_at}, .verbose = 0});
      (void)second.load(folder / "t");
      const int epoch = static_cast<int>(second.progress().epoch);
      (void)second.fit(make(), {.epochs = 4, .initial_epoch = epoch, .steps_per_epoch = 5, .verbose = 0});
      CHECK(second.progress().steps == 20);
      CHECK(second.state().parameters() == whole.state().parameters());
    }
  }
}
