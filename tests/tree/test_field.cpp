// Fields read like their values.
#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

struct EmaKind : StateKind {};
template <class T>
using Ema = Field<EmaKind, T>;

float takes_reference(const Vec& v) { return v.sum(); }

static_assert(std::is_convertible_v<float, Parameter> && std::is_convertible_v<Vec, Parameter>);
static_assert(!std::is_convertible_v<std::string, Parameter> &&
              !std::is_constructible_v<Parameter, std::string>);
static_assert(std::is_convertible_v<Parameter, const Vec&>);
static_assert(std::is_nothrow_move_constructible_v<Parameter> && std::is_copy_constructible_v<Parameter>);
static_assert(std::is_assignable_v<Parameter&, float> && !std::is_assignable_v<const Parameter&, float>);
static_assert(!std::is_assignable_v<const State<float>&, float>);
static_assert(sizeof(State<Vec>) == sizeof(Vec));  // no flag where the value itself can be Nothing
static_assert(Parameter::has_trainable_flag && !BatchStat::has_trainable_flag &&
              !Ema<float>::has_trainable_flag);
static_assert(State<float>::has_nothing_flag && !State<Vec>::has_nothing_flag);

}  // namespace

TEST_CASE("a field is made from what its value is made from", "[tree][field]") {
  State<Vec> a = 1.5f;
  State<Vec> b = Vec({1, 2});
  State<float> c = 3;
  State<std::string> d = "text";
  State<std::optional<int>> e = 4;
  const Parameter from_other_kind = b;
  CHECK(a->sum() == 1.5f);
  CHECK(b->sum() == 3);
  CHECK(c == 3.0f);
  CHECK(d->size() == 4);
  CHECK(**e == 4);
  CHECK(from_other_kind->sum() == 3);
  CHECK(takes_reference(b) == 3);
}

TEST_CASE("a field takes part in its value's arithmetic", "[tree][field]") {
  State<Vec> a = 2.0f;
  Parameter b = Vec({1, 2});
  CHECK((a + b).sum() == 7);
  CHECK((a * Vec(3)).sum() == 6);
  a = a + b;
  CHECK(a->sum() == 7);
  State<float> x = 2;
  CHECK(x * 2 + 1 == 5);
  x += 3;
  x *= 2;
  x -= 1;
  x /= 3;
  CHECK(x == 3.0f);
  CHECK(x < 4);
  State<std::vector<int>> list;
  list->push_back(1);
  (*list).push_back(2);
  CHECK(list->size() == 2);
  State<std::function<int(int)>> call = [](int i) { return i + 1; };
  CHECK(call(2) == 3);
}

TEST_CASE("a field is Nothing until it gets a value", "[tree][field]") {
  Parameter parameter;
  CHECK(is_nothing(parameter));
  parameter = 1.0f;
  CHECK_FALSE(is_nothing(parameter));
  parameter = Nothing{};
  CHECK(is_nothing(parameter));

  State<float> state = 2.0f;
  state = Nothing{};
  CHECK(is_nothing(state));
  CHECK(message([&] { (void)(state + 1.0f); }).find("is Nothing") != std::string::npos);
  CHECK_THROWS_AS(*state, TreeError);
  state = 1.0f;
  CHECK(state == 1.0f);
  Node<float> made = Nothing{};
  CHECK(is_nothing(made));
  State<float> by_default;
  CHECK_FALSE(is_nothing(by_default));
}

TEST_CASE("a parameter keeps its flag when it gets a value", "[tree][field]") {
  Parameter parameter = 1.0f;
  CHECK(parameter.trainable());
  auto frozen = parameter.with_trainable(false);
  CHECK_FALSE(frozen.trainable());
  CHECK(parameter.trainable());
  CHECK_FALSE(frozen == parameter);
  frozen = 2.0f;
  CHECK_FALSE(frozen.trainable());
  CHECK(frozen->sum() == 2);
  Parameter copy = frozen;
  CHECK_FALSE(copy.trainable());
  copy = parameter;
  CHECK(copy.trainable());
}

TEST_CASE("fields compare as fields, and with values as values", "[tree][field]") {
  State<float> a = 1, b = 1, c = 2;
  CHECK(a == b);
  CHECK(a != c);
  CHECK(a == 1.0f);
  CHECK(2.0f == c);
  CHECK((Parameter(1.0f) == Parameter(1.0f)));
  CHECK((Parameter(1.0f) != Parameter(2.0f)));
  CHECK((Parameter() == Parameter()));
  CHECK((Parameter() != Parameter(1.0f)));
  State<std::string> text = std::string("x");
  CHECK(text == std::string("x"));
  CHECK(text == "x");
}

TEST_CASE("a Static reads like its value and is no node", "[tree][field]") {
  struct Holder {
    Static<Vec> constant = Vec({1, 2});
    Static<float> rate = 0.5;
    Vec leaf = 1.0f;
  };
  Holder holder;
  CHECK(holder.constant->sum() == 3);
  CHECK(holder.rate * 2 == 1.0f);
  holder.rate = 2;
  CHECK(*holder.rate == 2.0f);
  CHECK((holder.constant + holder.leaf).sum() == 5);

  Tree tree{Holder{}};
  CHECK(leaves(tree).size() == 1);
  // Its value belongs to the structure.
  auto other = tree.replace<&Holder::constant>(Vec({1, 3}));
  CHECK_FALSE(structure_equal(tree, other));
  CHECK(first_difference(tree, other)->path == "constant");
  CHECK(structure_equal(tree, tree.replace<&Holder::leaf>(7.0f)));
  Static deduced{3};
  static_assert(std::same_as<decltype(deduced), Static<int>>);
}

TEST_CASE("a field of a container gives its kind to the leaves in it", "[tree][field]") {
  struct Holder {
    Field<ParameterKind, std::vector<Vec>> weights = std::vector<Vec>{1.0f, 2.0f};
    State<std::vector<Counter>> counters = std::vector<Counter>{Counter{}};
    State<Linear> inner = Linear{};  // its members know their kinds
    Ema<Vec> average = 3.0f;
  };
  Tree tree{Holder{}};
  CHECK(paths(filter<Parameter>(tree)) ==
        std::vector<std::string>{"weights.0", "weights.1", "inner.kernel", "inner.bias"});
  CHECK(paths(filter<State>(tree)) == std::vector<std::string>{"counters.0.n", "average"});
  CHECK(paths(filter<Ema>(tree)) == std::vector<std::string>{"average"});
  CHECK(paths(filter<EmaKind>(tree)) == std::vector<std::string>{"average"});
  for (const auto& [info, leaf] : leaves_with_path(tree)) {
    CHECK(info.trainable == info.is<ParameterKind>());
  }
  CHECK_FALSE(is_nothing(tree->weights));
  CHECK(is_nothing(filter<State>(tree)->weights));
}
