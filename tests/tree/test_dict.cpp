// Trees as nested dictionaries.
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "catch.hpp"
#include "handles.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

struct Sample {
  std::string label = "sample";
  int count = 3;
  double rate = 0.5;
  bool on = true;
  Linear linear;
  std::vector<Counter> counters = {Counter{}, Counter{}};
  std::map<std::string, Vec> map = {{"key", 1}};
  std::tuple<Vec, std::string> tuple = {Vec{}, "x"};
  std::optional<Vec> empty;
  std::vector<int> sizes = {1, 2};
  int hidden_ = 5;
};

}  // namespace

TEST_CASE("a tree becomes a dictionary of plain values", "[tree][dict]") {
  Tree tree{Sample{}};
  auto dict = to_dict(tree);
  CHECK(dict.size() == 10);
  CHECK(dict["label"].as<std::string>() == "sample");
  CHECK(dict["count"].as<std::int64_t>() == 3);
  CHECK(dict["rate"].as<double>() == 0.5);
  CHECK(dict["on"].as<bool>());
  const auto& kernel = dict["linear"]["kernel"].as<DictLeaf>();
  CHECK(kernel.as<Vec>().sum() == 6);
  CHECK(kernel.kind == "Parameter");
  CHECK(kernel.dtype == "float32");
  CHECK(kernel.shape == "(3,)");
  CHECK(dict["counters"][1]["n"].is<DictLeaf>());
  CHECK(dict["map"]["key"].is<DictLeaf>());
  CHECK(dict["tuple"][0].as<DictLeaf>().text == "Nothing");
  CHECK(dict["tuple"][1].as<std::string>() == "x");
  CHECK(dict["empty"].is_none());
  CHECK(dict["sizes"][1].as<std::int64_t>() == 2);
  CHECK_FALSE(dict.contains("hidden_"));
  std::vector<std::string> keys;
  for (const auto& [key, value] : dict) keys.push_back(key);
  CHECK(keys.front() == "label");
}

TEST_CASE("a dictionary holds what is asked for", "[tree][dict]") {
  Tree tree{Sample{}};
  auto nodes = to_dict(tree, {.static_fields = false});
  CHECK_FALSE(nodes.contains("label"));
  CHECK(nodes.contains("linear"));
  CHECK(to_dict(tree, {.private_fields = true}).contains("hidden_"));
  auto typed = to_dict(tree, {.type_info = true});
  CHECK(typed["__type__"].as<std::string>() == "Sample");
  CHECK(typed["linear"]["__type__"].as<std::string>() == "Linear");
  CHECK(typed["counters"][2].as<std::string>() == "vector");
}

TEST_CASE("a dictionary says what it does not have", "[tree][dict]") {
  auto dict = to_dict(Tree{Sample{}});
  CHECK(message([&] { (void)dict["nowhere"]; }) == "Dict: there is no \"nowhere\"");
  CHECK_THROWS_AS(dict["label"].as<double>(), TreeError);
  CHECK_THROWS_AS(dict["label"]["x"], TreeError);
  CHECK_THROWS_AS(dict["counters"][7], TreeError);
  CHECK_THROWS_AS(dict["linear"]["kernel"].as<DictLeaf>().as<float>(), TreeError);
  CHECK_THROWS_AS(dict["tuple"][0].as<DictLeaf>().as<Vec>(), TreeError);
}

TEST_CASE("trees that are no structs become dictionaries as well", "[tree][dict]") {
  CHECK(to_dict(std::vector<Vec>{1, 2})[""][1].is<DictLeaf>());
  CHECK(to_dict(Vec(1))[""].as<DictLeaf>().as<Vec>().sum() == 1);
  CHECK(to_dict(std::map<std::string, Vec>{{"a", 1}})["a"].is<DictLeaf>());
  CHECK_FALSE(to_dict(Module{Linear{}}.eval())["training"].as<bool>());
}
