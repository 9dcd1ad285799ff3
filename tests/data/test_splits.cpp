#include "copse/data/splits.hpp"

#include <set>
#include <string>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "squares.hpp"

using namespace copse;
using namespace testing_data;
using testing_files::message_of;

TEST_CASE("split and k_fold: every sample is in one part") {
  const data::Dataset squares{Squares{}};
  for (const bool shuffle : {false, true}) {
    const auto [train, test] = data::split(squares, {.fraction = 0.3, .seed = 1, .shuffle = shuffle});
    CHECK(train.size() == 7);
    CHECK(test.size() == 3);
    CHECK(sorted(samples_of(train.concat(test))) == all_ten);
    CHECK((samples_of(test) == Floats{7, 8, 9}) == !shuffle);
  }
  const Array labels = array(std::vector<int>{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1});
  const auto [train, test] =
      data::split(data::arrays(arange(12), labels), {.fraction = 0.25, .stratify = true});
  CHECK(train.size() == 9);
  int ones = 0;
  for (std::int64_t i = 0; i < test.size(); ++i) ones += test[i].labels.item<int>();
  CHECK(ones == 1);
  CHECK_THROWS_AS(data::split(squares, {.fraction = 0.0}), ValueError);
  CHECK_THROWS_AS(data::split(squares, {.stratify = true}), ValueError);  // classes of one sample

  Floats validated;
  for (const auto& [rest, part] : data::k_fold(squares, 3)) {
    CHECK(rest.size() + part.size() == 10);
    CHECK(sorted(samples_of(rest.concat(part))) == all_ten);
    for (const float v : samples_of(part)) validated.push_back(v);
  }
  CHECK(sorted(validated) == all_ten);
  CHECK_THROWS_AS(data::k_fold(squares, 1), ValueError);
  CHECK_THROWS_AS(data::k_fold(squares, 11), ValueError);
}

namespace {

// Twelve samples of five groups with 1, 2, 4, 2 and 3 members.
const Ints group_numbers{3, 1, 1, 7, 7, 7, 7, 0, 0, 5, 5, 5};
data::Dataset<Batch> twelve() {
  return data::arrays(arange(12, DType::float32),
                      array(std::vector<int>{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1}));
}

std::set<std::int64_t> groups_in(const data::Dataset<Batch>& part) {
  std::set<std::int64_t> out;
  for (const float v : samples_of(part)) out.insert(group_numbers[static_cast<std::size_t>(v)]);
  return out;
}

bool disjoint(const std::set<std::int64_t>& a, const std::set<std::int64_t>& b) {
  for (const std::int64_t x : a)
    if (b.contains(x)) return false;
  return true;
}

}  // namespace

TEST_CASE("split by group: no group is on both sides, whatever the seed") {
  const auto by_number = [](const Batch& one) { return group_numbers[one.inputs.item<std::size_t>()]; };
  const auto by_text = [](const Batch& one) {
    return "patient " + std::to_string(group_numbers[one.inputs.item<std::size_t>()]);
  };
  std::set<Floats> parts;
  for (std::int64_t seed = 0; seed < 20; ++seed) {
    const auto [train, test] = data::split(twelve(), {.fraction = 0.4, .seed = seed, .group = by_number});
    CHECK(disjoint(groups_in(train), groups_in(test)));
    CHECK(groups_in(train).size() == 3);
    CHECK(groups_in(test).size() == 2);  // two fifths of the groups
    CHECK(train.size() + test.size() == 12);
    const auto again = data::split(twelve(), {.fraction = 0.4, .seed = seed, .group = by_text});
    CHECK(samples_of(again.second) == samples_of(test));
    CHECK(samples_of(data::split(twelve(), {.fraction = 0.4, .seed = seed, .group = group_numbers}).second) ==
          samples_of(test));
    parts.insert(sorted(samples_of(test)));
  }
  CHECK(parts.size() > 4);
  const auto last = data::split(twelve(), {.fraction = 0.2, .shuffle = false, .group = group_numbers}).second;
  CHECK(samples_of(last) == Floats{9, 10, 11});
}

TEST_CASE("k_fold by group and by class") {
  Floats validated;
  for (const auto& [rest, part] : data::k_fold(twelve(), 3, {.group = group_numbers})) {
    CHECK(disjoint(groups_in(rest), groups_in(part)));
    CHECK(part.size() == 4);  // 4, 3 + 1, 2 + 2
    CHECK(rest.size() == 8);
    for (const float v : samples_of(part)) validated.push_back(v);
  }
  CHECK(sorted(validated) == sorted(samples_of(twelve())));
  validated.clear();
  for (const auto& [rest, part] : data::k_fold(twelve(), 4, {.seed = 2, .stratify = true})) {
    CHECK(part.size() == 3);
    int ones = 0;
    for (std::int64_t i = 0; i < part.size(); ++i) ones += part[i].labels.item<int>();
    CHECK(ones == 1);
    for (const float v : samples_of(part)) validated.push_back(v);
  }
  CHECK(sorted(validated) == sorted(samples_of(twelve())));
}

TEST_CASE("splits that cannot be") {
  const auto twelve_of = twelve();
  CHECK(message_of<ValueError>([&] {
          (void)data::split(twelve_of, {.stratify = true, .group = group_numbers});
        }) == "split: `stratify` and `group` do not go together");
  CHECK(message_of<ValueError>([&] {
          (void)data::split(twelve_of, {.group = Ints{1, 2}});
        }) == "`group` has 2 numbers for 12 samples");
  CHECK_THROWS_AS(data::split(twelve_of, {.group = Ints(12, 5)}), ValueError);  // one group
  CHECK(message_of<ValueError>([&] { (void)data::k_fold(twelve_of, 6, {.group = group_numbers}); }) ==
        "k_fold: 6 parts of 5 groups");
  CHECK(message_of<ValueError>([&] { (void)data::k_fold(twelve_of, 5, {.stratify = true}); }) ==
        "k_fold: class 1 has 4 samples, fewer than the 5 parts");
  // What is validated in one epoch would be trained on in the next one.
  CHECK_THROWS_AS(data::split(twelve_of.shuffle(0)), ValueError);
  CHECK_THROWS_AS(data::k_fold(twelve_of.shuffle(0), 2), ValueError);
  CHECK(data::split(twelve_of.map([](const Key&, Batch one) { return one; })).second.size() == 3);
}
