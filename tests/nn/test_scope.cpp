// What layers see of a call: keys, modes, paths, logs, and parameters of layers of one's own.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "copse/nn.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random.hpp"

using namespace copse;

namespace {

// A layer as a user writes one.
struct Scale {
  Parameter factor;

  Array operator()(Scope& scope, const Array& x) {
    const auto call = scope.enter(*this);
    return x * scope.parameter(*this, "factor", factor, initializers::ones(), {x.shape(-1)});
  }
};

struct Noise {
  double amount = 0.1;

  Array operator()(Scope& scope, const Array& x) const {
    return x + amount * random::normal(scope.key(), x.shape());
  }
};

struct Named {
  Array operator()(Scope& scope, const Array&) const {
    if (scope.path() != scope.path(*this)) scope.fail(*this, "paths differ: " + scope.path());
    scope.fail<ValueError>(*this, "is never satisfied");
  }
};

template <class Part>
struct Tower {
  std::vector<Part> floors = std::vector<Part>(2);
  std::map<std::string, Part> rooms = {};
  std::optional<Part> roof = std::nullopt;

  Array operator()(Scope& scope, Array x) {
    for (auto& floor : floors) x = floor(scope, x);
    for (auto& [name, room] : rooms) x = room(scope, x);
    return roof ? (*roof)(scope, x) : x;
  }
};

}  // namespace

TEST_CASE("Keys come one after the other, the first half of each split") {
  const Key key = random::key(3);
  Scope scope({.key = key});
  const auto [first, rest] = random::split<2>(key);
  CHECK(array_equal(scope.key().data, first.data));
  CHECK(array_equal(scope.key().data, random::split<2>(rest)[0].data));
  Scope none;
  CHECK(!none.has_key());
  CHECK_THROWS_AS(none.key(), KeyError);
  CHECK_THROWS_WITH(none.key(), Catch::Contains("Scope: needs a random key and none was given"));
}

TEST_CASE("A layer of one's own creates its parameters and is named by its path") {
  const Array x = ones({2, 3});
  Module model = Module{Tower<Scale>{}}.init(0, x);
  CHECK(model->floors[1].factor->shape() == Shape{3});
  CHECK(all_close(model(2 * x), 2 * x));
  CHECK_THROWS_WITH(model(ones({2, 4})), "Scale: factor has shape (3,), wanted (4,), in Tower.floors.0");
  CHECK_THROWS_WITH(
      (Module{Tower<Scale>{}}(x)),
      "Scale: factor has no value, in Tower.floors.0; call init first: model = model.init(key, x)");
  Module second{Tower<Scale>{.floors = {Scale{ones({3})}, Scale{}}}};
  CHECK_THROWS_WITH(second(x), Catch::Contains("in Tower.floors.1;"));
}

TEST_CASE("Paths lead through containers") {
  const Array x = ones({2, 3});
  using T = Tower<nn::Sequential<Named>>;
  CHECK_THROWS_WITH(Module{T{}}(x), "Named: is never satisfied, in Tower.floors.0.layers.0");
  CHECK_THROWS_WITH((Module{T{.floors = {}, .rooms = {{"red", {}}}}}(x)),
                    Catch::Contains("in Tower.rooms.red.layers.0"));
  CHECK_THROWS_WITH((Module{T{.floors = {}, .rooms = {}, .roof = nn::Sequential<Named>{}}}(x)),
                    Catch::Contains("in Tower.roof.layers.0"));
  // A layer that says nothing of itself is named by what is known around it.
  CHECK_THROWS_WITH(Module{nn::Sequential{Noise{}}}(x),
                    Catch::Contains("Noise: needs a random key and none was given, in Sequential.layers.0"));
  CHECK_THROWS_WITH(Module{Tower<Noise>{}}(x), Catch::Contains("in Tower;"));
}

TEST_CASE("An object that belongs to no known tree has no path") {
  Scope scope;
  nn::Linear linear{3};
  CHECK(scope.path(linear).empty());
  CHECK(scope.path().empty());
  CHECK_THROWS_WITH(linear(scope, ones({2})),
                    "Linear: kernel has no value; call init first: model = model.init(key, x)");
  Scope initializing({.key = random::key(0), .initializing = true});
  CHECK(linear(initializing, ones({2})).shape() == Shape{3});
  CHECK(linear(scope, ones({2})).shape() == Shape{3});
}

TEST_CASE("Losses and metrics keep their order and get names of their own") {
  Scope scope;
  scope.add_loss("kl", 1.0f);
  scope.add_loss("kl", 2.0f);
  scope.add_loss("kl", 3.0f);
  scope.add_metric("kl", 4.0f);
  REQUIRE(scope.losses().size() == 3);
  CHECK(scope.losses()[1].first == "kl_2");
  CHECK(scope.losses()[2].first == "kl_3");
  CHECK(scope.losses()[2].second.item<float>() == 3.0f);
  CHECK(scope.metrics().at(0).first == "kl");
}

TEST_CASE("Constant initializers draw no key, so that a bias changes nothing else") {
  const Array x = ones({2, 3});
  struct Pair {
    nn::Linear first{4};
    nn::Linear second{4};
    Array operator()(Scope& scope, const Array& in) { return second(scope, first(scope, in)); }
  };
  const auto with = Module{Pair{}}.init(1, x);
  const auto without = Module{Pair{.first = {.features = 4, .use_bias = false}}}.init(1, x);
  CHECK(array_equal(with->second.kernel, without->second.kernel));
  CHECK(!array_equal(with->first.kernel, slice_in_dim(with->second.kernel, 0, 3)));
}
