// flatten and unflatten: a tree as a list and a structure.
#include <string>
#include <unordered_map>
#include <vector>

#include "catch.hpp"
#include "handles.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

TEST_CASE("a tree is put together again from its leaves", "[tree][flatten]") {
  Module net{Net{}};
  auto [list, def] = flatten(net);
  CHECK(list.size() == 8);
  CHECK(def.size() == 8);
  CHECK(unflatten(def, list) == net);
  static_assert(std::is_same_v<decltype(unflatten(def, list)), Module<Net>>);
  for (auto& leaf : list) leaf = leaf + leaf;
  auto doubled = unflatten(def, list);
  CHECK(doubled == map([](const Vec& v) { return v + v; }, net));
  CHECK(unflatten(def, std::move(list)) == doubled);
  CHECK(net->encoder.bias->sum() == 0.5f);
}

TEST_CASE("Nothing is part of the structure, not of the list", "[tree][flatten]") {
  Tree net{Net{}};
  auto parameters = filter<Parameter>(net);
  auto [list, def] = flatten(parameters);
  CHECK(list.size() == 6);
  auto back = unflatten(def, list);
  CHECK(back == parameters);
  CHECK(is_nothing(back->mean));
  CHECK_FALSE(def == flatten(net).second);
}

TEST_CASE("structures compare without regard to leaves", "[tree][flatten]") {
  Tree net{Net{}};
  auto def = flatten(net).second;
  auto other_leaves = flatten(map([](const Vec& v) { return v + v; }, net)).second;
  CHECK(def == other_leaves);
  CHECK(hash(def) == hash(other_leaves));
  CHECK(def == def);
  for (const auto& [path, value] : {std::pair{"label", "x"}, std::pair{"label", "y"}}) {
    auto other = flatten(net.replace(path, value)).second;
    CHECK_FALSE(def == other);
    CHECK(hash(def) != hash(other));
  }
  auto frozen = flatten(with_trainable(net, false)).second;
  CHECK_FALSE(def == frozen);
  CHECK(hash(def) != hash(frozen));
  auto missing = flatten(net.replace("mean", Nothing{})).second;
  CHECK_FALSE(def == missing);
  CHECK(hash(def) != hash(missing));
  std::unordered_map<TreeDef<Tree<Net>>, int> known;
  known[def] = 1;
  CHECK(known.count(other_leaves) == 1);
  CHECK(known.count(missing) == 0);
}

TEST_CASE("a structure holds no leaves", "[tree][flatten]") {
  Tree net{Net{}};
  auto [list, def] = flatten(net);
  CHECK(count_leaves(def.skeleton()) == 0);
  CHECK(def.skeleton()->label == "net");
}

TEST_CASE("the wrong number of leaves is refused", "[tree][flatten]") {
  Tree net{Net{}};
  auto [list, def] = flatten(net);
  list.pop_back();
  CHECK(message([&, &list = list, &def = def] { (void)unflatten(def, list); }) ==
        "unflatten: got 7 leaves, the structure of Tree wants 8");
  CHECK_THROWS_AS(unflatten(def, std::vector<Vec>(9)), TreeError);
}

TEST_CASE("flattening a tree that is given away copies no leaf", "[tree][flatten]") {
  Tree net{Net{}};
  Vec::copies = 0;
  auto [list, def] = flatten(std::move(net));
  CHECK(Vec::copies == 0);
  CHECK(list.size() == 8);
  Tree again = unflatten(def, std::move(list));
  CHECK(again == Tree{Net{}});
}

TEST_CASE("skeletons are filled place by place", "[tree][flatten]") {
  Tree net{Net{}};
  auto bare = skeleton(net);
  CHECK(count_leaves(bare) == 0);
  int place = 0;
  auto filled = rebuild(bare, [&](auto slot) { slot.set(Vec(place++)); });
  CHECK(place == 8);
  CHECK(filled->layers[1].bias->sum() == 7);
  CHECK(structure_equal(filled, net));
}

TEST_CASE("trees without leaves are trees", "[tree][flatten]") {
  struct Empty {};
  struct OnlyStatic {
    int x = 1;
  };
  CHECK(leaves(Tree{Empty{}}).empty());
  CHECK(Tree{Empty{}} == Tree{Empty{}});
  Tree tree{OnlyStatic{}};
  auto [list, def] = flatten(tree);
  CHECK(list.empty());
  CHECK(unflatten(def, list) == tree);
  CHECK_FALSE(tree == tree.replace<&OnlyStatic::x>(2));
  CHECK(map([](const auto& x) { return x; }, tree) == tree);
}
