#include "copse/data/draws.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/data/dataset.hpp"
#include "copse/random/samplers.hpp"
#include "squares.hpp"

using namespace copse;
using namespace testing_data;
using testing_files::message_of;

namespace {

const data::Dataset squares{Squares{}};

// How often each sample came in so many epochs.
std::map<float, int> counts(const data::Dataset<Batch>& dataset, int epochs) {
  std::map<float, int> out;
  for (int epoch = 0; epoch < epochs; ++epoch)
    for (const float v : samples_of(dataset, epoch)) ++out[v];
  return out;
}

const std::vector<double> only_three{0, 1, 0, 0, 2, 0, 0, 0, 5, 0};

}  // namespace

TEST_CASE("weighted: samples come by their weights") {
  const auto drawn = squares.weighted(only_three, {.count = 100, .seed = 4});
  CHECK(drawn.size() == 100);
  const auto seen = counts(drawn, 80);
  CHECK(seen.size() == 3);
  // 8000 draws: five standard deviations of the binomial distribution.
  for (const auto& [sample, share] : {std::pair{1.0f, 1.0 / 8}, {4.0f, 2.0 / 8}, {8.0f, 5.0 / 8}}) {
    CHECK(std::abs(seen.at(sample) - 8000 * share) < 5 * std::sqrt(8000 * share * (1 - share)));
  }
  CHECK(samples_of(drawn, 3) == samples_of(squares.weighted(only_three, {.count = 100, .seed = 4}), 3));
  CHECK(samples_of(drawn, 3) != samples_of(drawn, 4));
  CHECK(samples_of(drawn, 3) != samples_of(squares.weighted(only_three, {.count = 100, .seed = 5}), 3));
  const auto asked = squares.weighted(
      [](const Batch& one) { return only_three[one.inputs.item<std::size_t>()]; }, {.count = 100, .seed = 4});
  CHECK(samples_of(asked, 3) == samples_of(drawn, 3));
}

TEST_CASE("weighted: without replacement each sample comes once, heavy ones first") {
  const auto drawn = squares.weighted(only_three, {.count = 3, .replace = false});
  int first = 0;
  for (int epoch = 0; epoch < 2000; ++epoch) {
    const Floats samples = samples_of(drawn, epoch);
    CHECK(sorted(samples) == Floats{1, 4, 8});
    first += samples.front() == 8;
  }
  CHECK(std::abs(first - 2000 * 5 / 8) < 5 * std::sqrt(2000 * 5.0 / 8 * 3 / 8));
  CHECK(sorted(samples_of(squares.weighted(std::vector<double>(10, 0.1), {.replace = false}), 7)) == all_ten);
}

TEST_CASE("weighted: a sample that comes again has another key") {
  const auto keyed = squares.weighted(only_three, {.count = 50}).map([](const Key& key, Batch one) {
    one.labels = random::uniform(key, {});
    return one;
  });
  std::set<float> numbers;
  for (std::int64_t i = 0; i < 50; ++i) numbers.insert(keyed.at(i, 0).labels.item<float>());
  CHECK(numbers.size() == 50);
}

TEST_CASE("weighted: weights that are none") {
  const auto message = [](std::vector<double> weights, const data::WeightedOptions& options = {}) {
    return message_of<ValueError>([&] { (void)squares.weighted(std::move(weights), options); });
  };
  CHECK(message({1, 2}) == "Dataset::weighted: 2 weights for 10 samples");
  CHECK(message({1, 2, -1, 0, 0, 0, 0, 0, 0, 0}) ==
        "Dataset::weighted: weight 2 is -1, wanted a number from 0 on");
  CHECK(message(std::vector<double>(10, std::numeric_limits<double>::quiet_NaN())).find("weight 0 is nan") !=
        std::string::npos);
  CHECK(message(std::vector<double>(10, 0)) ==
        "Dataset::weighted: the weights' sum is 0, wanted more than 0");
  CHECK(message(only_three, {.replace = false}) ==
        "Dataset::weighted: 10 samples without replacement, but 3 have a weight above 0: give a smaller "
        "`count`");
  CHECK(message(only_three, {.count = 0}) == "Dataset::weighted: count is 0, wanted 1 or more");
  CHECK_THROWS_AS(squares.shuffle(0).weighted([](const Batch&) { return 1.0; }), ValueError);
}

TEST_CASE("mix: each dataset has its share of each epoch, and all samples their turn") {
  const auto large = squares, small = squares.subset({0, 1, 2}).map([](Batch one) {
    one.inputs = one.inputs + 100.0f;
    return one;
  });
  const auto mixed = data::mix(std::vector{large, small}, {3, 1}, {.count = 8, .seed = 1});
  CHECK(mixed.size() == 8);
  Floats of_small, of_large;
  for (std::int64_t epoch = 0; epoch < 15; ++epoch) {
    int there = 0;
    for (const float v : samples_of(mixed, epoch)) {
      (v >= 100 ? of_small : of_large).push_back(v);
      there += v >= 100;
    }
    CHECK(there == 2);
  }
  for (std::size_t i = 0; i < of_small.size(); ++i) CHECK(of_small[i] == 100 + static_cast<float>(i % 3));
  for (std::size_t i = 0; i < of_large.size(); ++i) CHECK(of_large[i] == static_cast<float>(i % 10));
  CHECK(samples_of(mixed, 2) != samples_of(mixed, 3));
  CHECK(samples_of(data::mix(std::vector{large, small}, {3, 1}, {.count = 8, .seed = 1}), 9) ==
        samples_of(mixed, 9));
  CHECK(data::mix(std::vector{large, small}, {1, 1}).size() == 13);
  CHECK(samples_of(data::mix(std::vector{large, small}, {1, 0}, {.count = 10})) == all_ten);
}

TEST_CASE("mix: a sample that comes several times in an epoch has several keys") {
  const auto draw = [](const Key& key, Batch one) {
    one.labels = random::uniform(key, {});
    return one;
  };
  const auto two = squares.subset({0, 1});
  for (const auto& mixed :
       {data::mix(std::vector{squares, two}, {1, 1}, {.count = 40}).map(draw),
        data::mix(std::vector{squares.map(draw), two.map(draw, 1)}, {1, 1}, {.count = 40})}) {
    std::set<float> numbers;
    for (std::int64_t i = 0; i < 40; ++i) numbers.insert(mixed.at(i, 3).labels.item<float>());
    CHECK(numbers.size() == 40);
  }
}

TEST_CASE("mix: shares that cannot be") {
  const auto message = [](const std::vector<double>& weights, const data::MixOptions& options = {}) {
    return message_of<ValueError>([&] { (void)data::mix(std::vector{squares, squares}, weights, options); });
  };
  CHECK(message({1}) == "mix: 1 weights for 2 datasets");
  CHECK(message({1, -1}) == "mix: weight 1 is -1, wanted a number from 0 on");
  CHECK(message({0, 0}) == "mix: the weights' sum is 0, wanted more than 0");
  CHECK(message({1000, 1}) ==
        "mix: dataset 1 has 10 samples and 0 of the 20 in an epoch: give a larger `count`, or leave it out");
  CHECK(message({1, 1}, {.count = -5}) == "mix: count is -5, wanted 1 or more");
  CHECK_THROWS_AS(data::mix(std::vector<data::Dataset<Batch>>{}, {}), ValueError);
}

TEST_CASE("concat: samples of both parts have keys of their own, also of parts of others") {
  const auto both = squares.subset({9, 8}).concat(squares).map([](const Key& key, Batch one) {
    one.labels = random::uniform(key, {});
    return one;
  });
  std::set<float> numbers;
  for (std::int64_t i = 0; i < both.size(); ++i) numbers.insert(both[i].labels.item<float>());
  CHECK(numbers.size() == 12);
}
