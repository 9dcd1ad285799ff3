// Leaf types: what LeafTraits must say, and what it may leave out.
#include <string>
#include <vector>

#include "catch.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

// The least that makes a leaf.
struct Minimal {
  int value = 0;
  friend bool operator==(const Minimal&, const Minimal&) = default;
};

// A leaf although it is a struct with a leaf in it: being a leaf wins.
struct Sealed {
  Vec inside = 1.0f;
};

// A leaf although it is a container.
using Angles = std::vector<double>;

enum class Unit { meter };

}  // namespace

template <>
struct copse::LeafTraits<Minimal> {
  static constexpr bool leaf = true;
};
template <>
struct copse::LeafTraits<Sealed> {
  static constexpr bool leaf = true;
  static bool equal(const Sealed& a, const Sealed& b) { return a.inside.sum() == b.inside.sum(); }
};
template <>
struct copse::LeafTraits<Angles> {
  static constexpr bool leaf = true;
  static bool is_nothing(const Angles& a) { return a.empty(); }
  static void make_nothing(Angles& a) { a.clear(); }
  static std::string text(const Angles& a) { return std::to_string(a.size()) + " angles"; }
};

TEST_CASE("a leaf type needs to say no more than that it is one", "[tree][leaf]") {
  using Ops = leaf_ops<Minimal>;
  static_assert(Leaf<Minimal> && !Leaf<int> && !Ops::has_nothing);
  CHECK(Ops::equal(Minimal{1}, Minimal{1}));
  CHECK_FALSE(Ops::equal(Minimal{1}, Minimal{2}));
  CHECK(Ops::hash(Minimal{1}) == Ops::hash(Minimal{1}));
  CHECK(Ops::dtype(Minimal{}) == "Minimal");
  CHECK(Ops::shape(Minimal{}) == "()");
  CHECK(Ops::bytes(Minimal{}) == sizeof(Minimal));
  CHECK(Ops::text(Minimal{}) == "Minimal((), Minimal)");
  CHECK_FALSE(is_nothing(Minimal{}));

  struct Holder {
    Minimal bare{3};
    Node<Minimal> field = Minimal{4};
  };
  Tree tree{Holder{}};
  REQUIRE(leaves(tree).size() == 2);
  CHECK(leaves(tree)[1].value == 4);
  CHECK(tree == tree.replace<&Holder::bare>(Minimal{3}));
  CHECK_FALSE(tree == tree.replace<&Holder::bare>(Minimal{4}));
}

TEST_CASE("being a leaf wins over being a struct or a container", "[tree][leaf]") {
  struct Holder {
    Sealed sealed;
    Angles angles = {1, 2};
    std::vector<Angles> many = {{1}, {}, {3}};
    std::vector<float> plain = {1, 2};  // static
  };
  Tree tree{Holder{}};
  CHECK(tree == Tree{Holder{}});
  CHECK(paths(tree) == std::vector<std::string>{"sealed", "angles", "many.0", "many.2"});
  CHECK(count_leaves(tree) == 4);
  CHECK(to_string(tree).find("2 angles") != std::string::npos);
}

TEST_CASE("numbers are leaves inside of nodes and fields only", "[tree][leaf]") {
  struct Holder {
    float fixed = 1;
    Node<float> rate = 0.5f;
    State<int> steps = 3;
    Cache<std::vector<int>> seen = std::vector<int>{1, 2};
    Field<LogKind, std::string> note = std::string("note");
    Field<LogKind, Unit> unit;
  };
  Tree tree{Holder{}};
  CHECK(paths(tree) == std::vector<std::string>{"rate", "steps", "seen", "note", "unit"});
  auto rates = filter(tree, [](const FieldInfo& info) { return info.dtype == "float32"; });
  CHECK(paths(rates) == std::vector<std::string>{"rate"});
  auto doubled = map(
      [](const auto& x) {
        if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(x)>>) {
          return x * 2;
        } else {
          return x;
        }
      },
      tree);
  CHECK(doubled->rate == 1.0f);
  CHECK(doubled->steps == 6);
  CHECK(doubled->seen->size() == 2);
}

TEST_CASE("numbers as leaves compare like elements of arrays", "[tree][leaf]") {
  using Ops = leaf_ops<double>;
  double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(Ops::equal(nan, nan));
  CHECK(Ops::equal(0.0, -0.0));
  CHECK(Ops::hash(0.0) == Ops::hash(-0.0));
  CHECK(Ops::dtype(1.0) == "float64");
  CHECK(leaf_ops<float>::dtype(1) == "float32");
  CHECK(leaf_ops<bool>::dtype(true) == "bool");
  CHECK(leaf_ops<std::int64_t>::dtype(1) == "int64");
  CHECK(leaf_ops<std::uint8_t>::dtype(1) == "uint8");
  CHECK(leaf_ops<double>::text(2.0) == "2.0");
  CHECK(leaf_ops<int>::text(2) == "2");
}

TEST_CASE("a tree of truth values is taken apart and put together", "[tree][leaf]") {
  struct Switches {
    Node<bool> first = true, second = false, third = Nothing{};
  };
  Tree tree{Switches{}};
  auto [list, def] = flatten(tree);
  CHECK(list == std::vector<bool>{true, false});
  CHECK(unflatten(def, list) == tree);
  CHECK(unflatten(def, std::vector<bool>{true, true})->second == true);
}

TEST_CASE("a tree may hold leaves of several types", "[tree][leaf]") {
  struct Holder {
    Vec vec = 1.0f;
    Node<float> rate = 0.5f;
    std::vector<Minimal> minimal = {Minimal{7}};
  };
  using Types = std::variant<Vec, float, Minimal>;
  static_assert(std::is_same_v<leaf_type_t<Tree<Holder>>, Types>);
  static_assert(TreeOf<Net, Vec> && !TreeOf<Holder, Vec>);
  Tree tree{Holder{}};
  auto [list, def] = flatten(tree);
  REQUIRE(list.size() == 3);
  CHECK(std::get<float>(list[1]) == 0.5f);
  CHECK(unflatten(def, list) == tree);
  std::swap(list[0], list[1]);
  CHECK(message([&] { (void)unflatten(def, list); }).find("should be a Vec") != std::string::npos);
}
