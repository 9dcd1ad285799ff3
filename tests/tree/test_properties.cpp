// Properties that hold for any tree, checked on random ones.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "catch.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

// Contains itself in every way, so that random values have random shapes.
struct Node3 {
  std::string label;
  int number = 0;
  Parameter weight;
  State<Vec> state;
  LossLog log;
  Vec bare;
  State<float> scalar = 0.0f;
  std::vector<Node3> children;
  std::map<std::string, std::vector<Node3>> named;
  std::unordered_map<int, Vec> numbered;
  std::optional<Tree<Node3>> handle;
  std::shared_ptr<const Node3> shared;
  std::variant<int, Vec, std::pair<Vec, std::vector<Vec>>> choice;
};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  unsigned below(unsigned n) { return static_cast<unsigned>(random_()) % n; }

  Vec vec() {
    if (below(5) == 0) return {};
    std::vector<float> values(1 + below(3));
    for (auto& value : values) value = static_cast<float>(below(100));
    return Vec(std::move(values));
  }

  Node3 node(int depth) {
    Node3 out;
    out.label = std::string(below(4), static_cast<char>('a' + below(26)));
    out.number = static_cast<int>(below(10));
    out.weight = vec();
    if (below(4) == 0) out.weight = out.weight.with_trainable(false);
    out.state = vec();
    out.log = vec();
    out.bare = vec();
    out.scalar = static_cast<float>(below(10));
    if (below(4) == 0) out.scalar = Nothing{};
    for (unsigned i = below(3); i > 0; --i) out.numbered[static_cast<int>(below(100)) - 50] = vec();
    switch (below(3)) {
      case 0:
        out.choice = static_cast<int>(below(5));
        break;
      case 1:
        out.choice = vec();
        break;
      default:
        out.choice = std::pair{vec(), std::vector<Vec>(below(3), vec())};
    }
    if (depth == 0) return out;
    for (unsigned i = below(3); i > 0; --i) out.children.push_back(node(depth - 1));
    for (unsigned i = below(2); i > 0; --i) {
      std::string key(below(3), ".[\"ab"[below(5)]);
      out.named[key].push_back(node(depth - 1));
    }
    if (below(2) == 0) out.handle = Tree{node(depth - 1)};
    if (below(2) == 0) out.shared = std::make_shared<const Node3>(node(depth - 1));
    return out;
  }

 private:
  std::mt19937 random_;
};

template <class F>
void for_random_trees(F f) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    INFO("seed " << seed);
    Generator generator(seed);
    f(Tree{generator.node(3)}, generator);
  }
}

auto add_one = [](const auto& x) {
  return std::remove_cvref_t<decltype(x)>(x + std::remove_cvref_t<decltype(x)>(1));
};

}  // namespace

TEST_CASE("flatten and unflatten are inverse", "[tree][properties]") {
  for_random_trees([](const Tree<Node3>& tree, Generator&) {
    auto [list, def] = flatten(tree);
    REQUIRE(list.size() == count_leaves(tree));
    auto back = unflatten(def, list);
    REQUIRE(back == tree);
    REQUIRE(hash(back) == hash(tree));
    auto [again, def2] = flatten(back);
    REQUIRE(def == def2);
    REQUIRE(hash(def) == hash(def2));
    REQUIRE(again.size() == list.size());
  });
}

TEST_CASE("what a filter takes apart merge puts together", "[tree][properties]") {
  for_random_trees([](const Tree<Node3>& tree, Generator& generator) {
    REQUIRE(merge(filter<Parameter>(tree), filter<Not<Parameter>>(tree)) == tree);
    REQUIRE(merge(filter<Not<StateKind>>(tree)) == filter<Not<StateKind>>(tree));
    std::map<std::string, bool> chosen;
    auto [some, others] = partition(tree, [&](const FieldInfo& info) {
      return chosen.emplace(info.path, generator.below(2) == 0).first->second;
    });
    REQUIRE(count_leaves(some) + count_leaves(others) == count_leaves(tree));
    REQUIRE(merge(some, others) == tree);
    REQUIRE(merge(others, some) == tree);
    REQUIRE(merge(tree, some) == tree);
    REQUIRE(filter<Parameter>(filter<Parameter>(tree)) == filter<Parameter>(tree));
    REQUIRE(filter<AnyOf<Parameter, StateKind, LossLog, NoKind>>(tree) == tree);
  });
}

TEST_CASE("what replace writes is read back, and nothing else changes", "[tree][properties]") {
  for_random_trees([](const Tree<Node3>& tree, Generator& generator) {
    auto before = leaves_with_path(tree);
    if (before.empty()) return;
    const auto& [info, leaf] = before[generator.below(static_cast<unsigned>(before.size()))];
    INFO(info.path);
    auto replaced = tree.replace(info.path, 1000.0f);
    auto after = leaves_with_path(replaced);
    REQUIRE(after.size() == before.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      REQUIRE(after[i].first.path == before[i].first.path);
      bool here = after[i].first.path == info.path;
      std::visit(
          [&]<class L>(const L& value) {
            if constexpr (std::is_same_v<L, float>) {
              REQUIRE((here ? value == 1000.0f : value == std::get<float>(before[i].second)));
            } else {
              REQUIRE((here ? value.sum() == 1000.0f
                            : value.values() == std::get<Vec>(before[i].second).values()));
            }
          },
          after[i].second);
    }
    REQUIRE(structure_equal(replaced, tree));
    REQUIRE(leaves_with_path(tree).size() == before.size());
  });
}

TEST_CASE("paths are unique and lead to their leaves", "[tree][properties]") {
  for_random_trees([](const Tree<Node3>& tree, Generator&) {
    REQUIRE_NOTHROW(require_unique_paths(tree));
    for (const auto& [info, leaf] : leaves_with_path(tree)) {
      INFO(info.path);
      REQUIRE_NOTHROW(tree.replace(info.path, 1.0f));
      REQUIRE_THROWS_AS(tree.replace(info.path + ".nowhere", 1.0f), TreeError);
    }
  });
}

TEST_CASE("map keeps structure and composes", "[tree][properties]") {
  for_random_trees([](const Tree<Node3>& tree, Generator&) {
    auto once = map(add_one, tree);
    REQUIRE(structure_equal(once, tree));
    REQUIRE(structure_hash(once) == structure_hash(tree));
    REQUIRE(!first_difference(once, tree));
    auto twice = map(add_one, once);
    auto both = map([](const auto& x) { return add_one(add_one(x)); }, tree);
    REQUIRE(twice == both);
    REQUIRE(map([](const auto& x, const auto&) { return x; }, tree, once) == tree);
    REQUIRE(map_with_path([](const FieldInfo&, const auto& x) { return add_one(x); }, tree) == once);
  });
}

TEST_CASE("equality, hashes and differences agree", "[tree][properties]") {
  std::vector<Tree<Node3>> all;
  for_random_trees([&](const Tree<Node3>& tree, Generator&) { all.push_back(tree); });
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      bool same = structure_equal(all[i], all[j]);
      REQUIRE(same == !first_difference(all[i], all[j]).has_value());
      if (same) REQUIRE(structure_hash(all[i]) == structure_hash(all[j]));
      REQUIRE((i == j) == (all[i] == all[j]));
      REQUIRE((flatten(all[i]).second == flatten(all[j]).second) == same);
    }
  }
}
