#include "copse/data/samples.hpp"

#include <algorithm>
#include <map>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/data/batch.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/shaping.hpp"

using namespace copse;

namespace {

std::vector<int> ints(const Array& a) { return a.to_vector<int>(); }

template <class F>
std::string shape_error(F f) {
  try {
    f();
  } catch (const ShapeError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("samples: gathered and sliced along the first axis, in all parts") {
  const Batch batch{reshape(arange(12), {4, 3}), arange(4), {}};
  CHECK(data::sample_count(batch, "f") == 4);
  const std::vector<std::int64_t> positions{3, 0, 3};
  const Batch gathered = data::gather_samples(batch, positions);
  CHECK(ints(gathered.inputs) == std::vector<int>{9, 10, 11, 0, 1, 2, 9, 10, 11});
  CHECK(ints(gathered.labels) == std::vector<int>{3, 0, 3});
  CHECK_FALSE(gathered.sample_weight.has_value());
  CHECK(ints(data::slice_samples(batch, 1, 3).inputs) == std::vector<int>{3, 4, 5, 6, 7, 8});
  CHECK(data::gather(zeros({3, 0}), positions.empty() ? positions : std::vector<std::int64_t>{1}).shape() ==
        Shape{1, 0});
  CHECK_THROWS_AS(data::gather(arange(2), positions), ShapeError);
}

TEST_CASE("samples: numbers of samples that differ are told") {
  const std::string message = shape_error([] {
    (void)data::sample_count(Batch{zeros({1024, 2}), zeros({3}), {}}, "fit");
  });
  CHECK(message == "fit: inputs has 1024 samples, labels has 3: float32(1024, 2) and float32(3,)");
  CHECK(shape_error([] {
          (void)data::sample_count(Batch{zeros({}), {}, {}}, "fit");
        }).find("inputs is float32()") != std::string::npos);
  CHECK_THROWS_AS(data::sample_count(Batch{}, "fit"), ValueError);
}

TEST_CASE("samples: splits hold back the last part") {
  using Inputs = std::map<std::string, Array>;
  const BatchOf<Inputs, Array> samples{{{"a", arange(100)}, {"b", zeros({100, 2})}}, {}, {}};
  const auto [first, second] = data::split_samples(samples, 0.2);
  CHECK(first.inputs.at("a").size() == 80);
  CHECK(ints(second.inputs.at("a")).front() == 80);
  CHECK(second.inputs.at("b").shape() == Shape{20, 2});
  CHECK(data::split_position("f", 10, 0.25) == 7);  // rounded up, as the held back part is
  CHECK(data::split_position("f", 1000, 0.1) == 900);
  for (const double fraction : {0.0, 1.0, -0.1, 1.5, 0.999})
    CHECK_THROWS_AS(data::split_position("f", 10, fraction), ValueError);
  CHECK_THROWS_AS(data::split_position("f", 1, 0.5), ValueError);
}

TEST_CASE("samples: the order of an epoch depends on seed and epoch alone") {
  const auto order = data::epoch_order(1000, true, 7, 3);
  CHECK(order == data::epoch_order(1000, true, 7, 3));
  CHECK(order != data::epoch_order(1000, true, 7, 4));
  CHECK(order != data::epoch_order(1000, true, 8, 3));
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted == data::epoch_order(1000, false, 7, 3));
}

TEST_CASE("samples: joined batches are the whole") {
  const std::vector<std::pair<Array, Array>> parts{{arange(3), zeros({3, 2})}, {arange(2), ones({2, 2})}};
  const auto joined = data::join_samples(parts);
  CHECK(ints(joined.first) == std::vector<int>{0, 1, 2, 0, 1});
  CHECK(joined.second.shape() == Shape{5, 2});
  CHECK(shape_error([] {
          (void)data::join_samples(std::vector<Array>{Array(1.0f), Array(2.0f)}, "predict");
        }).find("predict") == 0);
}
