// Trees whose type is known at run time.
#include <map>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "copse/tree/any.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

using Any = AnyTree<Vec>;

struct Callable {
  struct Interface {
    virtual ~Interface() = default;
    virtual Vec call(const Vec& x) = 0;
    virtual float sum() const = 0;
  };
  template <class Base>
  struct Of : Base {
    using Base::Base;
    Vec call(const Vec& x) override {
      if constexpr (requires { this->value.add(x); }) {
        return this->value.add(x);
      } else {
        return x + x;
      }
    }
    float sum() const override {
      float total = 0;
      visit_leaves(this->value, [&](const Vec& v) { total += v.sum(); });
      return total;
    }
  };
};

using AnyLayer = AnyTree<Vec, Callable>;

struct Model {
  std::vector<Any> layers = {Linear{}, Counter{}, Any{}};
  std::map<std::string, Any> heads = {{"a", Tree{Linear{}}}, {"b", std::vector<Linear>(2)}};
  std::string name = "net";
};

struct Layers {
  std::vector<AnyLayer> all = {Linear{}, Counter{}};
};

}  // namespace

TEST_CASE("an AnyTree is a node like what is in it", "[tree][any]") {
  Tree net{Model{}};
  CHECK(paths(net) == std::vector<std::string>{"layers.0.kernel", "layers.0.bias", "layers.1.n",
                                               "heads.a.kernel", "heads.a.bias", "heads.b.0.kernel",
                                               "heads.b.0.bias", "heads.b.1.kernel", "heads.b.1.bias"});
  static_assert(std::is_same_v<leaf_type_t<Model>, Vec>);
  CHECK(leaves_with_path(net)[0].first.kind.name() == "Parameter");
  auto [list, def] = flatten(net);
  CHECK(unflatten(def, list) == net);
  auto doubled = map([](const Vec& a, const Vec& b) { return a + b; }, net, net);
  CHECK(doubled->layers[0].as<Linear>().bias->sum() == 1);
  CHECK(net->layers[0].as<Linear>().bias->sum() == 0.5f);
  CHECK(paths(filter<State>(net)) == std::vector<std::string>{"layers.1.n"});
  CHECK(merge(filter<Parameter>(net), filter<Not<Parameter>>(net)) == net);
  CHECK(leaves(filter<Trainable>(with_trainable(net, false))).empty());
  CHECK(count_leaves(def.skeleton()) == 0);
}

TEST_CASE("an AnyTree is a value", "[tree][any]") {
  Any a = Linear{};
  Any b = a;
  CHECK(a == b);
  CHECK(a.hash() == b.hash());
  CHECK(hash(a) == a.hash());
  Vec::copies = 0;
  Any shared = a;
  CHECK(Vec::copies == 0);
  shared.get<Linear>().bias = 3.0f;
  CHECK(a.as<Linear>().bias->sum() == 0.5f);
  CHECK_FALSE(shared == a);
  CHECK_FALSE(shared.hash() == a.hash());
  CHECK(structure_equal(shared, a));
  CHECK(structure_hash(shared) == structure_hash(a));
  Any other = Counter{};
  CHECK_FALSE(other == a);
  CHECK_FALSE(structure_equal(other, a));
  CHECK_FALSE(structure_hash(other) == structure_hash(a));
  CHECK(Any{} == Any{});
  CHECK_FALSE(Any{} == a);
  CHECK(Any{}.empty());
  CHECK(count_leaves(Any{}) == 0);
}

TEST_CASE("the type in an AnyTree is asked for and belongs to the structure", "[tree][any]") {
  Any any = Linear{};
  CHECK(any.is<Linear>());
  CHECK_FALSE(any.is<Counter>());
  CHECK(any.type_name() == "Linear");
  CHECK(message([&] { (void)any.as<Counter>(); }) == "AnyTree: there is a Linear in it, not a Counter");
  CHECK(message([&] { (void)Any{}.as<Counter>(); }) == "AnyTree: there is no tree in it, not a Counter");
  Tree net{Model{}};
  auto other = net.replace("layers.0", Any{Counter{}});
  CHECK(message([&] { (void)map([](const Vec& x, const Vec&) { return x; }, net, other); }) ==
        "map: the trees differ in structure: layers.0: Linear vs Counter");
  auto bigger = net.replace("layers.0", Any{Linear{.units = 4}});
  CHECK(first_difference(net, bigger)->path == "layers.0.units");
}

TEST_CASE("replace reaches into an AnyTree", "[tree][any]") {
  Tree net{Model{}};
  CHECK(net.replace("layers.0.bias", 3.0f)->layers[0].as<Linear>().bias->sum() == 3);
  CHECK(
      is_nothing(net.replace("heads.b.1.bias", Nothing{})->heads.at("b").as<std::vector<Linear>>()[1].bias));
  CHECK(net.replace<&Model::layers, 0, &Linear::units>(9)->layers[0].as<Linear>().units == 9);
  CHECK_THROWS_AS((net.replace<&Model::layers, 1, &Linear::units>(9)), TreeError);
  CHECK(message([&] { (void)net.replace("layers.0.bais", 3.0f); }) ==
        "replace: there is no \"layers.0.bais\": \"layers.0\" is a Linear with the members kernel, bias, "
        "units");
  CHECK_THROWS_AS(net.replace("layers.2.bias", 3.0f), TreeError);
  CHECK(net == Tree{Model{}});
}

TEST_CASE("numbers and texts in an AnyTree are replaced by name", "[tree][any]") {
  Tree net{Model{}};
  CHECK(net.replace("layers.0.units", 9)->layers[0].as<Linear>().units == 9);
  CHECK(net.replace("heads.b.1.units", 9u)->heads.at("b").as<std::vector<Linear>>()[1].units == 9);
  CHECK(net.replace("layers.0.units", 4.0)->layers[0].as<Linear>().units == 4);
  Any named = Model{};
  CHECK(replace(named, "name", "other").as<Model>().name == "other");
  CHECK(message([&] { (void)net.replace("layers.0.units", 2.5); }) ==
        "replace: \"layers.0.units\" is an int, which does not take the double 2.5");
  CHECK(message([&] { (void)net.replace("layers.0.units", "many"); }) ==
        "replace: \"layers.0.units\" is an int, which does not take the string \"many\"");
  CHECK(message([&] {
          (void)net.replace("layers.0.units", std::vector<int>{1});
        }).ends_with("an AnyTree, in which only leaves, numbers and strings are replaced by name"));
  CHECK(net == Tree{Model{}});
}

TEST_CASE("apply finds the objects in an AnyTree", "[tree][any]") {
  struct Outer {
    Any model = Model{};
    Linear own;
  };
  Tree outer{Outer{}};
  int calls = 0;
  auto wide = apply(
      [&](Linear& linear) {
        ++calls;
        linear.units = 7;
      },
      outer);
  CHECK(calls == 5);
  const auto& model = wide->model.as<Model>();
  CHECK(model.layers[0].as<Linear>().units == 7);
  CHECK(model.heads.at("a").as<Tree<Linear>>()->units == 7);
  CHECK(model.heads.at("b").as<std::vector<Linear>>()[1].units == 7);
  CHECK(wide->own.units == 7);
  CHECK(outer->model.as<Model>().layers[0].as<Linear>().units == 3);

  auto summed = apply([](Linear& linear, const Linear& theirs) { linear.bias = linear.bias + theirs.bias; },
                      outer, map([](const Vec& v) { return v + Vec(1); }, outer));
  CHECK(summed->model.as<Model>().layers[0].as<Linear>().bias->sum() == 2);
  CHECK(summed->own.bias->sum() == 2);

  std::vector<std::string> order;  // children first here, too
  (void)apply([&](const Model& m) { order.push_back("Model " + m.name); }, Any{outer});
  (void)apply([&](const Outer&) { order.emplace_back("Outer"); }, Any{outer});
  CHECK(order == std::vector<std::string>{"Model net", "Outer"});
  CHECK(apply([](Counter&) {}, Any{}).empty());
}

TEST_CASE("an AnyTree prints what is in it", "[tree][any]") {
  Tree net{Model{}};
  auto text = to_string(net);
  CHECK(text.find("Linear {") != std::string::npos);
  CHECK(text.find("        none,") != std::string::npos);
  CHECK(text.find("Parameter") != std::string::npos);
  auto dict = to_dict(net);
  CHECK(dict["layers"][1]["n"].is<DictLeaf>());
  CHECK(dict["layers"][2].is_none());
  std::ostringstream out;
  out << net->layers[0] << ' ' << Any{};
  CHECK(out.str() == to_string(Linear{}) + " none");
}

TEST_CASE("a behavior gives all values of an AnyTree functions", "[tree][any]") {
  Tree layers{Layers{}};
  CHECK(layers->all[0]->sum() == 6.5f);
  auto [result, next] =
      layers.mutable_([](Layers& l, const Vec& x) { return l.all[1]->call(l.all[0]->call(x)); })(2.0f);
  CHECK(result.sum() == 4);
  CHECK(next->all[1]->sum() == 4);
  CHECK(layers->all[1]->sum() == 0);  // the tree at hand is as it was
  CHECK_THROWS_AS(
      AnyLayer {} -> sum(), TreeError);
}
