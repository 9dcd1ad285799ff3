// Bad input: each has its own clear error. What a compiler refuses stands in must_not_compile.
#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <unordered_map>
#include <vector>

#include "catch.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

struct Link {
  Vec value = 1.0f;
  mutable std::shared_ptr<const Link> next;
};

struct Ring {
  Ring() : first(std::make_shared<const Link>()), second(std::make_shared<const Link>()) {
    first->next = second;
    second->next = first;
  }
  ~Ring() { second->next = nullptr; }
  Ring(const Ring&) = delete;
  std::shared_ptr<const Link> first, second;
};

struct Key {
  int id;
  friend bool operator<(const Key& a, const Key& b) { return a.id < b.id; }
  friend std::ostream& operator<<(std::ostream& out, const Key&) { return out << "a key"; }
};

}  // namespace

TEST_CASE("cycles through shared_ptr are errors, not endless", "[tree][errors]") {
  Ring ring;
  std::string expected =
      "tree: a std::shared_ptr leads back to the Link that contains it: trees have no cycles";
  auto tree = ring.first;
  CHECK(message([&] { (void)leaves(tree); }) == expected);
  CHECK(message([&] { (void)hash(tree); }) == expected);
  CHECK(message([&] { (void)structure_equal(*ring.first, *ring.second); }) == expected);
  CHECK(message([&] { (void)map([](const Vec& v) { return v; }, tree); }) == expected);
  CHECK(message([&] { (void)filter<Parameter>(tree); }) == expected);
  CHECK(message([&] { (void)flatten(tree); }) == expected);
  CHECK(message([&] { (void)to_string(tree); }) == expected);
  CHECK(message([&] { (void)to_dict(tree); }) == expected);
  CHECK(message([&] { (void)leaves_with_path(tree); }) == expected);
  // The failure left nothing behind.
  Link alone;
  CHECK(leaves(alone).size() == 1);
}

TEST_CASE("the same value in two places is no cycle", "[tree][errors]") {
  auto shared = std::make_shared<const Link>();
  std::vector<std::shared_ptr<const Link>> twice = {shared, shared};
  CHECK(leaves(twice).size() == 2);
  auto list = shared;
  for (int i = 0; i < 500; ++i) {
    auto longer = std::make_shared<Link>();
    longer->next = list;
    list = longer;
  }
  CHECK(leaves(list).size() == 501);
  // Trees do not alias: what was shared becomes two parts that are changed separately.
  auto mapped = map([](const Vec& v) { return v + v; }, twice);
  CHECK(mapped[0] != mapped[1]);
  CHECK(mapped[0]->value.sum() == 2);
}

TEST_CASE("chains too long to be meant are refused", "[tree][errors]") {
  auto list = std::make_shared<const Link>();
  std::vector<std::shared_ptr<const Link>> keep = {list};
  for (int i = 0; i < 2100; ++i) {
    auto longer = std::make_shared<Link>();
    longer->next = list;
    list = longer;
    keep.push_back(list);
  }
  CHECK(message([&] { (void)count_leaves(list); }) ==
        "tree: more than 2000 std::shared_ptr to Link inside of each other");
}

TEST_CASE("entries of the same name are refused where names must be unique", "[tree][errors]") {
  std::map<Key, Vec> same = {{Key{1}, 1.0f}, {Key{2}, 2.0f}};
  CHECK(leaves(same).size() == 2);
  CHECK(message([&] { (void)to_dict(same); }).find("twice") != std::string::npos);
  CHECK(message([&] { require_unique_paths(same); }).find("twice") != std::string::npos);
  Tree net{Net{}};
  CHECK_NOTHROW(require_unique_paths(net));
}

TEST_CASE("keys that look like paths are quoted", "[tree][errors]") {
  std::map<std::string, std::vector<Vec>> map = {{"a.0", {1}}, {"a", {2}}, {"[b]", {3}}};
  CHECK(paths(map) == std::vector<std::string>{"[\"[b]\"].0", "a.0", "[\"a.0\"].0"});
  CHECK_NOTHROW(require_unique_paths(map));
  CHECK(replace(map, "[\"a.0\"].0", 9.0f).at("a.0")[0].sum() == 9);
}

TEST_CASE("keys of any characters have paths on one line that lead to them", "[tree][errors]") {
  std::map<std::string, Vec> map = {{"", 1},    {"a\nb", 1}, {"\x1b[31m", 1}, {"\\n", 1}, {"\\x41", 1},
                                    {"\"]", 1}, {"\x7f", 1}, {"\tä", 1},      {"ä", 1},   {"a b", 1}};
  CHECK_NOTHROW(require_unique_paths(map));
  for (const auto& [key, value] : map) {
    auto changed = map;
    changed[key] = 2.0f;
    auto found = leaves_with_path(map);
    auto index = static_cast<std::size_t>(std::distance(map.begin(), map.find(key)));
    const std::string& path = found[index].first.path;
    INFO(path);
    CHECK(std::none_of(path.begin(), path.end(), [](unsigned char c) { return c < 32 || c == 127; }));
    if (!key.empty()) CHECK(Tree{replace(map, path, 2.0f)} == Tree{changed});
  }
  CHECK(paths(std::map<std::string, Vec>{{"a\nb", 1}, {"\x1b[31m", 1}}) ==
        std::vector<std::string>{"[\"\\x1b[31m\"]", "[\"a\\nb\"]"});
}

TEST_CASE("structures and values compared by identity throw when they have been moved from",
          "[tree][errors]") {
  auto [list, def] = flatten(std::vector<Vec>{Vec(1), Vec(2)});
  auto other = std::move(def);
  CHECK_THROWS_AS(unflatten(def, list), TreeError);
  CHECK_THROWS_AS(def.size(), TreeError);
  CHECK_THROWS_AS(def.skeleton(), TreeError);
  CHECK(def.hash() == 0);
  CHECK_FALSE(def == other);
  CHECK(unflatten(other, list).size() == 2);
  def = other;
  CHECK(def.size() == 2);

  Hashable<std::function<int(int)>> twice = [](int i) { return 2 * i; };
  const auto moved = std::move(twice);
  CHECK_THROWS_AS(twice(3), TreeError);
  CHECK_THROWS_AS(twice.get(), TreeError);
  CHECK(moved(3) == 6);
  CHECK_FALSE(twice == moved);
}
