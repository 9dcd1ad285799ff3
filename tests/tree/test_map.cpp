// map, map_with_path, apply: functions over leaves and over objects.
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

struct Leafy {
  Linear linear;
  Static<Linear> fixed;  // not seen
  Linear another;
};

struct Branch {
  Leafy left;
  Tree<Leafy> right = Leafy{};
  std::string name = "branch";
};

}  // namespace

TEST_CASE("map changes leaves and nothing else", "[tree][map]") {
  Tree net{Net{}};
  auto doubled = map([](const Vec& v) { return v + v; }, net);
  static_assert(std::is_same_v<decltype(doubled), Tree<Net>>);
  CHECK(doubled->encoder.kernel->sum() == 12);
  CHECK(doubled->label == "net");
  CHECK(net->encoder.kernel->sum() == 6);
  CHECK(structure_equal(net, doubled));
  CHECK(map([](const Vec& v) { return v + v; }, *net).encoder.kernel->sum() == 12);  // a plain struct
}

TEST_CASE("map takes corresponding leaves of several trees", "[tree][map]") {
  Tree net{Net{}};
  auto three = map([](const Vec& a, const Vec& b, const Vec& c) { return a + b + c; }, net, net, net);
  CHECK(three->encoder.kernel->sum() == 18);
  auto difference = map([](const Vec& a, const Vec& b) { return a + Vec(-1) * b; }, net, net);
  for (const auto& leaf : leaves(difference)) CHECK(leaf.sum() == 0);
}

TEST_CASE("map leaves Nothing alone, and can make it", "[tree][map]") {
  Tree net{Net{}};
  auto parameters = filter<Parameter>(net);
  int calls = 0;
  auto mapped = map(
      [&](const Vec& v) {
        ++calls;
        return v;
      },
      parameters);
  CHECK(calls == 6);
  CHECK(mapped == parameters);
  CHECK(is_nothing(mapped->mean));
  auto none = map([](const Vec&) { return Nothing{}; }, net);
  CHECK(leaves(none).empty());
  CHECK(merge(none, net) == net);
  // What is Nothing belongs to the structure.
  auto error = message([&] { (void)map([](const Vec& a, const Vec&) { return a; }, net, parameters); });
  CHECK(error == "map: the trees differ in structure: mean: Vec((2,), float32) vs Nothing");
}

TEST_CASE("map with trees of other structure names the first difference", "[tree][map]") {
  Tree net{Net{}};
  auto add = [](const Vec& a, const Vec& b) { return a + b; };
  CHECK(message([&] { (void)map(add, net, net.replace<&Net::label>("other")); }) ==
        "map: the trees differ in structure: label: \"net\" vs \"other\"");
  CHECK(message([&] { (void)map(add, net, net.replace<&Net::layers>(std::vector<Linear>{})); }) ==
        "map: the trees differ in structure: layers: 2 elements vs 0 elements");
  CHECK(message([&] { (void)map(add, net, with_trainable(net, false)); }) ==
        "map: the trees differ in structure: encoder.kernel: trainable vs frozen");
  CHECK(message([&] { (void)map(add, Vec(1), Vec()); }) ==
        "map: the trees differ in structure: the root: Vec((1,), float32) vs Nothing");
  CHECK(message([&] {
          (void)map_with_path([](auto&&...) { return Vec(); }, net, filter<State>(net));
        }).starts_with("map_with_path: the trees differ in structure: encoder.kernel"));
  CHECK(message([&] {
          (void)apply([](auto&&...) {}, net, filter<State>(net));
        }).starts_with("apply: the trees differ in structure: encoder.kernel"));
}

TEST_CASE("map_with_path knows each leaf", "[tree][map]") {
  Tree net{Net{}};
  std::vector<FieldInfo> infos;
  auto tagged = map_with_path(
      [&](const FieldInfo& info, const Vec& v, const Vec& other) {
        infos.push_back(info);
        return info.kind == KindId::of<ParameterKind>() ? v + other : v;
      },
      net, net);
  CHECK(tagged->encoder.kernel->sum() == 12);
  CHECK(tagged->mean->sum() == 0);
  REQUIRE(infos.size() == 8);
  const auto& bias = infos[7];
  CHECK(bias.path == "layers.1.bias");
  CHECK(bias.name == "bias");
  CHECK(bias.kind.name() == "Parameter");
  CHECK(bias.dtype == "float32");
  CHECK(bias.shape == "(1,)");
  CHECK(bias.bytes == 4);
  CHECK(bias.trainable);
  CHECK(infos[2].path == "mean");
  CHECK(infos[2].is<StateKind>());
  CHECK_FALSE(infos[2].is<ParameterKind>());
  CHECK_FALSE(infos[2].trainable);
}

TEST_CASE("apply visits the objects of a tree, children first", "[tree][map]") {
  Tree branch{Branch{}};
  std::vector<std::string> order;
  auto same = apply([&]<class T>(T&) { order.emplace_back(reflect::type_name<T>()); }, branch);
  CHECK(order ==
        std::vector<std::string>{"Linear", "Linear", "Leafy", "Linear", "Linear", "Leafy", "Branch"});
  CHECK(same == branch);

  auto changed = apply([](Linear& linear) { linear.units = 7; }, branch);
  CHECK(changed->left.linear.units == 7);
  CHECK(changed->right->another.units == 7);
  CHECK(changed->right->fixed->units == 3);
  CHECK(branch->right->another.units == 3);
}

TEST_CASE("apply takes corresponding objects of several trees", "[tree][map]") {
  Tree branch{Branch{}};
  auto other = map([](const Vec& v) { return v + Vec(1); }, branch);
  auto summed = apply([](Linear& linear, const Linear& theirs) { linear.bias = linear.bias + theirs.bias; },
                      branch, other);
  CHECK(summed->left.linear.bias->sum() == 2);
  CHECK(summed->right->another.bias->sum() == 2);
  CHECK(summed->left.linear.kernel->sum() == 6);
}

TEST_CASE("visiting finds leaves in place", "[tree][map]") {
  Net net;
  visit_leaves(net, [](Vec& v) { v = v + v; });
  CHECK(net.encoder.bias->sum() == 1);
  int all = 0, present = 0;
  net.mean = Nothing{};
  visit_all_leaves(std::as_const(net), [&](const Vec&) { ++all; });
  visit_leaves(std::as_const(net), [&](const Vec&) { ++present; });
  CHECK(all == 8);
  CHECK(present == 7);
  // What is shared is copied before it changes.
  Tree tree{net};
  auto copy = tree;
  visit_leaves(copy, [](Vec& v) { v = 0.0f; });
  CHECK(copy->encoder.bias->sum() == 0);
  CHECK(tree->encoder.bias->sum() == 1);
}

TEST_CASE("trees are close if their structures are equal and their leaves close", "[tree][map]") {
  struct Numbers {
    std::string name = "numbers";
    Node<double> rate = 1.0;
    State<float> seen = 100.0f;
    Node<int> count = 3;
    Vec vec = 1.0f;  // says nothing of being close
  };
  Tree tree{Numbers{}};
  CHECK(all_close(tree, tree));
  CHECK(all_close(tree, tree.replace("rate", 1.000001)));
  CHECK_FALSE(all_close(tree, tree.replace("rate", 1.0001)));
  CHECK(all_close(tree, tree.replace("rate", 1.0001), 1e-3));
  CHECK(all_close(tree, tree.replace("seen", 100.5f), 0.0, 1.0));
  CHECK_FALSE(all_close(tree, tree.replace("count", 4)));
  CHECK_FALSE(all_close(tree, tree.replace("vec", 1.000001f)));
  CHECK_FALSE(all_close(tree, tree.replace("name", "other")));
  CHECK_FALSE(all_close(tree, tree.replace("rate", Nothing{})));
  const double infinity = std::numeric_limits<double>::infinity();
  auto endless = tree.replace("rate", infinity);
  CHECK(all_close(endless, endless));
  CHECK_FALSE(all_close(endless, tree));
  CHECK_FALSE(all_close(endless, tree.replace("rate", -infinity)));
  auto nan = tree.replace("rate", std::numeric_limits<double>::quiet_NaN());
  CHECK_FALSE(all_close(nan, nan));
}

TEST_CASE("two trees can be compared leaf by leaf", "[tree][map]") {
  Tree net{Net{}};
  auto near = [](const Vec& a, const Vec& b) { return std::abs(a.sum() - b.sum()) < 0.1f; };
  CHECK(tree_all_of(net, net.replace("encoder.bias", 0.51f), near));
  CHECK_FALSE(tree_all_of(net, net.replace("encoder.bias", 0.7f), near));
  CHECK_FALSE(tree_all_of(net, net.replace("encoder.bias", Nothing{}), near));
  CHECK_FALSE(tree_all_of(net, net.replace("label", "other"), near));
}
