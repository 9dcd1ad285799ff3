// Every container of nodes, nested in any depth, under every function.
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "catch.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

using Shared = std::shared_ptr<const Linear>;

struct Deep {
  std::vector<std::map<std::string, std::optional<std::pair<Vec, std::tuple<Linear, Vec>>>>> nested = {
      {{"b", std::pair{Vec(1), std::tuple{Linear{}, Vec(2)}}}, {"a", std::nullopt}},
      {},
      {{"c", std::pair{Vec(3), std::tuple{Linear{}, Vec(4)}}}}};
  std::array<std::variant<Vec, std::vector<Vec>, int>, 3> alternatives = {Vec(5), std::vector<Vec>{6, 7}, 8};
  std::unordered_map<std::string, std::vector<Shared>> shared = {
      {"z", {std::make_shared<const Linear>(), nullptr}},
      {"m", {}},
      {"a", {std::make_shared<const Linear>()}}};
  Tree<std::vector<Tree<Counter>>> handles = std::vector<Tree<Counter>>{Counter{}, Counter{}};
  std::pair<std::vector<int>, std::optional<std::string>> fixed = {{1, 2}, "static"};
  std::map<int, Vec> by_number = {{10, 1}, {9, 2}, {-1, 3}};
  std::tuple<> empty;
};

const std::vector<std::string> deep_paths = {
    "nested.0.b.0",    "nested.0.b.1.0.kernel", "nested.0.b.1.0.bias", "nested.0.b.1.1",
    "nested.2.c.0",    "nested.2.c.1.0.kernel", "nested.2.c.1.0.bias", "nested.2.c.1.1",
    "alternatives.0",  "alternatives.1.0",      "alternatives.1.1",    "shared.a.0.kernel",
    "shared.a.0.bias", "shared.z.0.kernel",     "shared.z.0.bias",     "handles.0.n",
    "handles.1.n",     "by_number.-1",          "by_number.9",         "by_number.10"};

}  // namespace

TEST_CASE("leaves come as declared, sequences in order, maps by key", "[tree][containers]") {
  Tree deep{Deep{}};
  CHECK(paths(deep) == deep_paths);
  CHECK(leaves(deep).size() == deep_paths.size());
  CHECK(count_leaves(*deep) == deep_paths.size());
  auto infos = leaves_with_path(deep);
  CHECK(infos[0].first.name == "nested");  // elements of a container share the member's name
  CHECK(infos[1].first.name == "kernel");
  CHECK(infos[11].first.kind == KindId::of<ParameterKind>());
}

TEST_CASE("all functions reach into all containers and keep the type", "[tree][containers]") {
  Tree deep{Deep{}};
  auto [list, def] = flatten(deep);
  CHECK(unflatten(def, list) == deep);
  CHECK(def.size() == list.size());

  auto doubled = map([](const Vec& v) { return v + v; }, deep);
  auto sum = map([](const Vec& a, const Vec& b) { return a + b; }, deep, deep);
  CHECK(doubled == sum);
  CHECK_FALSE(doubled == deep);
  CHECK(structure_equal(doubled, deep));
  CHECK(structure_hash(doubled) == structure_hash(deep));

  auto parameters = filter<Parameter>(deep);
  CHECK(paths(parameters).size() == 8);
  CHECK(paths(filter<State>(deep)) == std::vector<std::string>{"handles.0.n", "handles.1.n"});
  auto rest = filter<Not<Parameter>>(deep);
  CHECK(merge(parameters, rest) == deep);
  CHECK(merge(rest, parameters) == deep);

  auto zeroed = apply([](Linear& linear) { linear.bias = 0.0f; }, deep);
  CHECK(zeroed->shared.at("z")[0]->bias->sum() == 0);
  CHECK(std::get<0>(zeroed->nested[2].at("c")->second).bias->sum() == 0);
  CHECK(deep->shared.at("z")[0]->bias->sum() == 0.5f);

  std::vector<std::string> visited;
  auto same = map_with_path(
      [&](const FieldInfo& info, const Vec& v) {
        visited.push_back(info.path);
        return v;
      },
      deep);
  CHECK(visited == deep_paths);
  CHECK(same == deep);
  CHECK(hash(same) == hash(deep));
}

TEST_CASE("containers are trees without a handle, too", "[tree][containers]") {
  std::vector<Vec> list = {1, 2};
  CHECK(leaves(list).size() == 2);
  CHECK(map([](const Vec& v) { return v + v; }, list)[1].sum() == 4);
  std::pair<Vec, Linear> pair = {1, Linear{}};
  CHECK(paths(pair) == std::vector<std::string>{"0", "1.kernel", "1.bias"});
  Vec leaf = 3;
  CHECK(leaves(leaf).size() == 1);
  CHECK(leaves_with_path(leaf)[0].first.path.empty());
  CHECK(map([](const Vec& v) { return v + v; }, leaf).sum() == 6);
  std::map<std::string, Vec> dict = {{"x", 1}, {"y", {}}};
  CHECK(paths(dict) == std::vector<std::string>{"x"});
  auto [flat, def] = flatten(std::tuple{list, pair, leaf});
  CHECK(flat.size() == 6);
  CHECK(std::get<2>(unflatten(def, flat)).sum() == 3);
}

TEST_CASE("what is no node is static, container or not", "[tree][containers]") {
  struct Holder {
    std::vector<int> sizes = {1, 2};
    std::map<std::string, double> options = {{"a", 1}};
    std::optional<std::string> name;
    std::vector<std::vector<std::string>> names = {{"x"}};
    std::shared_ptr<const std::string> text = std::make_shared<const std::string>("text");
    std::vector<bool> bits = {true, false};
    Vec leaf = 1;
  };
  Tree tree{Holder{}};
  CHECK(leaves(tree).size() == 1);
  CHECK(structure_equal(tree, Tree{Holder{}}));
  CHECK(structure_hash(tree) == structure_hash(Tree{Holder{}}));
  CHECK(first_difference(tree, tree.replace("sizes.1", 3))->path == "sizes.1");
  CHECK(first_difference(tree, tree.replace("options.a", 3.0))->path == "options.a");
  CHECK(first_difference(tree, tree.replace("name", "n"))->path == "name");
  CHECK(first_difference(tree, tree.replace<&Holder::bits>(std::vector<bool>{true}))->path == "bits");
  auto more = tree.replace<&Holder::sizes>(std::vector<int>{1, 2, 3});
  CHECK(first_difference(tree, more)->right == "[1, 2, 3]");
}

TEST_CASE("texts without an owner are compared by what is written there", "[tree][containers]") {
  struct Named {
    const char* name = "linear";
    const char* none = nullptr;
    Vec leaf = 1;
  };
  const std::string elsewhere = "linear";
  Named a, b;
  b.name = elsewhere.c_str();
  CHECK(structure_equal(a, b));
  CHECK(structure_hash(a) == structure_hash(b));
  b.none = "";
  CHECK_FALSE(structure_equal(a, b));
  CHECK(first_difference(a, b)->left == "none");
  CHECK(to_string(a).find("none: none,") != std::string::npos);
  CHECK(to_dict(a)["none"].is_none());
  CHECK(to_dict(a)["name"].as<std::string>() == "linear");
}

TEST_CASE("what stands static in a tree may be constant", "[tree][containers]") {
  struct Fixed {
    const int units = 3;
    const std::vector<std::string> names = {"a"};
    Parameter weight = 1.0f;
  };
  Tree fixed{Fixed{}};
  auto next = fixed.replace<&Fixed::weight>(2.0f);
  CHECK(next->units == 3);
  CHECK(structure_equal(next, fixed));
  CHECK(map([](const Vec& v) { return v + v; }, next)->weight->sum() == 4);
  auto [list, def] = flatten(next);
  CHECK(unflatten(def, list) == next);
}

TEST_CASE("keys that an unordered map takes for equal may still differ", "[tree][containers]") {
  struct Hash {
    std::size_t operator()(const std::string& s) const { return s.size(); }
  };
  struct SameSize {
    bool operator()(const std::string& a, const std::string& b) const { return a.size() == b.size(); }
  };
  using Map = std::unordered_map<std::string, Vec, Hash, SameSize>;
  CHECK(structure_equal(Map{{"a", 1}}, Map{{"a", 2}}));
  CHECK_FALSE(structure_equal(Map{{"a", 1}}, Map{{"b", 1}}));
}

TEST_CASE("structures differ in sizes, keys, alternatives and engagement", "[tree][containers]") {
  Deep original;
  auto difference = [&](auto change) {
    Deep other;
    change(other);
    CHECK_FALSE(structure_equal(original, other));
    CHECK_FALSE(Tree{original} == Tree{other});
    CHECK(structure_hash(original) != structure_hash(other));
    CHECK_FALSE(flatten(original).second == flatten(other).second);
    auto found = first_difference(original, other);
    REQUIRE(found);
    return found->path + ": " + found->left + " vs " + found->right;
  };
  CHECK(difference([](Deep& d) { d.nested.pop_back(); }) == "nested: 3 elements vs 2 elements");
  CHECK(difference([](Deep& d) { d.nested[1]["x"] = std::nullopt; }) ==
        "nested.1: the keys {} vs the keys {\"x\"}");
  CHECK(difference([](Deep& d) { d.nested[0]["b"] = std::nullopt; }) == "nested.0.b: a value vs none");
  CHECK(difference([](Deep& d) { d.alternatives[0] = 3; }) ==
        "alternatives.0: alternative 0 vs alternative 2");
  CHECK(difference([](Deep& d) { d.alternatives[2] = 3; }) == "alternatives.2: 8 vs 3");
  CHECK(difference([](Deep& d) { d.shared["z"][0] = nullptr; }) == "shared.z.0: a value vs none");
  CHECK(difference([](Deep& d) { d.shared.erase("z"); }) ==
        "shared: the keys {\"a\", \"m\", \"z\"} vs the keys {\"a\", \"m\"}");
  CHECK(difference([](Deep& d) {
          d.by_number = {{10, 1}, {9, 2}, {-2, 3}};
        }) == "by_number: the keys {-1, 9, 10} vs the keys {-2, 9, 10}");
  CHECK(difference([](Deep& d) { d.fixed.first[0] = 4; }) == "fixed.0.0: 1 vs 4");
  CHECK(difference([](Deep& d) { d.handles = std::vector<Tree<Counter>>(1); }) ==
        "handles: 2 elements vs 1 element");
  CHECK(difference([](Deep& d) { std::get<0>(d.nested[0]["b"]->second).units = 4; }) ==
        "nested.0.b.1.0.units: 3 vs 4");
  CHECK(difference([](Deep& d) { d.by_number[9] = {}; }) == "by_number.9: Vec((1,), float32) vs Nothing");
}

TEST_CASE("the order of an unordered map is that of its keys", "[tree][containers]") {
  std::unordered_map<std::string, Vec> forward, backward;
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.push_back("key" + std::to_string(i));
  for (std::size_t i = 0; i < keys.size(); ++i) forward[keys[i]] = static_cast<float>(i);
  backward.reserve(1000);
  for (std::size_t i = keys.size(); i-- > 0;) backward[keys[i]] = static_cast<float>(i);
  CHECK(paths(forward) == paths(backward));
  CHECK(Tree{forward} == Tree{backward});
  CHECK(hash(forward) == hash(backward));
  std::sort(keys.begin(), keys.end());
  CHECK(paths(forward) == keys);
}
