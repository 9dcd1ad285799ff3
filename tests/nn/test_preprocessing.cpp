// Layers that learn from data before training: normalisation, and numbers for texts.
#include <cmath>
#include <set>
#include <string>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/nn/lookup.hpp"
#include "copse/nn/module.hpp"
#include "copse/nn/normalization.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random/samplers.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;
using Floats = std::vector<float>;
using Texts = std::vector<std::string>;

namespace {

double difference(const Array& a, const Array& b) { return max(abs(a - b)).item<double>(); }

Array samples() {
  return random::normal(random::key(0), {50, 4, 3}) * array({1.0, 10.0, 0.1}) + array({5.0, 0.0, -2.0});
}

}  // namespace

TEST_CASE("Normalization: what it was shown has mean 0 and variance 1") {
  const Array x = samples();
  nn::Normalization layer;
  layer.adapt(x);
  CHECK(layer.mean->shape() == Shape{3});
  CHECK(layer.mean->dtype() == DType::float32);
  CHECK(difference(layer.mean, mean(x, {0, 1})) < 1e-5);
  CHECK(difference(layer.var, var(x, {0, 1})) < 1e-3);
  const Array y = layer.normalize(x);
  CHECK(max(abs(mean(y, {0, 1}))).item<double>() < 1e-5);
  CHECK(difference(var(y, {0, 1}), ones({3})) < 1e-5);
  CHECK(difference(layer.denormalize(y), x) < 1e-5);
  CHECK(difference(layer.normalize(x[0]), y[0]) < 1e-6);  // a sample alone
  // In a module, compiled and vectorised: the same numbers, and no parameters.
  const Module module = Module{layer}.init(random::key(0), x);
  CHECK(leaves(module.parameters()).empty());
  CHECK(difference(module(x), y) == 0);
  CHECK(difference(jit([](const auto& m, const Array& a) { return m(a); })(module, x), y) < 1e-5);
  CHECK(difference(vmap([&](const Array& a) { return module(a); })(x), y) < 1e-5);
}

TEST_CASE("Normalization: over other axes, or all") {
  const Array x = samples();
  nn::Normalization both{.axis = {-1, 1}}, none{.axis = {}};
  both.adapt(x);
  CHECK(both.mean->shape() == Shape{4, 3});
  CHECK(difference(both.mean, mean(x, 0)) < 1e-5);
  none.adapt(x);
  CHECK(none.mean->shape() == Shape{});
  CHECK(std::abs(none.mean->item<double>() - mean(x).item<double>()) < 1e-5);
  CHECK(std::abs(none.var->item<double>() - var(x).item<double>()) < 1e-2);
  // Integers are float32 then, and what does not vary stays finite.
  nn::Normalization integers;
  integers.adapt(broadcast_to(array({1, 2}), {5, 2}));
  CHECK(integers.normalize(array({1, 2})).to_vector<float>() == Floats{0, 0});
  CHECK(integers.normalize(array({1, 2})).dtype() == DType::float32);
}

TEST_CASE("Normalization: large means do not cost precision") {
  nn::Normalization layer;
  layer.adapt(reshape(array(Floats{1e6f, 1e6f + 1, 1e6f + 2, 1e6f + 3}), {4, 1}));
  CHECK(layer.var->item<float>() == 1.25f);
}

TEST_CASE("Normalization: before it has learned, and what it refuses") {
  nn::Normalization layer;
  const Array x = samples();
  CHECK_THROWS_AS(layer.normalize(x), ValueError);
  CHECK_THROWS_AS(layer.denormalize(x), ValueError);
  const Module module = Module{layer}.init(random::key(0), x);  // what a checkpoint is loaded into
  CHECK(difference(module(x), x) < 1e-6);
  CHECK_THROWS_AS(layer.adapt(zeros({0, 3})), ValueError);
  layer.adapt(x);
  CHECK_THROWS_AS(layer.normalize(zeros({5, 4})), ShapeError);
  CHECK_THROWS_AS((nn::Normalization{.axis = {3}}.adapt(x)), ShapeError);
  nn::Normalization twice{.axis = {2, -1}};
  CHECK_THROWS_AS(twice.adapt(x), ValueError);
}

TEST_CASE("StringLookup: numbers by frequency") {
  const Texts texts{"b", "a", "c", "b", "c", "d", "b"};
  const auto lookup = nn::StringLookup::learn(texts);
  CHECK(lookup.vocabulary() == Texts{"b", "c", "a", "d"});
  CHECK(lookup.size() == 5);
  const Array numbers = lookup(texts);
  CHECK(numbers.dtype() == DType::int64);
  CHECK(numbers.to_vector<int>() == std::vector<int>{1, 3, 2, 1, 2, 4, 1});
  CHECK(lookup("x") == 0);
  CHECK(lookup.text(0) == "[UNK]");
  CHECK(lookup.text(1) == "b");
  CHECK(nn::StringLookup::learn(texts, {.max_size = 2}).vocabulary() == Texts{"b", "c"});
  CHECK(nn::StringLookup::learn(texts, {.min_count = 2}).vocabulary() == Texts{"b", "c"});
  CHECK(nn::StringLookup(lookup.vocabulary()) == lookup);
  CHECK_FALSE(nn::StringLookup(lookup.vocabulary(), {.unknown = 2}) == lookup);
  CHECK(lookup(Texts{}).shape() == Shape{0});
}

TEST_CASE("StringLookup: texts that are not known") {
  const nn::StringLookup exact({"red", "green"}, {.unknown = 0});
  CHECK(exact("green") == 1);
  CHECK_THROWS_AS(exact("blue"), ValueError);
  CHECK_THROWS_AS(exact.text(2), ValueError);
  CHECK_THROWS_AS(exact.text(-1), ValueError);
  const nn::StringLookup many({"red"}, {.unknown = 8});
  CHECK(many("red") == 8);
  std::set<std::int64_t> numbers;
  for (int i = 0; i < 100; ++i) {
    const std::int64_t number = many("text " + std::to_string(i));
    CHECK(number == many("text " + std::to_string(i)));
    CHECK((number >= 0 && number < 8));
    numbers.insert(number);
  }
  CHECK(numbers.size() == 8);
  CHECK_THROWS_AS(nn::StringLookup({"a", "a"}), ValueError);
  CHECK_THROWS_AS(nn::StringLookup({"a"}, {.unknown = -1}), ValueError);
}

TEST_CASE("multi_hot: all labels of a sample") {
  const Array labels = array({0, 2, -1, 1, 1, 9});
  const Array hot = nn::multi_hot(reshape(labels, {2, 3}), 3);
  CHECK(hot.to_vector<float>() == Floats{1, 0, 1, 0, 1, 0});
  CHECK(hot.dtype() == DType::float32);
  CHECK(nn::multi_hot(zeros({2, 0}, DType::int32), 3).to_vector<float>() == Floats(6, 0.0f));
  CHECK_THROWS_AS(nn::multi_hot(Array(1), 3), ShapeError);
}
