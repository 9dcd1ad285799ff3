#include "copse/data/dataset.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <thread>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/data/loader.hpp"
#include "copse/io/npy.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random/samplers.hpp"
#include "squares.hpp"

using namespace copse;
using namespace testing_data;

namespace {

auto noisy() {
  return data::Dataset{Squares{}}
      .shuffle(3)
      .map([](const Key& key, Batch one) {
        one.inputs = one.inputs + 0.1f * random::uniform(key, {});
        return one;
      })
      .batch(4);
}

}  // namespace

TEST_CASE("Dataset: batches stack samples; the last is smaller, or left out") {
  auto batches = data::Dataset{Squares{}}.batch(4);
  std::vector<std::int64_t> sizes;
  for (const Batch& batch : batches.epoch(0)) {
    sizes.push_back(batch.inputs.shape(0));
    CHECK(batch.labels.shape(0) == batch.inputs.shape(0));
    CHECK_FALSE(batch.sample_weight.has_value());
  }
  CHECK(sizes == std::vector<std::int64_t>{4, 4, 2});
  CHECK(batches.batches() == 3);
  CHECK(batches.samples() == 10);
  CHECK(data::Dataset{Squares{}}.batch(4, {.drop_remainder = true}).batches() == 2);
  CHECK(inputs_of(batches, 5) == all_ten);
  batches.start(0, 2);
  CHECK(batches.next()->inputs.to_vector<float>() == Floats{8, 9});
  CHECK_FALSE(batches.next());
  CHECK_THROWS_AS(data::Dataset{Squares{}}.batch(0), ValueError);

  auto sums = data::Dataset{Squares{}}.batch(5, [](const std::vector<Batch>& samples) {
    float sum = 0;
    for (const Batch& one : samples) sum += one.inputs.item<float>();
    return sum;
  });
  CHECK(*sums.next() == 10);
  CHECK(*sums.next() == 35);

  auto ragged = data::Dataset{Squares{}}
                    .map([](Batch one) {
                      one.inputs = zeros({one.inputs.item<std::int64_t>()});
                      return one;
                    })
                    .batch(2);
  CHECK_THROWS_AS(ragged.next(), ShapeError);
}

TEST_CASE("Dataset: the order of an epoch is that of seed and epoch alone") {
  const auto shuffled = data::Dataset{Squares{}}.shuffle(3);
  const Floats first = samples_of(shuffled, 0), second = samples_of(shuffled, 1);
  CHECK(first != second);
  CHECK(sorted(first) == all_ten);
  CHECK(sorted(second) == all_ten);
  CHECK(samples_of(data::Dataset{Squares{}}.shuffle(3), 1) == second);
  CHECK(samples_of(data::Dataset{Squares{}}.shuffle(4), 1) != second);
}

TEST_CASE("Dataset: arrays give the batches that ArrayBatches cuts") {
  const Array x = reshape(arange(30), {10, 3}), y = arange(10);
  auto batches = data::arrays(x, y).shuffle(7).batch(4);
  data::ArrayBatches<Batch> cut(Batch{x, y, {}}, {.batch_size = 4, .shuffle = true, .seed = 7});
  for (const std::int64_t epoch : {0, 1}) {
    batches.start(epoch);
    for (const Batch& batch : cut.epoch(epoch)) {
      const auto mine = batches.next();
      CHECK(LeafTraits<Array>::equal(mine->inputs, batch.inputs));
      CHECK(LeafTraits<Array>::equal(mine->labels, batch.labels));
    }
    CHECK_FALSE(batches.next());
  }
  CHECK(data::arrays(x, y)[2].inputs.to_vector<int>() == std::vector<int>{6, 7, 8});
  CHECK(data::arrays(x, y)[2].labels.shape() == Shape{});
  CHECK_THROWS_AS(data::arrays(x, arange(9)), ShapeError);
  CHECK_THROWS_AS(data::arrays(x, y)[10], ValueError);
}

TEST_CASE("Dataset: samples of mapped files are those of the arrays in them") {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("copse-test-mapped-" + std::to_string(::getpid()) + ".npy");
  const Array x = reshape(arange(60'000), {200, 3, 100});
  io::save_npy(path, x, {.durable = false});
  {
    const Array mapped = io::map_npy(path);
    const Array part = data::rows(mapped, 20, 180);  // in memory
    const std::vector<std::int64_t> positions{199, 0, 0, 57};
    CHECK(LeafTraits<Array>::equal(data::gather(mapped, positions), data::gather(x, positions)));
    CHECK(LeafTraits<Array>::equal(part, data::rows(x, 20, 180)));
    CHECK(LeafTraits<Array>::equal(data::rows(mapped, 7, 7), data::rows(x, 7, 7)));
    for (const bool shuffle : {false, true}) {
      const auto batches = [&](const Array& samples) {
        const auto dataset = data::arrays(Batch{samples, {}, {}});
        return (shuffle ? dataset.shuffle(1) : dataset).batch(32);
      };
      auto there = batches(mapped), here = batches(x);
      while (const auto batch = here.next()) {
        CHECK(LeafTraits<Array>::equal(there.next()->inputs, batch->inputs));
      }
    }
  }
  std::filesystem::remove(path);
}

TEST_CASE("Dataset: each sample's key is its own") {
  const auto keys = [](const auto& dataset, std::int64_t epoch) {
    std::set<std::pair<float, float>> out;  // sample, and what was drawn for it
    for (std::int64_t i = 0; i < dataset.size(); ++i) {
      const Batch one = dataset.at(i, epoch);
      out.emplace(one.inputs.template item<float>(), one.labels.template item<float>());
    }
    return out;
  };
  const auto draw = [](const Key& key, Batch one) {
    one.labels = random::uniform(key, {});
    return one;
  };
  const data::Dataset squares{Squares{}};
  const auto plain = keys(squares.map(draw), 0);
  CHECK(keys(squares.shuffle(3).map(draw), 0) == plain);  // whatever the order
  CHECK(keys(squares.map(draw).shuffle(5), 0) == plain);
  CHECK(keys(squares.map(draw), 1) != plain);
  CHECK(keys(squares.map(draw, 1), 0) != plain);
  CHECK(keys(squares.map([](Batch one) { return one; }).map(draw), 0) != plain);
  std::set<float> drawn;
  for (const auto& [sample, number] : plain) drawn.insert(number);
  CHECK(drawn.size() == 10);
}

TEST_CASE("Dataset: filter, subset, shard, concat and cache") {
  const data::Dataset squares{Squares{}};
  const auto even = squares.filter([](const Batch& one) { return one.inputs.item<int>() % 2 == 0; });
  CHECK(samples_of(even) == Floats{0, 2, 4, 6, 8});
  CHECK(samples_of(squares.subset({9, 0, 0})) == Floats{9, 0, 0});
  CHECK(samples_of(squares.shard(1, 4)) == Floats{1, 5, 9});
  CHECK(samples_of(even.concat(squares.shard(0, 5))) == Floats{0, 2, 4, 6, 8, 0, 5});
  CHECK(inputs_of(even.concat(even).shuffle(0).batch(3), 0).size() == 10);
  std::atomic<int> made{0};
  const auto cached = squares
                          .map([&](Batch one) {
                            ++made;
                            return one;
                          })
                          .cache();
  CHECK(samples_of(cached) == all_ten);
  CHECK(samples_of(cached, 1) == all_ten);
  CHECK(made == 10);
  CHECK_THROWS_AS(squares.shuffle(0).cache(), ValueError);
  CHECK_THROWS_AS(squares.shuffle(0).filter([](const Batch&) { return true; }), ValueError);
  CHECK_THROWS_AS(squares.subset({10}), ValueError);
  CHECK_THROWS_AS(squares.shard(4, 4), ValueError);
}

TEST_CASE("Loader: the same batches in order for any number of workers, from any place") {
  const Floats first = inputs_of(noisy(), 0), second = inputs_of(noisy(), 1);
  CHECK(first != second);
  for (const int workers : {0, 1, 3}) {
    for (const int prefetch : {0, 1, 5}) {
      data::Loader loader{noisy(), {.workers = workers, .prefetch = prefetch}};
      CHECK(inputs_of(loader, 1) == second);
      CHECK(inputs_of(loader, 0) == first);
      loader.start(1, 2);
      CHECK(loader.next()->inputs.to_vector<float>() == Floats(second.end() - 2, second.end()));
      CHECK_FALSE(loader.next());
      loader.start(0, 0);  // broken off
      CHECK(loader.next());
      CHECK(inputs_of(loader, 1) == second);
    }
  }
  CHECK_THROWS_AS((data::Loader{noisy(), {.workers = -1}}), ValueError);
}

TEST_CASE("Loader: what a worker throws surfaces as itself, in its place, and the loader goes on") {
  const auto failing = data::Dataset{Squares{}}
                           .map([](Batch one) {
                             if (one.inputs.item<float>() == 7.0f) throw std::domain_error("seven");
                             return one;
                           })
                           .batch(2);
  for (const int workers : {0, 1, 2}) {
    data::Loader loader{failing, {.workers = workers}};
    for (int round = 0; round < 3; ++round) {
      loader.start(round);
      for (int i = 0; i < 3; ++i) CHECK(loader.next());
      CHECK_THROWS_AS(loader.next(), std::domain_error);
      CHECK(loader.next()->inputs.to_vector<float>() == Floats{8, 9});
      CHECK_FALSE(loader.next());
    }
  }
}

TEST_CASE("Loader: workers work ahead, but not further than they may, and end with the loader") {
  std::atomic<int> made{0};
  const auto slow = data::Dataset{Squares{}}
                        .map([&](Batch one) {
                          ++made;
                          std::this_thread::sleep_for(std::chrono::milliseconds(1));
                          return one;
                        })
                        .batch(1);
  {
    data::Loader loader{slow, {.workers = 2, .prefetch = 1}};
    loader.start(0);
    for (int i = 0; i < 500 && made < 3; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(made == 3);
    CHECK(loader.next());
  }
  const int then = made;
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(made == then);
}
