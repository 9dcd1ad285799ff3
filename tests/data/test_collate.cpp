#include "copse/data/collate.hpp"

#include <map>
#include <set>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/data/loader.hpp"
#include "copse/data/sequence.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random/samplers.hpp"
#include "squares.hpp"

using namespace copse;
using namespace testing_data;
using testing_files::message_of;

namespace {

const data::Dataset ragged{Sequences{{3, 1, 2, 0, 2}}};

// Lengths of the samples of each batch of an epoch, which their labels tell.
template <class Batches>
std::vector<Ints> lengths_in(Batches batches, const Ints& lengths, std::int64_t epoch = 0) {
  std::vector<Ints> out;
  for (const auto& batch : batches.epoch(epoch)) {
    out.emplace_back();
    for (const std::int64_t i : batch.labels.template to_vector<std::int64_t>())
      out.back().push_back(lengths[static_cast<std::size_t>(i)]);
  }
  return out;
}

}  // namespace

TEST_CASE("batch: pads to the longest sample of each batch") {
  auto batches = ragged.batch(3, {.pad = -1});
  const auto first = *batches.next();
  CHECK(first.inputs.shape() == Shape{3, 3});
  CHECK(first.inputs.to_vector<float>() == Floats{0, 0, 0, 1, -1, -1, 2, 2, -1});
  CHECK(first.labels.to_vector<int>() == std::vector<int>{0, 1, 2});
  const auto second = *batches.next();
  CHECK(second.inputs.shape() == Shape{2, 2});
  CHECK(second.inputs.to_vector<float>() == Floats{-1, -1, 4, 4});
  CHECK_FALSE(batches.next());
}

TEST_CASE("batch: pads axes of any number, each array with its number") {
  using Sample = std::map<std::string, Array>;
  const std::vector<Sample> samples = {
      {{"image", reshape(arange(6), {2, 3})}, {"label", array(std::vector<int>{1})}, {"one", ones({2})}},
      {{"image", reshape(arange(4), {4, 1})}, {"label", array(std::vector<int>{2, 3})}, {"one", zeros({2})}}};
  const data::Dataset dataset{samples};
  const auto batch = *dataset.batch(2, {.pad_parts = {{"image", 9}, {"label", -100}}}).next();
  CHECK(batch.at("image").shape() == Shape{2, 4, 3});
  CHECK(batch.at("image").to_vector<int>() ==
        std::vector<int>{0, 1, 2, 3, 4, 5, 9, 9, 9, 9, 9, 9, 0, 9, 9, 1, 9, 9, 2, 9, 9, 3, 9, 9});
  CHECK(batch.at("label").dtype() == DType::int32);
  CHECK(batch.at("label").to_vector<int>() == std::vector<int>{1, -100, 2, 3});
  CHECK(batch.at("one").shape() == Shape{2, 2});
  const auto multiple =
      *dataset.batch(2, {.pad_parts = {{"image", 0}, {"label", 0}}, .pad_multiple = 8}).next();
  CHECK(multiple.at("image").shape() == Shape{2, 8, 3});
  CHECK(multiple.at("label").shape() == Shape{2, 8});
  CHECK(multiple.at("one").shape() == Shape{2, 2});
}

TEST_CASE("batch: lengths and masks of what is padded") {
  auto batches = ragged.map(data::with_lengths).batch(3, {.pad = 0, .pad_multiple = 4});
  const BatchOf<data::Sequence> batch = *batches.next();
  CHECK(batch.inputs.values.shape() == Shape{3, 4});
  CHECK(batch.inputs.lengths.to_vector<int>() == std::vector<int>{3, 1, 2});
  CHECK(batch.inputs.lengths.dtype() == DType::int32);
  const Array mask = batch.inputs.mask();
  CHECK(mask.dtype() == DType::bool_);
  CHECK(mask.shape() == Shape{3, 4});
  CHECK(mask.to_vector<int>() == std::vector<int>{1, 1, 1, 0, 1, 0, 0, 0, 1, 1, 0, 0});
  CHECK(data::sequence(ones({3, 2})).mask().to_vector<int>() == std::vector<int>{1, 1, 1});
  CHECK_THROWS_AS(data::sequence(Array(1.0f)), ShapeError);
  CHECK_THROWS_AS((data::Sequence{ones({3}), ones({3}, DType::int32)}.mask()), ShapeError);
}

TEST_CASE("batch: what cannot be padded") {
  CHECK(message_of<ShapeError>([] { (void)ragged.batch(3).next(); }) ==
        "Dataset::batch: the first sample is float32(3,), another one float32(1,): they cannot be stacked; "
        "`pad` pads "
        "them to one shape");
  const auto of_axes = ragged.map([](Batch one) {
    if (one.labels.item<int>() == 1) one.inputs = ones({1, 1});
    return one;
  });
  CHECK(message_of<ShapeError>([&] { (void)of_axes.batch(3, {.pad = 0}).next(); }) ==
        "Dataset::batch: inputs is float32(3,) in the first sample and float32(1, 1) in another one: samples "
        "are padded "
        "to one shape if they have one dtype and as many axes");
  CHECK(message_of<ValueError>([] {
          (void)ragged.batch(3, {.pad_parts = {{"input", 0}}}).next();
        }) == "Dataset::batch: pad_parts has 'input', but samples have (inputs, labels)");
  CHECK(message_of<ValueError>([] {
          (void)ragged.batch(3, {.pad = 0, .pad_parts = {{"labels", 0.5}}}).next();
        }) == "Dataset::batch: labels is int32, which cannot be padded with 0.5");
  CHECK_THROWS_AS(ragged.batch(3, {.pad = 0, .pad_multiple = 0}), ValueError);
  CHECK_THROWS_AS(ragged.batch(3, {.pad_multiple = 8}), ValueError);
  CHECK_THROWS_AS(ragged.batch(3, [](const std::vector<Batch>& all) { return all.front(); }, {.pad = 0}),
                  ValueError);
  const auto some = ragged.map([](Batch one) {
    if (one.labels.item<int>() == 2) one.labels = {};
    return one;
  });
  CHECK(message_of<ShapeError>([&] { (void)some.batch(5, {.pad = 0}).next(); }) ==
        "Dataset::batch: 4 of 5 samples have an array that the first sample has: all or none must have it");
}

TEST_CASE("batch: buckets put samples of similar lengths together") {
  const Ints lengths{5, 1, 9, 2, 6, 30, 8, 1, 12, 3, 7, 2, 4};
  const data::Dataset dataset{Sequences{lengths}};
  const auto batches = dataset.batch(3, {.pad = 0, .buckets = {4, 8}});
  // As buckets get full; then what is left, by length.
  CHECK(lengths_in(batches, lengths) == std::vector<Ints>{{5, 6, 8}, {1, 2, 1}, {9, 30, 12}, {3, 2, 4}, {7}});
  CHECK(batches.batches() == 5);
  CHECK(batches.samples() == 13);
  CHECK(dataset.batch(3, {.drop_remainder = true, .pad = 0, .buckets = {4, 8}}).batches() == 4);
  // A length of one's own: here the samples with labels below 7 are short.
  const auto own = dataset.batch(7, {.pad = 0, .buckets = {6}, .length = [](const Batch& one) {
                                       return one.labels.item<std::int64_t>();
                                     }});
  CHECK(lengths_in(own, lengths) == std::vector<Ints>{{5, 1, 9, 2, 6, 30, 8}, {1, 12, 3, 7, 2, 4}});
  CHECK_THROWS_AS(dataset.batch(3, {.pad = 0, .buckets = {8, 4}}), ValueError);
}

TEST_CASE("batch: buckets of shuffled samples have each once, and are repeatable for any workers") {
  Ints lengths;
  for (int i = 0; i < 200; ++i) lengths.push_back(1 + i * 37 % 50);
  const auto batches = data::Dataset{Sequences{lengths}}
                           .shuffle(3)
                           .map(data::with_lengths)
                           .batch(8, {.pad = 0, .buckets = {10, 20, 30, 40}});
  std::vector<std::vector<Ints>> epochs;
  for (const std::int64_t epoch : {0, 1}) {
    epochs.push_back(lengths_in(batches, lengths, epoch));
    std::multiset<std::int64_t> all;
    std::int64_t padding = 0;
    for (const Ints& batch : epochs.back()) {
      const std::int64_t most = *std::max_element(batch.begin(), batch.end());
      for (const std::int64_t length : batch) {
        all.insert(length);
        padding += most - length;
      }
    }
    CHECK(all == std::multiset<std::int64_t>(lengths.begin(), lengths.end()));
    CHECK(padding < 200 * 6);  // without buckets about 20 each
  }
  CHECK(epochs[0] != epochs[1]);
  for (const int workers : {0, 2}) {
    data::Loader loader{batches, {.workers = workers}};
    auto plain = batches;
    loader.start(1, 5);
    plain.start(1, 5);
    while (const auto batch = plain.next()) {
      const auto other = loader.next();
      CHECK(LeafTraits<Array>::equal(batch->inputs.values, other->inputs.values));
      CHECK(LeafTraits<Array>::equal(batch->labels, other->labels));
    }
    CHECK_FALSE(loader.next());
  }
}

TEST_CASE("sequence: reversed, padding stays behind") {
  const data::Sequence text{array({{1, 2, 3, 0}, {4, 0, 0, 0}, {5, 6, 7, 8}, {0, 0, 0, 0}}),
                            array({3, 1, 4, 0})};
  const data::Sequence back = text.reversed();
  CHECK(back.values.to_vector<int>() == std::vector<int>{3, 2, 1, 0, 4, 0, 0, 0, 8, 7, 6, 5, 0, 0, 0, 0});
  CHECK(array_equal(back.lengths, text.lengths));
  CHECK(array_equal(back.reversed().values, text.values));
  const Array vectors = stack({text.values, -text.values}, -1);  // elements may have dimensions
  CHECK(array_equal(data::Sequence{vectors, text.lengths}.reversed().values,
                    stack({back.values, -back.values}, -1)));
  CHECK(array_equal(data::sequence(arange(3)).reversed().values, array({2, 1, 0})));
  CHECK_FALSE(message_of<ShapeError>([] { (void)data::Sequence{arange(3), arange(3)}.reversed(); }).empty());
}
