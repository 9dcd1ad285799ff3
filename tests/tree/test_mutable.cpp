// mutable_: methods that change members, run on copies.
#include <string>
#include <tuple>
#include <vector>

#include "catch.hpp"
#include "handles.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

struct Machine {
  int calls = 0;
  Counter counter;
  Tree<Counter> child = Counter{};

  float operator()(float x) {
    ++calls;
    return x + 1;
  }
  float operator()(const std::string& text) {
    calls += 10;
    return static_cast<float>(text.size());
  }
  int& reference() { return ++calls; }
  const std::string& name() const {
    static const std::string text = "machine";
    return text;
  }
  void fails() {
    calls = 99;
    throw ValueError("it failed");
  }
  void change_child() { child = std::move(child).mutable_(&Counter::add)(5.0f).second; }
  Machine renewed() const { return {}; }
};

int free_function(Machine& machine, int by) { return machine.calls += by; }

}  // namespace

TEST_CASE("a method runs on a copy; result and new tree come back", "[tree][mutable]") {
  Tree counter{Counter{}};
  auto [sum, next] = counter.mutable_(&Counter::add)(3.0f);
  CHECK(sum.sum() == 3);
  CHECK(next->n->sum() == 3);
  CHECK(counter->n->sum() == 0);
  std::tie(sum, next) = next.mutable_(&Counter::add)(4.0f);
  CHECK(sum.sum() == 7);
  std::tie(sum, next) = mutable_(&Counter::add)(next, 5.0f);
  CHECK(next->n->sum() == 12);
  Tree<Counter> reset = next.mutable_(&Counter::reset)();
  CHECK(reset == counter);
  CHECK(reset == mutable_(&Counter::reset)(next));
  auto [twice, same] = next.mutable_(&Counter::twice)();
  CHECK(twice == 24);
  CHECK(same == next);
}

TEST_CASE("overloaded operators, lambdas and functions are run alike", "[tree][mutable]") {
  Tree machine{Machine{}};
  auto [y, one] = machine.mutable_([](Machine& m, auto&& x) { return m(x); })(1.0f);
  CHECK(y == 2.0f);
  CHECK(one->calls == 1);
  auto [size, ten] =
      machine.mutable_(static_cast<float (Machine::*)(const std::string&)>(&Machine::operator()))("four");
  CHECK(size == 4.0f);
  CHECK(ten->calls == 10);
  auto [calls, five] = mutable_(free_function)(machine, 5);
  CHECK(calls == 5);
  CHECK(five->calls == 5);
  auto [member, unchanged] = mutable_(&Machine::calls)(five);
  CHECK(member == 5);
  CHECK(unchanged == five);
}

TEST_CASE("results never refer to the copy", "[tree][mutable]") {
  Tree machine{Machine{}};
  auto [value, next] = machine.mutable_(&Machine::reference)();
  static_assert(std::is_same_v<decltype(value), int>);
  CHECK(value == 1);
  auto [name, same] = machine.mutable_(&Machine::name)();
  static_assert(std::is_same_v<decltype(name), std::string>);
  CHECK(name == "machine");
  auto [fresh, kept] = next.mutable_(&Machine::renewed)();
  static_assert(std::is_same_v<decltype(fresh), Machine>);
  CHECK(fresh.calls == 0);
  CHECK(kept->calls == 1);
}

TEST_CASE("children in handles are changed through their own mutable_", "[tree][mutable]") {
  Tree machine{Machine{}};
  auto next = machine.mutable_(&Machine::change_child)();
  CHECK(next->child->n->sum() == 5);
  CHECK(machine->child->n->sum() == 0);
}

TEST_CASE("a method that throws changes nothing", "[tree][mutable]") {
  Tree machine{Machine{}};
  CHECK_THROWS_AS(machine.mutable_(&Machine::fails)(), ValueError);
  CHECK(machine->calls == 0);
  CHECK_THROWS_AS(mutable_(&Machine::fails)(machine), ValueError);
  CHECK(machine->calls == 0);
}

TEST_CASE("what mutable_ gives can be called again", "[tree][mutable]") {
  Tree counter{Counter{}};
  auto add = mutable_(&Counter::add);
  auto first = add(counter, 1.0f).second;
  auto second = add(first, 2.0f).second;
  CHECK(second->n->sum() == 3);
  auto bound = counter.mutable_(&Counter::add);
  CHECK(bound(1.0f).second->n->sum() == 1);
  CHECK(bound(2.0f).second->n->sum() == 2);
  CHECK(counter->n->sum() == 0);
}

TEST_CASE("plain structs and other layers' handles work as well", "[tree][mutable]") {
  Counter plain;
  auto [sum, next] = mutable_(&Counter::add)(plain, 2.0f);
  static_assert(std::is_same_v<decltype(next), Counter>);
  CHECK(next.n->sum() == 2);
  CHECK(plain.n->sum() == 0);
  auto [result, module] = Module{Counter{}}.eval().mutable_(&Counter::add)(1.0f);
  static_assert(std::is_same_v<decltype(module), Module<Counter>>);
  CHECK_FALSE(module.extra().training);
}
