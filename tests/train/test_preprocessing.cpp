// Layers that have learned from data, in a training: their states stay, and are part of checkpoints.
#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/data.hpp"
#include "networks.hpp"

using namespace copse;
using namespace testing_train;
using namespace testing_files;

namespace {

struct Scaled {
  nn::Normalization normalize{};
  nn::Linear logits{2};
  Array operator()(Scope& scope, const Array& x) { return logits(scope, normalize(scope, x)); }
};

// Inputs that no network can learn from as they are.
const Array& large() {
  static const Array x = inputs() * array({1e4, 1e-4}) + array({3e5, 0.0});
  return x;
}

// Predicts from the mean of a sequence, without what pads it.
struct OfMean {
  nn::Linear out{1};
  Array operator()(Scope& scope, const data::Sequence& x) {
    const Array there = astype(x.mask(), DType::float32);
    const Array mean = sum(x.values * there, 1) / astype(x.lengths, DType::float32);
    return out(scope, expand_dims(mean, 1));
  }
};

// Sequences of 1 to 9 numbers; the label is twice their mean.
struct Numbered {
  std::int64_t size() const { return 60; }
  Batch operator[](std::int64_t i) const {
    const Array values = random::normal(random::key(i), {1 + i % 9});
    return {values, reshape(2.0f * mean(values), {1}), {}};
  }
};

Trainer<Scaled> trainer_of(const nn::Normalization& layer) { return Trainer{Scaled{layer}, net_options()}; }

}  // namespace

TEST_CASE("Normalization in a training: its statistics stay, and are loaded with the module") {
  const Folder folder;
  nn::Normalization layer;
  layer.adapt(data::arrays(large(), classes()));
  auto trainer = trainer_of(layer);
  const auto history = trainer.fit(data::arrays(large(), classes()), {.epochs = 3, .verbose = 0});
  CHECK(history["loss"].back() < history["loss"].front());
  const auto same = [](const Array& a, const Array& b) { return LeafTraits<Array>::equal(a, b); };
  CHECK(same(trainer.state()->normalize.mean, layer.mean));
  CHECK(same(trainer.state()->normalize.var, layer.var));
  trainer.save(folder / "model");

  auto fresh = trainer_of({});  // it has not seen any data
  (void)fresh.load(folder / "model");
  CHECK(same(fresh.state()->normalize.mean, layer.mean));
  CHECK(same(fresh.predict(large()), trainer.predict(large())));

  auto other = trainer_of({.axis = {}});
  CHECK_THROWS_AS(other.load(folder / "model"), TreeError);
}

TEST_CASE("sequences of several lengths: a model sees their masks, and what pads them has no influence") {
  const auto sequences = data::Dataset{Numbered{}}.map(data::with_lengths);
  Trainer trainer{OfMean{}, {.optimizer = optim::adam(0.1), .losses = {losses::MeanSquaredError{}}}};
  const auto history =
      trainer.fit(sequences.shuffle(1).batch(8, {.pad = 0, .buckets = {3, 6}}), {.epochs = 40, .verbose = 0});
  CHECK(history["loss"].back() < 0.01);
  const Array zeros_behind = trainer.predict(sequences.batch(8, {.pad = 0}));
  const Array others_behind = trainer.predict(sequences.batch(8, {.pad = 99, .pad_multiple = 16}));
  CHECK(zeros_behind.shape() == Shape{60, 1});
  CHECK(max(abs(zeros_behind - others_behind)).item<float>() < 1e-5f);
  CHECK(trainer.evaluate(sequences.batch(60, {.pad = 5}), {.verbose = 0})["loss"] < 0.01);
}
