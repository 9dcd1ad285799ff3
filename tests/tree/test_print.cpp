// Trees as text.
#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "catch.hpp"
#include "handles.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

enum class Mode { fast, slow };

struct Options {
  float rate = 0.1f;
  std::string name = "say \"x\"";
};

struct Sample {
  std::string label = "sample";
  int count = 3;
  Options options;
  Mode mode = Mode::slow;
  Linear linear;
  std::vector<Counter> counters = {Counter{}};
  std::vector<Vec> none_at_all;
  std::map<std::string, Vec> map = {{"key", Vec(std::vector<float>(1000, 0.0f))}};
  std::tuple<Vec, bool> tuple = {Vec{}, true};
  std::optional<Vec> empty;
  State<float> rate = 0.5f;
  int _hidden = 1;
  int also_hidden_ = 2;
};

const std::string sample_text =
    R"(Sample {
    label: "sample",
    count: 3,
    options: Options{rate: 0.1, name: "say \"x\""},
    mode: Mode(1),
    linear: Linear {
        kernel: Vec((3,), float32),                    Parameter    12 B
        bias: Vec((1,), float32),                      Parameter     4 B
        units: 3,
    },
    counters: vector [
        Counter {
            n: Vec((1,), float32),                     State         4 B
        },
    ],
    none_at_all: vector [],
    map: map {
        "key": Vec((1000,), float32),                             4.0 KB
    },
    tuple: tuple [
        Nothing,
        true,
    ],
    empty: none,
    rate: 0.5,                                         State         4 B
})";

struct Deep {
  std::vector<std::vector<Linear>> stages = std::vector<std::vector<Linear>>(10, std::vector<Linear>(10));
};

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string without_codes(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b')
      i = text.find('m', i);
    else
      out += text[i];
  }
  return out;
}

}  // namespace

TEST_CASE("a tree prints one field on a line", "[tree][print]") {
  Tree tree{Sample{}};
  CHECK(to_string(tree) == sample_text);
  CHECK(to_string(*tree) == sample_text);
  std::ostringstream out;
  out << tree;
  CHECK(out.str() == sample_text);
}

TEST_CASE("colours change nothing but colours", "[tree][print]") {
  Tree tree{Sample{}};
  auto colored = to_string(tree, {.color = true});
  CHECK(colored != sample_text);
  CHECK(without_codes(colored) == sample_text);
}

TEST_CASE("static and private fields can be left out or shown", "[tree][print]") {
  Tree tree{Sample{}};
  auto nodes = to_string(tree, {.static_fields = false});
  CHECK(nodes.find("label") == std::string::npos);
  CHECK(nodes.find("kernel") != std::string::npos);
  CHECK(sample_text.find("hidden") == std::string::npos);
  auto all = to_string(tree, {.private_fields = true});
  CHECK(all.find("_hidden: 1") != std::string::npos);
  CHECK(all.find("also_hidden_: 2") != std::string::npos);
  CHECK(to_string(tree, {.sizes = false}).find("12 B") == std::string::npos);
}

TEST_CASE("a model of a hundred layers stays readable", "[tree][print]") {
  Tree deep{Deep{}};
  auto lines = lines_of(to_string(deep));
  CHECK(lines.size() == 2 + 2 + 10 * (2 + 10 * 5));
  std::size_t column = lines[4].find("Parameter");
  for (const auto& line : lines) {
    auto at = line.find("Parameter");
    if (at != std::string::npos) CHECK(at == column);
    CHECK(line.size() < 80);
  }
  auto folded = lines_of(to_string(deep, {.depth = 2}));
  CHECK(folded.size() == 14);
  CHECK(folded[2].find("vector [...],") != std::string::npos);
  CHECK(folded[2].find("20 leaves  160 B") != std::string::npos);
  CHECK(lines_of(to_string(deep, {.depth = 0})).size() == 1);
}

TEST_CASE("frozen parameters and filtered leaves are marked", "[tree][print]") {
  Tree tree{Linear{}};
  CHECK(to_string(with_trainable(tree, false)).find("Parameter (frozen)") != std::string::npos);
  CHECK(to_string(filter<State>(tree)).find("kernel: Nothing,") != std::string::npos);
}

TEST_CASE("small things print, too", "[tree][print]") {
  struct Empty {};
  CHECK(to_string(Tree{Empty{}}) == "Empty{}");
  CHECK(to_string(Vec(1)) == "Vec((1,), float32)    4 B");
  CHECK(to_string(Tree{std::vector<Vec>{}}) == "vector []");
  std::ostringstream out;
  out << State<float>(0.25f) << ' ' << Static<int>(3) << ' ' << Nothing{};
  CHECK(out.str() == "0.25 3 Nothing");
}

TEST_CASE("sizes are in decimal units", "[tree][print]") {
  using tree_detail::size_text;
  CHECK(size_text(0) == "0 B");
  CHECK(size_text(999) == "999 B");
  CHECK(size_text(1000) == "1.0 KB");
  CHECK(size_text(2'500'000) == "2.5 MB");
  CHECK(size_text(7'000'000'000) == "7.0 GB");
}
