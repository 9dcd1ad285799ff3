#include "copse/data/stream.hpp"

#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <thread>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/data/loader.hpp"
#include "copse/data/sequence.hpp"
#include "copse/random/samplers.hpp"
#include "squares.hpp"

using namespace copse;
using namespace testing_data;
using testing_files::message_of;

namespace {

// The numbers from `begin` to `end`, each sample once; counts what was read.
auto counting(int begin, int end, std::atomic<int>* read = nullptr) {
  return data::stream([=](std::int64_t) {
    return [=, at = begin, own = std::make_unique<int>(0)]() mutable -> std::optional<Batch> {
      if (at == end) return std::nullopt;
      if (read) ++*read;
      const auto i = static_cast<float>(at++);
      return Batch{Array(i), Array(i * i), {}};
    };
  });
}

Floats range(int begin, int end) {
  Floats out;
  for (int i = begin; i < end; ++i) out.push_back(static_cast<float>(i));
  return out;
}

auto noisy(std::atomic<int>* made = nullptr) {
  return counting(0, 50)
      .shuffle(3, {.buffer = 16})
      .map([made](const Key& key, Batch one) {
        if (made) ++*made;
        one.inputs = one.inputs + 0.1f * random::uniform(key, {});
        return one;
      })
      .batch(8);
}

}  // namespace

TEST_CASE("stream: batches of samples as they come, anew each epoch") {
  auto batches = counting(0, 10).batch(4);
  for (const std::int64_t epoch : {0, 1, 7}) CHECK(inputs_of(batches, epoch) == all_ten);
  CHECK(inputs_of(counting(0, 10).batch(4, {.drop_remainder = true}), 0).size() == 8);
  CHECK_FALSE(batches.batches().has_value());
  batches.start(0, 2);
  CHECK(batches.next()->inputs.to_vector<float>() == Floats{8, 9});
  CHECK_FALSE(batches.next());
  CHECK_FALSE(batches.next());
  batches.start(0, 9);
  CHECK_FALSE(batches.next());
  auto sums = counting(0, 10).batch(5, [](const std::vector<Batch>& samples) {
    float sum = 0;
    for (const Batch& one : samples) sum += one.inputs.item<float>();
    return sum;
  });
  CHECK(*sums.next() == 10);
  CHECK(*sums.next() == 35);
  // A copy has a pass of its own.
  auto copy = sums;
  CHECK(*copy.next() == 10);
  CHECK_FALSE(sums.next());
}

TEST_CASE("stream: filter, take, shard and concat") {
  const auto even = counting(0, 20).filter([](const Batch& one) { return one.inputs.item<int>() % 2 == 0; });
  CHECK(inputs_of(even.batch(3), 0) == Floats{0, 2, 4, 6, 8, 10, 12, 14, 16, 18});
  CHECK(inputs_of(even.take(3).batch(3), 0) == Floats{0, 2, 4});
  CHECK(inputs_of(even.take(0).batch(3), 0).empty());
  CHECK(inputs_of(counting(0, 10).shard(1, 4).batch(3), 0) == Floats{1, 5, 9});
  CHECK(inputs_of(counting(0, 3).concat(counting(7, 9)).batch(2), 1) == Floats{0, 1, 2, 7, 8});
  CHECK_THROWS_AS(even.shard(4, 4), ValueError);
  CHECK_THROWS_AS(even.batch(0), ValueError);
}

TEST_CASE("stream: a shuffle buffer gives each sample once, at random, as far as it goes") {
  const auto shuffled = counting(0, 100).shuffle(5, {.buffer = 10});
  const Floats first = inputs_of(shuffled.batch(7), 0), second = inputs_of(shuffled.batch(7), 1);
  CHECK(sorted(first) == range(0, 100));
  CHECK(sorted(second) == range(0, 100));
  CHECK(first != range(0, 100));
  CHECK(first != second);
  CHECK(inputs_of(counting(0, 100).shuffle(5, {.buffer = 10}).batch(3), 1) == second);
  CHECK(inputs_of(counting(0, 100).shuffle(6, {.buffer = 10}).batch(7), 0) != first);
  for (std::size_t i = 0; i < first.size(); ++i)
    CHECK(first[i] < static_cast<float>(i) + 10);  // read by then
  CHECK(inputs_of(counting(0, 100).shuffle(5, {.buffer = 1}).batch(7), 0) == range(0, 100));
  const Floats whole = inputs_of(counting(0, 100).shuffle(5, {.buffer = 1000}).batch(7), 0);
  CHECK(sorted(whole) == range(0, 100));
  CHECK(*std::max_element(whole.begin(), whole.begin() + 20) > 70);
  CHECK(message_of<ValueError>([&] { (void)shuffled.shuffle(0, {.buffer = 0}); }) ==
        "Stream::shuffle: a buffer of 0 samples, wanted 1 or more");
}

TEST_CASE("stream: only as much is read as a buffer holds") {
  std::atomic<int> read{0};
  auto batches = counting(0, 1000, &read).shuffle(0, {.buffer = 20}).batch(5);
  CHECK(batches.next());
  CHECK(read == 24);  // the last of five comes of twenty
  CHECK(batches.next());
  CHECK(read == 29);
}

TEST_CASE("stream: a resumed epoch goes on with the same samples, and makes none that was used") {
  std::atomic<int> made{0};
  auto batches = noisy(&made);
  for (const std::int64_t epoch : {0, 3}) {
    const Floats whole = inputs_of(noisy(), epoch);
    CHECK(whole.size() == 50);
    for (const std::int64_t skip : {1, 4, 6}) {
      made = 0;
      batches.start(epoch, skip);
      Floats rest;
      while (const auto batch = batches.next())
        for (const float v : batch->inputs.to_vector<float>()) rest.push_back(v);
      CHECK(rest == Floats(whole.begin() + 8 * skip, whole.end()));
      CHECK(made == 50 - 8 * skip);
    }
  }
}

TEST_CASE("stream: each sample's key is its own, whatever the order") {
  const auto draw = [](const Key& key, Batch one) {
    one.inputs = one.inputs + random::uniform(key, {});
    return one;
  };
  const Floats plain = inputs_of(counting(0, 30).map(draw).batch(7), 0);
  CHECK(std::set<float>(plain.begin(), plain.end()).size() == 30);
  CHECK(sorted(inputs_of(counting(0, 30).shuffle(1, {.buffer = 9}).map(draw).batch(4), 0)) == sorted(plain));
  CHECK(inputs_of(counting(0, 30).map(draw).batch(7), 1) != plain);
  CHECK(inputs_of(counting(0, 30).map(draw, 5).batch(7), 0) != plain);
  const Floats twice = inputs_of(counting(0, 5).concat(counting(0, 5)).map(draw).batch(10), 0);
  CHECK(std::set<float>(twice.begin(), twice.end()).size() == 10);
}

TEST_CASE("stream: padding and buckets") {
  const Ints lengths{5, 1, 9, 2, 6, 30, 8, 1, 12, 3, 7, 2, 4};
  const auto sequences = data::stream([=](std::int64_t) {
    return [at = std::int64_t{0}, all = Sequences{lengths}]() mutable -> std::optional<Batch> {
      return at < all.size() ? std::optional(all[at++]) : std::nullopt;
    };
  });
  auto plain =
      data::Dataset{Sequences{lengths}}.map(data::with_lengths).batch(3, {.pad = 0, .buckets = {4, 8}});
  auto batches = sequences.map(data::with_lengths).batch(3, {.pad = 0, .buckets = {4, 8}});
  for (int i = 0; i < 5; ++i) {
    const auto mine = batches.next(), wanted = plain.next();
    CHECK(LeafTraits<Array>::equal(mine->inputs.values, wanted->inputs.values));
    CHECK(LeafTraits<Array>::equal(mine->inputs.lengths, wanted->inputs.lengths));
    CHECK(LeafTraits<Array>::equal(mine->labels, wanted->labels));
  }
  CHECK_FALSE(batches.next());
  CHECK_FALSE(plain.next());
  auto dropped = sequences.batch(3, {.drop_remainder = true, .pad = 0, .buckets = {4, 8}});
  int count = 0;
  while (dropped.next()) ++count;
  CHECK(count == 4);
  CHECK_THROWS_AS(sequences.batch(3, {.buckets = {2, 2}}), ValueError);
}

TEST_CASE("Loader of a stream: the same batches in order for any number of workers, from any place") {
  const Floats first = inputs_of(noisy(), 0), second = inputs_of(noisy(), 1);
  for (const int workers : {0, 1, 3}) {
    for (const int prefetch : {0, 1, 5}) {
      data::Loader loader{noisy(), {.workers = workers, .prefetch = prefetch}};
      CHECK(inputs_of(loader, 1) == second);
      CHECK_FALSE(loader.next());
      CHECK(inputs_of(loader, 0) == first);
      loader.start(1, 6);
      CHECK(loader.next()->inputs.to_vector<float>() == Floats(second.end() - 2, second.end()));
      CHECK_FALSE(loader.next());
      loader.start(0, 0);  // broken off
      CHECK(loader.next());
      CHECK(inputs_of(loader, 1) == second);
      CHECK_FALSE(loader.batches().has_value());
    }
  }
  CHECK_THROWS_AS(data::Loader{noisy()}.size(), ValueError);
}

TEST_CASE("Loader of a stream: what reading or making throws surfaces as itself, and the loader goes on") {
  const auto reading = data::stream([](std::int64_t) {
    return [at = 0]() mutable -> std::optional<Batch> {
      if (at == 10) return std::nullopt;
      if (at++ == 4) throw std::domain_error("four");
      return Batch{Array(static_cast<float>(at - 1)), {}, {}};
    };
  });
  const auto making = counting(0, 10).map([](Batch one) {
    if (one.inputs.item<float>() == 4.0f) throw std::domain_error("four");
    return one;
  });
  for (const auto& batches : {reading.batch(2), making.batch(2)}) {
    for (const int workers : {0, 1, 2}) {
      data::Loader loader{batches, {.workers = workers}};
      for (int round = 0; round < 3; ++round) {
        loader.start(round);
        CHECK(loader.next()->inputs.to_vector<float>() == Floats{0, 1});
        CHECK(loader.next()->inputs.to_vector<float>() == Floats{2, 3});
        CHECK_THROWS_AS(loader.next(), std::domain_error);
        CHECK(loader.next()->inputs.shape(0) == 2);
      }
    }
  }
}

TEST_CASE("batches are mapped whole, each with a key of its own") {
  const auto draw = [](const Key& key, Batch batch) {
    batch.labels = random::uniform(key, batch.inputs.shape());
    return batch;
  };
  const auto drawn = [](auto batches, std::int64_t epoch, std::int64_t skip) {
    std::vector<Floats> out;
    batches.start(epoch, skip);
    while (const auto batch = batches.next()) out.push_back(batch->labels.template to_vector<float>());
    return out;
  };
  const auto check = [&](const auto& batches) {
    const auto all = drawn(batches, 2, 0);
    CHECK(all.size() == 4);
    CHECK(std::set<Floats>(all.begin(), all.end()).size() == 4);
    CHECK(drawn(batches, 2, 3) == std::vector<Floats>{all[3]});
    CHECK(drawn(batches, 3, 0) != all);
    CHECK(drawn(batches.map(draw), 2, 0) != all);  // a second map has other keys
    data::Loader loader{batches, {.workers = 2}};
    loader.start(2);
    for (const Floats& one : all) CHECK(loader.next()->labels.template to_vector<float>() == one);
  };
  check(data::Dataset{Squares{}}.batch(3).map(draw));
  check(counting(0, 10).batch(3).map(draw));
  CHECK(data::Dataset{Squares{}}.batch(3).map(draw).samples() == 10);
  CHECK(data::Dataset{Squares{}}
            .batch(3)
            .map([](const Batch& batch) { return batch.inputs.shape(0); })
            .at(0, 3) == 1);
}

TEST_CASE("Loader of samples: batches of the size that is given") {
  data::Loader samples{data::Dataset{Squares{}}.shuffle(1), {.batch_size = 4, .workers = 2}};
  data::Loader batches{data::Dataset{Squares{}}.shuffle(1).batch(4)};
  CHECK(inputs_of(samples, 1) == inputs_of(batches, 1));
  CHECK(samples.size() == 3);
  data::Loader stream{counting(0, 10), {.batch_size = 3}};
  stream.start(0);
  CHECK(stream.next()->inputs.to_vector<float>() == Floats{0, 1, 2});
  CHECK(data::Loader{counting(0, 100)}.next()->inputs.shape(0) == 32);
  CHECK(message_of<ValueError>([] {
          (void)data::Loader{data::Dataset{Squares{}}.batch(4), {.batch_size = 4}};
        }) == "Loader: a batch_size of 4 for batches that are made already: give it samples");
}

TEST_CASE("Loader: what workers do stays on their threads, and leaves the pool to others") {
  std::atomic<int> elsewhere{0};
  const auto watched = data::Dataset{Squares{}}.batch(2).map([&](Batch batch) {
    const auto mine = std::this_thread::get_id();
    parallel_for(1000, 1,
                 [&](std::int64_t, std::int64_t) { elsewhere += std::this_thread::get_id() != mine; });
    return batch;
  });
  data::Loader loader{watched, {.workers = 1}};
  CHECK(inputs_of(loader, 0) == all_ten);
  CHECK(elsewhere == 0);
}
