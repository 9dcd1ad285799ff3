// Submodules made inline.
#include <string>
#include <vector>

#include "catch.hpp"
#include "copse/tree/compact.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

using Compact = BasicCompact<Vec>;

struct Dense {
  int units = 1;
  Parameter weight = {};

  Vec operator()(const Vec& x) {
    if (is_nothing(weight)) weight = Vec(std::vector<float>(static_cast<std::size_t>(units), 2.0f));
    return x * weight;
  }
};

struct Mlp {
  std::vector<int> sizes = {2, 3};
  Compact layers;

  Vec operator()(Vec x) {
    auto run = layers.run();
    for (int units : sizes) x = run.make<Dense>(units)(x);
    auto& scale = run.named<Parameter>("scale", 10.0f);
    if (layers.first_run())
      run.named<State<Vec>>("runs", 0.0f);
    else
      run.named<State<Vec>>("runs") += Vec(1);
    return x * scale;
  }
};

// Runs a function once in a Compact.
template <class F>
void once(Compact& compact, F f) {
  auto run = compact.run();
  f(run);
}

auto two_layers = [](CompactRun<Vec>& run) {
  run.make<Dense>(2);
  run.make<Linear>();
  run.named<Dense>("head", 4);
};

std::string second_run(auto f) {
  Compact compact;
  once(compact, two_layers);
  return message([&] { once(compact, f); });
}

}  // namespace

TEST_CASE("the first run makes what later runs find", "[tree][compact]") {
  Tree mlp{Mlp{}};
  CHECK(leaves(mlp).empty());
  auto call = mutable_([](Mlp& m, const Vec& x) { return m(x); });
  auto [y, first] = call(mlp, Vec(1));
  CHECK(paths(first) == std::vector<std::string>{"layers.dense.weight", "layers.dense2.weight",
                                                 "layers.scale", "layers.runs"});
  CHECK(first->layers.at("dense").as<Dense>().units == 2);
  CHECK(leaves(filter<Parameter>(first)).size() == 3);
  auto [z, second] = call(first, Vec(1));
  CHECK(y.values() == z.values());
  CHECK(second->layers.at("runs").as<State<Vec>>()->sum() == 1);
  CHECK(merge(first, filter<Parameter>(second)) == first);
  CHECK(mlp->layers.empty());

  // What has been made is a tree like any other.
  auto doubled = map([](const Vec& v) { return v + v; }, second);
  CHECK(call(doubled, Vec(1)).first.sum() == 8 * y.sum());
  auto [list, def] = flatten(second);
  CHECK(unflatten(def, list) == second);
  CHECK(second.replace("layers.scale", 1.0f)->layers.at("scale").as<Parameter>()->sum() == 1);
  CHECK(to_string(second).find("\"dense2\": Dense {") != std::string::npos);
}

TEST_CASE("first_run tells only inside of a run", "[tree][compact]") {
  Compact compact;
  CHECK_THROWS_AS(compact.first_run(), TreeError);
  once(compact, [&](auto& run) {
    CHECK(compact.first_run());
    CHECK(run.first());
    run.template make<Linear>();
    CHECK(run.first());
  });
  once(compact, [&](auto& run) {
    CHECK_FALSE(run.first());
    run.template make<Linear>();
  });
  CHECK_THROWS_AS(compact.first_run(), TreeError);
}

TEST_CASE("what has a name of its own may be asked for in any order", "[tree][compact]") {
  CHECK(second_run([](auto& run) {
          run.template named<Dense>("head", 4);
          run.template make<Dense>(2);
          run.template make<Linear>();
        }) == "nothing was thrown");
}

TEST_CASE("a run that asks for something else is an error", "[tree][compact]") {
  CHECK(second_run(two_layers) == "nothing was thrown");
  CHECK(second_run([](auto& run) { run.template make<Linear>(); }) ==
        "Compact: this run asked for a Linear where the first run made \"dense\" (a Dense)");
  CHECK(second_run([](auto& run) { run.template named<Linear>("head"); }) ==
        "Compact: this run asked for a Linear where the first run made \"head\" (a Dense)");
  CHECK(second_run([](auto& run) { run.template named<Dense>("tail"); }) ==
        "Compact: this run asked for \"tail\", which the first run did not make");
  CHECK(second_run([](auto& run) {
          two_layers(run);
          run.template make<Dense>();
        }) == "Compact: this run asked for a Dense after all that the first run made");
  CHECK(second_run([](auto& run) {
          run.template make<Dense>();
          run.template make<Linear>();
        }) == "Compact: this run did not ask for \"head\" (a Dense), which the first run made");
  CHECK(second_run([](auto& run) {
          run.template named<Dense>("head");
          run.template named<Dense>("head");
        }) == "Compact: the name \"head\" is there twice");
}

TEST_CASE("a run inside of a run is an error", "[tree][compact]") {
  Compact compact;
  CHECK(message([&] { once(compact, [&](auto&) { once(compact, [](auto&) {}); }); }) ==
        "Compact: a run inside of a run of the same Compact");
  Compact other;
  CHECK_NOTHROW(once(compact, [&](auto&) { once(other, two_layers); }));
}

TEST_CASE("a failed run leaves things as they were", "[tree][compact]") {
  Compact compact;
  auto fails = [](auto& run) {
    run.template make<Dense>(2);
    throw ValueError("on the way");
  };
  CHECK_THROWS_AS(once(compact, fails), ValueError);
  CHECK(compact.empty());
  CHECK_NOTHROW(once(compact, two_layers));
  CHECK_THROWS_AS(once(compact, fails), ValueError);
  CHECK(compact.size() == 3);
  CHECK_NOTHROW(once(compact, two_layers));
}

TEST_CASE("names are made of types, without repetitions", "[tree][compact]") {
  CHECK(snake_case("MLP") == "mlp");
  CHECK(snake_case("L1L2") == "l1_l2");
  CHECK(snake_case("Conv2D") == "conv2_d");
  CHECK(snake_case("CNNModule") == "cnnmodule");
  CHECK(snake_case("BatchNorm") == "batch_norm");
  CHECK(snake_case("already_so") == "already_so");
  using Names = std::vector<std::string>;
  CHECK(unique_names({"a", "a", "a1", "a"}) == Names{"a", "a2", "a1", "a3"});
  CHECK(unique_names({"b9", "b9"}) == Names{"b9", "b10"});
  CHECK(unique_names({"linear", "linear", "linear"}) == Names{"linear", "linear2", "linear3"});
  CHECK(unique_names({"7", "7"}) == Names{"7", "8"});
}
