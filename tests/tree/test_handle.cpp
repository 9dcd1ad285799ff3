// Handles: immutable, copied in O(1), sharing what they can.
#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <unordered_set>
#include <vector>

#include "catch.hpp"
#include "handles.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

template <class T>
concept FieldAssignable = requires(T t) { t->n = 10.0f; };
template <class T>
concept ElementAssignable = requires(T t) { t->layers[0].bias = 1.0f; };
static_assert(!FieldAssignable<Tree<Counter>> && FieldAssignable<Counter*>);
static_assert(!ElementAssignable<Tree<Net>> && ElementAssignable<Net*>);
static_assert(std::is_same_v<decltype(std::declval<Tree<Net>&>().operator->()), const Net*>);
static_assert(std::is_nothrow_move_constructible_v<Tree<Net>> && sizeof(Tree<Net>) == sizeof(void*));
static_assert(std::is_copy_assignable_v<Tree<Net>> && std::is_default_constructible_v<Tree<Net>>);
static_assert(std::is_convertible_v<Module<Net>, Tree<Net>> &&
              !std::is_convertible_v<Tree<Net>, Module<Net>>);

struct Outer {
  Module<Linear> module = Linear{};
  Tree<Linear> tree = Linear{};
  Vec leaf = 1.0f;
};

struct List {  // contains itself
  Vec value = 1.0f;
  std::optional<Tree<List>> next;
  std::vector<List> children;
};

int copies_during(const auto& f) {
  Vec::copies = 0;
  f();
  return Vec::copies;
}

}  // namespace

TEST_CASE("a handle is deduced from its value", "[tree][handle]") {
  Tree tree{Counter{}};
  static_assert(std::is_same_v<decltype(tree), Tree<Counter>>);
  Tree copy{tree};
  static_assert(std::is_same_v<decltype(copy), Tree<Counter>>);
  Module module{Counter{}};
  Tree plain{module};
  static_assert(std::is_same_v<decltype(plain), Tree<Counter>>);
  CHECK(&*plain == &*module);  // O(1): the same value
  Tree<Counter> converted = module;
  CHECK(&*converted == &*module);
  Tree<Net> by_default;
  CHECK(by_default->label == "net");
}

TEST_CASE("copying a handle copies no leaf", "[tree][handle]") {
  Tree net{Net{}};
  CHECK(copies_during([&] {
          auto a = net;
          std::vector<Tree<Net>> many(100, a);
          auto b = many.back();
          CHECK(&*b == &*net);
        }) == 0);
}

TEST_CASE("replace copies only what is on the path", "[tree][handle]") {
  Tree outer{Outer{}};
  int leaves_of_outer = 1;
  CHECK(copies_during([&] {
          auto next = outer.replace<&Outer::leaf>(2.0f);
          CHECK(&*next->module == &*outer->module);
          CHECK(&*next->tree == &*outer->tree);
        }) == leaves_of_outer);
  CHECK(copies_during([&] {
          auto next = outer.replace<&Outer::module, &Linear::bias>(2.0f);
          CHECK(&*next->module != &*outer->module);
          CHECK(&*next->tree == &*outer->tree);
          CHECK(next->module->bias->sum() == 2);
          CHECK(outer->module->bias->sum() == 0.5f);
        }) == leaves_of_outer + 2);
  CHECK(copies_during([&] {
          auto next = outer.replace("tree.bias", 2.0f);
          CHECK(&*next->module == &*outer->module);
          CHECK(next->tree->bias->sum() == 2);
        }) == leaves_of_outer + 2);
  CHECK(copies_during([&] {
          auto next = outer.mutable_([](Outer& o) { o.leaf = 3.0f; })();
          CHECK(&*next->module == &*outer->module);
          CHECK(next->leaf.sum() == 3);
        }) == leaves_of_outer);
}

TEST_CASE("a handle that nobody shares is changed in place", "[tree][handle]") {
  Tree net{Net{}};
  const Net* before = &*net;
  CHECK(net.unique());
  CHECK(copies_during([&] {
          net = std::move(net).replace<&Net::label>("other").replace("mean", 3.0f);
          net = std::move(net).mutable_([](Net& n) { n.layers.pop_back(); })();
        }) == 0);
  CHECK(&*net == before);
  CHECK(net->mean->sum() == 3);
  CHECK(net->layers.size() == 1);

  auto shared = net;
  CHECK_FALSE(net.unique());
  net = std::move(net).replace<&Net::label>("mine");
  CHECK(shared->label == "other");
  CHECK(&*shared == before);
}

TEST_CASE("a failed call on a handle that is given away changes nothing", "[tree][handle]") {
  Tree net{Net{}};
  CHECK_THROWS_AS(std::move(net).replace("encoder.nowhere", 1.0f), TreeError);
  CHECK(net->label == "net");
}

TEST_CASE("a moved-from handle is empty and says so", "[tree][handle]") {
  Tree net{Net{}};
  auto other = std::move(net);
  CHECK(net.empty());  // NOLINT: that is what is tested
  CHECK_FALSE(other.empty());
  CHECK(message([&] { (void)net->label; }) == "Tree<Net>: the handle is empty: it has been moved from");
  CHECK_THROWS_AS(*net, TreeError);
  CHECK_THROWS_AS(leaves(net), TreeError);
  CHECK_THROWS_AS(net.replace<&Net::label>("x"), TreeError);
  CHECK_THROWS_AS(std::move(net).take_value(), TreeError);
  CHECK_FALSE(net == other);
  auto also = net;
  CHECK(net == also);
  net = other;
  CHECK(net == other);
}

TEST_CASE("the value can be taken out", "[tree][handle]") {
  Tree net{Net{}};
  CHECK(copies_during([&] {
          Net value = std::move(net).take_value();
          CHECK(value.label == "net");
        }) == 0);
  CHECK(net.empty());

  Tree again{Net{}};
  auto shared = again;
  Net value = std::move(again).take_value();
  CHECK(shared->encoder == value.encoder);
  CHECK(again.empty());
  CHECK_FALSE(shared.empty());
}

TEST_CASE("handles of other layers keep their type", "[tree][handle]") {
  Module module{Net{}};
  module = module.eval();
  static_assert(std::is_same_v<decltype(module), Module<Net>>);
  auto replaced = module.replace<&Net::encoder, &Linear::bias>(2.0f);
  auto named = module.replace("encoder.bias", 2.0f);
  auto mutated = module.mutable_([](Net& n) { n.encoder.bias = 2.0f; })();
  auto mapped = map([](const Vec& v) { return v; }, module);
  auto merged = merge(filter<Parameter>(module), filter<Not<Parameter>>(module));
  auto [list, def] = flatten(module);
  static_assert(std::is_same_v<decltype(replaced), Module<Net>> &&
                std::is_same_v<decltype(named), Module<Net>>);
  static_assert(std::is_same_v<decltype(mutated), Module<Net>> &&
                std::is_same_v<decltype(mapped), Module<Net>>);
  static_assert(std::is_same_v<decltype(merged), Module<Net>>);
  CHECK(replaced == named);
  CHECK(named == mutated);
  CHECK_FALSE(mutated.extra().training);  // what the layer keeps beside the value stays
  CHECK(mapped == module);
  CHECK(merged == module);
  CHECK(unflatten(def, list) == module);
}

TEST_CASE("what a layer keeps beside the value belongs to the tree", "[tree][handle]") {
  Module module{Linear{}};
  auto evaluated = module.eval();
  CHECK(&*evaluated == &*module);
  CHECK_FALSE(evaluated == module);
  CHECK_FALSE(hash(evaluated) == hash(module));
  CHECK_FALSE(structure_equal(evaluated, module));
  CHECK(first_difference(module, evaluated)->path == "training");
  CHECK(evaluated == module.replace("training", false));
  CHECK(Tree{evaluated} == Tree{module});
  CHECK(to_string(evaluated).find("training: false") != std::string::npos);
  CHECK_FALSE(to_dict(evaluated)["training"].as<bool>());

  Tracked tracked{Linear{}};
  CHECK(paths(tracked) == std::vector<std::string>{"kernel", "bias", "calls"});
  CHECK(leaves(filter<State>(tracked)).size() == 1);
}

TEST_CASE("a struct may contain itself through handles and containers", "[tree][handle]") {
  List leaf, middle, root;
  leaf.value = 3.0f;
  middle.value = 2.0f;
  middle.next = Tree{leaf};
  root.next = Tree{middle};
  root.children = {leaf, middle};
  Tree tree{root};
  CHECK(paths(tree) == std::vector<std::string>{"value", "next.value", "next.next.value", "children.0.value",
                                                "children.1.value", "children.1.next.value"});
  auto doubled = map([](const Vec& v) { return v + v; }, tree);
  CHECK((*(*doubled->next)->next)->value.sum() == 6);
  auto replaced = tree.replace<&List::next, &List::next, &List::value>(9.0f);
  CHECK((*(*replaced->next)->next)->value.sum() == 9);
  CHECK((*(*tree->next)->next)->value.sum() == 3);
  CHECK(replaced == tree.replace("next.next.value", 9.0f));
  CHECK_THROWS_AS((tree.replace<&List::next, &List::next, &List::next, &List::value>(1.0f)), TreeError);
}

TEST_CASE("handles can be keys", "[tree][handle]") {
  std::unordered_set<Tree<Linear>> set;
  set.insert(Linear{});
  set.insert(Linear{});
  set.insert(Linear{.kernel = 1.0f});
  CHECK(set.size() == 2);
}

TEST_CASE("handles are read, copied and replaced from many threads", "[tree][handle]") {
  Tree outer{Outer{}};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        auto mine = outer;
        auto value = static_cast<float>(t * 1000 + i);
        auto next = std::move(mine).replace<&Outer::module, &Linear::bias>(value);
        if (next->module->bias->sum() != value || outer->module->bias->sum() != 0.5f) ++wrong;
        if (leaves(next).size() != 5 || !(outer == Tree{outer})) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}
