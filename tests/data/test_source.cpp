#include "copse/data/source.hpp"

#include <algorithm>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/data/batch.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"

using namespace copse;

namespace {

std::vector<int> ints(const Array& a) { return a.to_vector<int>(); }

// The batches of an epoch, one after the other.
template <class S>
std::vector<int> all(S& source, std::int64_t epoch, std::int64_t skip = 0) {
  std::vector<int> out;
  source.start(epoch, skip);
  while (const auto batch = source.next()) {
    for (const int i : ints(*batch)) out.push_back(i);
  }
  return out;
}

std::vector<int> range(int n) { return ints(arange(n)); }

}  // namespace

TEST_CASE("batches of arrays: equal slices, and a smaller last one") {
  data::ArrayBatches batches{arange(100), {.batch_size = 32}};
  CHECK(batches.batches() == 4);
  CHECK(batches.samples() == 100);
  std::vector<std::int64_t> sizes;
  for (const Array& batch : batches.epoch(0)) sizes.push_back(batch.size());
  CHECK(sizes == std::vector<std::int64_t>{32, 32, 32, 4});
  CHECK(all(batches, 0) == range(100));
  CHECK(all(batches, 5) == range(100));

  data::ArrayBatches whole{arange(65), {.batch_size = 10, .drop_remainder = true}};
  CHECK(whole.batches() == 6);
  CHECK(whole.samples() == 60);
  CHECK(all(whole, 0) == range(60));
}

TEST_CASE("batches of arrays: bad sizes are refused") {
  CHECK_THROWS_AS((data::ArrayBatches{arange(10), {.batch_size = 0}}), ValueError);
  CHECK_THROWS_AS((data::ArrayBatches{arange(0), {}}), ValueError);
  CHECK_THROWS_AS((data::ArrayBatches{arange(10), {.batch_size = 32, .drop_remainder = true}}), ValueError);
}

TEST_CASE("batches of arrays: shuffled by seed and epoch, all parts alike") {
  data::ArrayBatches batches{Batch{arange(100), arange(100), {}},
                             {.batch_size = 10, .shuffle = true, .seed = 3}};
  std::vector<std::vector<int>> epochs;
  for (int epoch = 0; epoch < 3; ++epoch) {
    std::vector<int> seen;
    for (const Batch& batch : batches.epoch(epoch)) {
      CHECK(ints(batch.inputs) == ints(batch.labels));
      for (const int i : ints(batch.inputs)) seen.push_back(i);
    }
    epochs.push_back(seen);
    std::sort(seen.begin(), seen.end());
    CHECK(seen == range(100));
  }
  CHECK(epochs[0] != epochs[1]);
  CHECK(epochs[1] != epochs[2]);

  // Begun anew within an epoch: the same from there.
  data::ArrayBatches later{arange(100), {.batch_size = 10, .shuffle = true, .seed = 3}};
  CHECK(all(later, 2) == epochs[2]);
  CHECK(all(later, 2, 4) == std::vector<int>(epochs[2].begin() + 40, epochs[2].end()));
  CHECK(all(later, 2, 99).empty());
}

TEST_CASE("batches of arrays: with a number of steps, epochs go on where the last one ended") {
  data::ArrayBatches batches{arange(10), {.batch_size = 3, .steps = 3}};  // passes have 4 batches
  CHECK(batches.batches() == 3);
  CHECK_FALSE(batches.samples().has_value());
  CHECK(all(batches, 0) == range(9));
  CHECK(all(batches, 1) == std::vector<int>{9, 0, 1, 2, 3, 4, 5});
  data::ArrayBatches shuffled{arange(10), {.batch_size = 3, .shuffle = true, .seed = 1, .steps = 8}};
  auto seen = all(shuffled, 0);  // two passes
  CHECK(seen.size() == 20);
  std::sort(seen.begin(), seen.begin() + 10);
  CHECK(std::vector<int>(seen.begin(), seen.begin() + 10) == range(10));
}

TEST_CASE("batches that are there already, and generated ones") {
  data::ListedBatches<Array> listed({arange(2), arange(3)});
  CHECK(listed.batches() == 2);
  CHECK(all(listed, 0) == std::vector<int>{0, 1, 0, 1, 2});
  CHECK(all(listed, 1) == std::vector<int>{0, 1, 0, 1, 2});
  CHECK_THROWS_AS(data::ListedBatches<Array>({}), ValueError);

  int count = 0;
  data::GeneratedBatches<Array> generated([&]() -> std::optional<Array> {
    if (++count % 4 == 0) return std::nullopt;
    return Array(count) + zeros({1}, DType::int32);
  });
  CHECK_FALSE(generated.batches().has_value());
  CHECK(all(generated, 0) == std::vector<int>{1, 2, 3});
  CHECK(all(generated, 1, 1) == std::vector<int>{6, 7});
}

TEST_CASE("how many samples a batch has") {
  CHECK(data::batch_length(Batch{zeros({5, 2}), {}, {}}) == 5);
  CHECK(data::batch_length(std::pair{Array(), zeros({3})}) == 3);
  CHECK(data::batch_length(Array(1.0f)) == 1);
  CHECK(data::batch_length(7) == 1);
}

TEST_CASE("sources that have been moved from throw, and those that they were moved to go on") {
  data::ArrayBatches arrays{arange(10), {.batch_size = 4, .shuffle = true}};
  (void)arrays.next();
  auto rest = std::move(arrays);
  CHECK_THROWS_AS(arrays.next(), ValueError);
  CHECK_THROWS_AS(arrays.start(1), ValueError);
  CHECK(rest.next()->size() == 4);
  arrays = data::ArrayBatches{arange(6), {.batch_size = 4}};
  CHECK(arrays.next()->size() == 4);

  data::ListedBatches<Array> listed{std::vector{ones({2}), ones({3})}};
  (void)listed.next();
  auto listed_rest = std::move(listed);
  CHECK_THROWS_AS(listed.next(), ValueError);
  CHECK(listed_rest.next()->size() == 3);

  data::GeneratedBatches<Array> generated{[] { return std::optional{ones({2})}; }};
  auto generated_rest = std::move(generated);
  CHECK_THROWS_AS(generated.next(), ValueError);
  CHECK_THROWS_AS(generated.start(0, 1), ValueError);
  CHECK(generated_rest.next()->size() == 2);
}

TEST_CASE("batch sizes and steps as large as the integer type allows") {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t size : {most, most - 1, std::int64_t{1} << 62, std::int64_t{10}}) {
    data::ArrayBatches all{arange(10), {.batch_size = size}};
    CHECK(all.batches() == 1);
    CHECK(all.samples() == 10);
    CHECK(all.next()->size() == 10);
    CHECK_FALSE(all.next().has_value());
  }
  CHECK_THROWS_AS((data::ArrayBatches{arange(10), {.batch_size = most, .drop_remainder = true}}), ValueError);
  data::ArrayBatches endless{arange(10), {.batch_size = 4, .steps = most}};
  CHECK(endless.next()->size() == 4);
  CHECK_THROWS_AS(endless.start(2), ShapeError);
}
