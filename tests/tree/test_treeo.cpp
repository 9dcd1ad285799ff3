// What Treeo's own tests promise, here: the same numbers, and the same answers where this library follows it.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "handles.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

struct Layer {
  Parameter w = Vec({1, 2, 3, 4});
  Parameter b = Vec({0, 0});
  State<Vec> n = 1.0f;
};

struct Mlp {
  Layer linear1;
  Layer linear2;
  std::string name = "mlp";
};

struct WithStaticChild {
  Layer node;
  Static<Layer> fixed;
};

struct ManyKinds {
  Parameter parameter = 2.0f;
  State<Vec> state = 2.0f;
};

struct Parent {
  struct Child {
    Node<int> n = 0;
    void increase() { n += 1; }
  };
  Child child;
  void increase() { child.increase(); }
  Child replaced() {
    child = Child{.n = 10};
    return child;
  }
};

}  // namespace

TEST_CASE("an MLP of two layers has six leaves, two of them states", "[tree][treeo]") {
  Tree mlp{Mlp{}};
  CHECK(leaves(mlp).size() == 6);
  CHECK(leaves(filter<State>(mlp)).size() == 2);
  int all = 0;
  visit_all_leaves(*filter<State>(mlp), [&](const Vec&) { ++all; });
  CHECK(all == 6);  // Nothing keeps its place
}

TEST_CASE("Nothing is left out of the leaves", "[tree][treeo]") {
  std::vector<std::pair<Node<int>, Node<int>>> list = {{1, 2}, {3, Nothing{}}};
  CHECK(leaves(list) == std::vector<int>{1, 2, 3});
  int all = 0;
  visit_slots(std::as_const(list), [&](auto) { ++all; });
  CHECK(all == 4);
}

TEST_CASE("merging pairs takes the last that are not Nothing", "[tree][treeo]") {
  using Pair = std::pair<Node<int>, Node<int>>;
  Pair merged = merge(Pair{1, 2}, Pair{Nothing{}, 4}, Pair{5, Nothing{}});
  CHECK(merged == Pair{5, 4});
  merged = merge(Pair{1, 2}, Pair{Nothing{}, 3}, Pair{5, Nothing{}});
  CHECK(merged == Pair{5, 3});
}

TEST_CASE("map with a kind squares only that kind", "[tree][treeo]") {
  Tree tree{ManyKinds{}};
  auto squared = map<Parameter>([](const Vec& v) { return v * v; }, tree);
  CHECK(squared->parameter->sum() == 4);
  CHECK(squared->state->sum() == 2);
  CHECK(map<State>([](const Vec& v) { return v * v; }, tree)->state->sum() == 4);
  CHECK(map<Not<TreePart>>([](const Vec& v) { return v * v; }, tree) == tree);
  auto same = map_with_path(
      [](const FieldInfo& info, const Vec& v) { return info.is<ParameterKind>() ? v * v : v; }, tree);
  CHECK(same == squared);
}

TEST_CASE("a static child's leaves are neither counted nor mapped", "[tree][treeo]") {
  Tree tree{WithStaticChild{}};
  CHECK(leaves(tree).size() == 3);
  auto doubled = map([](const Vec& v) { return v + v; }, tree);
  CHECK(doubled->node.w->sum() == 20);
  CHECK(doubled->fixed->w->sum() == 10);
}

TEST_CASE("a changed child is another object, the old one is untouched", "[tree][treeo]") {
  Tree tree{Parent{}};
  auto next = tree.mutable_(&Parent::increase)();
  CHECK(tree->child.n == 0);
  CHECK(next->child.n == 1);
  CHECK(next.mutable_(&Parent::increase)()->child.n == 2);
  auto [child, replaced] = next.mutable_(&Parent::replaced)();
  CHECK(child.n == 10);
  CHECK(replaced->child.n == 10);
  CHECK(next->child.n == 1);
}

TEST_CASE("a hashable static changes when it is replaced, not when it is copied", "[tree][treeo]") {
  struct Holder {
    Hashable<std::vector<float>> table = std::vector<float>{1, 2};
    Vec leaf = 1.0f;
  };
  Tree tree{Holder{}};
  CHECK(structure_equal(tree, tree.replace<&Holder::leaf>(2.0f)));
  auto swapped = tree.replace<&Holder::table>(std::vector<float>{1, 2});
  CHECK_FALSE(structure_equal(tree, swapped));
  CHECK(structure_equal(swapped, Tree{*swapped}));
}

TEST_CASE("a tree with another static is refused where trees meet", "[tree][treeo]") {
  Tree a{Mlp{}};
  auto b = a.replace("name", "other");
  CHECK_THROWS_AS(merge(a, b), TreeError);
  CHECK(merge<Statics::from_first>(a, b)->name == "mlp");
  CHECK(merge<Statics::from_last>(a, b)->name == "other");
}

TEST_CASE("a field's kind can be asked of each instance", "[tree][treeo]") {
  auto infos = leaves_with_path(Tree{Layer{}});
  CHECK(infos[0].first.kind == KindId::of<ParameterKind>());
  CHECK(infos[2].first.kind == KindId::of<StateKind>());
  CHECK(infos[2].first.kind.name() == "State");
}

TEST_CASE("leaves come as declared, not by the alphabet", "[tree][treeo]") {
  struct Psb {
    Vec p = 1, s = 2, b = 3;
  };
  CHECK(paths(Tree{Psb{}}) == std::vector<std::string>{"p", "s", "b"});
}
