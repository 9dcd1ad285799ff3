// Equality and hashes: of leaves, of structures, of static values.
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

enum class Mode { fast, slow };

struct NoEquality {
  int a = 1;
  std::vector<float> b = {1, 2};
};

struct OwnEquality {
  int counts = 1;
  int ignored = 2;
  friend bool operator==(const OwnEquality& a, const OwnEquality& b) { return a.counts == b.counts; }
};

int twice(int x) { return 2 * x; }
int thrice(int x) { return 3 * x; }

constexpr auto relu = [](float x) { return x > 0 ? x : 0; };

struct Settings {
  float rate = 0.1f;
  std::string name = "n";
  Mode mode = Mode::fast;
  NoEquality plain;
  OwnEquality own;
  std::optional<int> option;
  int (*function)(int) = twice;
  decltype(relu) lambda = relu;
  std::plus<> functor;
  Hashable<std::function<int(int)>> callable = std::function<int(int)>(twice);
  std::map<std::string, NoEquality> configs = {{"a", {}}};
  Vec leaf = 1.0f;
};

}  // namespace

TEST_CASE("handles are equal if their values are", "[tree][structure]") {
  Tree a{Net{}};
  Tree b{Net{}};
  CHECK(a == b);
  CHECK(hash(a) == hash(b));
  CHECK(a == Tree{a});
  CHECK(a != a.replace("encoder.bias", 1.0f));
  CHECK(a != a.replace("label", "x"));
  CHECK(a.replace("encoder.bias", 1.0f) == b.replace("encoder.bias", 1.0f));
  CHECK(hash(a) != hash(a.replace("encoder.bias", 1.0f)));
  CHECK(hash(a) != hash(a.replace("label", "x")));
  CHECK(structure_hash(a) == structure_hash(a.replace("encoder.bias", 1.0f)));
  CHECK(structure_equal(a, a.replace("encoder.bias", 1.0f)));
}

TEST_CASE("statics are compared and hashed by what they are", "[tree][structure]") {
  Tree tree{Settings{}};
  auto same = [&](const auto& other) {
    bool equal = structure_equal(tree, other);
    if (equal) CHECK(structure_hash(tree) == structure_hash(other));
    return equal;
  };
  // A wrapper made separately is another one, copies are the same.
  CHECK_FALSE(same(Tree{Settings{}}));
  CHECK(same(Tree{*tree}));
  CHECK_FALSE(same(tree.replace<&Settings::callable>(std::function<int(int)>(twice))));
  CHECK(tree->callable(4) == 8);

  CHECK_FALSE(same(tree.replace<&Settings::rate>(0.2f)));
  CHECK_FALSE(same(tree.replace<&Settings::name>("other")));
  CHECK_FALSE(same(tree.replace<&Settings::mode>(Mode::slow)));
  CHECK_FALSE(same(tree.replace<&Settings::plain, &NoEquality::a>(2)));
  CHECK_FALSE(same(tree.replace<&Settings::plain, &NoEquality::b, 1>(3.0f)));
  CHECK_FALSE(same(tree.replace<&Settings::own, &OwnEquality::counts>(2)));
  CHECK(same(tree.replace<&Settings::own, &OwnEquality::ignored>(3)));
  CHECK_FALSE(same(tree.replace<&Settings::option>(0)));
  CHECK_FALSE(same(tree.replace<&Settings::function>(thrice)));
  CHECK_FALSE(same(tree.replace("configs.a.a", 5)));
  CHECK(same(tree.replace<&Settings::leaf>(9.0f)));
}

TEST_CASE("floats as statics are equal if they make the same program", "[tree][structure]") {
  Tree tree{Settings{}};
  auto with = [&](float rate) { return tree.replace<&Settings::rate>(rate); };
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(with(nan) == with(nan));
  CHECK(hash(with(nan)) == hash(with(-nan)));
  CHECK(with(nan) == with(-nan));
  CHECK_FALSE(with(0.0f) == with(-0.0f));
  CHECK(with(0.1f) == tree);
}

TEST_CASE("one type, many hashes", "[tree][structure]") {
  Tree net{Net{}};
  std::vector<std::size_t> hashes;
  for (int i = 0; i < 1000; ++i)
    hashes.push_back(structure_hash(net.replace<&Net::encoder, &Linear::units>(i)));
  std::sort(hashes.begin(), hashes.end());
  CHECK(std::unique(hashes.begin(), hashes.end()) == hashes.end());
}

TEST_CASE("a Hashable reads like its value", "[tree][structure]") {
  Hashable<std::string> text = "abc";
  CHECK(text->size() == 3);
  CHECK((*text == "abc"));
  auto copy = text;
  CHECK(copy == text);
  CHECK_FALSE(text == Hashable<std::string>("abc"));
  CHECK(std::hash<Hashable<std::string>>{}(copy) == std::hash<Hashable<std::string>>{}(text));
  int base = 10;
  Hashable lambda{[base](int x) { return base + x; }};
  CHECK(lambda(1) == 11);
}
