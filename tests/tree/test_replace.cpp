// replace: one place of a tree gets another value.
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

#include "catch.hpp"
#include "leaves.hpp"

using namespace copse;
using namespace testing_trees;

namespace {

struct Options {
  int steps = 1;
  double rate = 0.5;
  bool on = false;
  unsigned char small = 0;
  std::string name = "options";
};

struct Base {
  Vec in_base = 1.0f;
};
class Derived : public Base {
 public:
  static constexpr auto fields() {
    return std::tuple{std::pair{"in_base", &Derived::in_base}, std::pair{"own", &Derived::own}};
  }
  Vec own = 2.0f;
};

struct All {
  Options options;
  Static<Options> fixed;
  std::vector<Linear> sequence = {Linear{}, Linear{}};
  std::array<Vec, 2> array = {Vec(1), Vec(2)};
  std::map<std::string, Linear> map = {
      {"a", Linear{}}, {"b.c", Linear{}}, {"say \"x\"", Linear{}}, {"", Linear{}}};
  std::unordered_map<int, Vec> numbers = {{7, Vec(1)}, {-3, Vec(2)}};
  std::pair<Vec, Linear> pair = {1.0f, Linear{}};
  std::tuple<Vec, int, Linear> tuple = {1.0f, 3, Linear{}};
  std::optional<Linear> engaged = Linear{};
  std::optional<Linear> disengaged;
  std::variant<Linear, Counter> variant = Counter{};
  std::shared_ptr<const Linear> shared = std::make_shared<const Linear>();
  std::shared_ptr<const Linear> null;
  Tree<Linear> handle = Linear{};
  State<Linear> field = Linear{};
  Derived derived;
};

}  // namespace

TEST_CASE("replace by members leads through every kind of holder", "[tree][replace]") {
  Tree all{All{}};
  CHECK(all.replace<&All::options, &Options::steps>(5.0f)->options.steps == 5);
  CHECK(all.replace<&All::fixed, &Options::steps>(5.0f)->fixed->steps == 5);
  CHECK(all.replace<&All::sequence, 1, &Linear::bias>(5.0f)->sequence[1].bias->sum() == 5);
  CHECK(all.replace<&All::array, 1>(5.0f)->array[1].sum() == 5);
  CHECK(std::get<2>(all.replace<&All::tuple, 2, &Linear::units>(5.0f)->tuple).units == 5);
  CHECK(all.replace<&All::pair, 0>(5.0f)->pair.first.sum() == 5);
  CHECK(all.replace<&All::engaged, &Linear::units>(5.0f)->engaged->units == 5);
  CHECK(all.replace<&All::shared, &Linear::units>(5.0f)->shared->units == 5);
  CHECK(all.replace<&All::handle, &Linear::units>(5.0f)->handle->units == 5);
  CHECK(all.replace<&All::field, &Linear::units>(5.0f)->field->units == 5);
  CHECK(all.replace<&All::derived, &Base::in_base>(5.0f)->derived.in_base.sum() == 5);
  CHECK(all.replace<&All::engaged>(std::nullopt)->engaged == std::nullopt);
  CHECK(all.replace<&All::variant>(Linear{})->variant.index() == 0);
  CHECK_THROWS_AS((all.replace<&All::disengaged, &Linear::units>(5.0f)), TreeError);
  CHECK_THROWS_AS((all.replace<&All::null, &Linear::units>(5.0f)), TreeError);
  CHECK_THROWS_AS((all.replace<&All::sequence, 2, &Linear::bias>(5.0f)), TreeError);
  CHECK(all->options.steps == 1);  // nothing of this touched the tree
  CHECK(all == Tree{All{}});
}

TEST_CASE("replace by name leads through every kind of holder", "[tree][replace]") {
  Tree all{All{}};
  CHECK(all.replace("options.steps", 5.0f)->options.steps == 5);
  CHECK(all.replace("fixed.name", "other")->fixed->name == "other");
  CHECK(all.replace("sequence.1.bias", 5.0f)->sequence[1].bias->sum() == 5);
  CHECK(all.replace("array.1", 5.0f)->array[1].sum() == 5);
  CHECK(all.replace("map.a.units", 5.0f)->map.at("a").units == 5);
  CHECK(all.replace("map[\"b.c\"].units", 5.0f)->map.at("b.c").units == 5);
  CHECK(all.replace("map[\"say \\\"x\\\"\"].units", 5.0f)->map.at("say \"x\"").units == 5);
  CHECK(all.replace("map[\"\"].units", 5.0f)->map.at("").units == 5);
  CHECK(all.replace("map[\"a\"].units", 5.0f)->map.at("a").units == 5);
  CHECK(all.replace("numbers.-3", 5.0f)->numbers.at(-3).sum() == 5);
  CHECK(all.replace("pair.1.units", 5.0f)->pair.second.units == 5);
  CHECK(std::get<1>(all.replace("tuple.1", 5.0f)->tuple) == 5);
  CHECK(all.replace("engaged.units", 5.0f)->engaged->units == 5);
  CHECK(std::get<Counter>(all.replace("variant.n", 5.0f)->variant).n->sum() == 5);
  CHECK(all.replace("shared.units", 5.0f)->shared->units == 5);
  CHECK(all.replace("handle.units", 5.0f)->handle->units == 5);
  CHECK(all.replace("field.units", 5.0f)->field->units == 5);
  CHECK(all.replace("derived.own", 5.0f)->derived.own.sum() == 5);
  CHECK(all.replace("engaged", std::optional<Linear>{})->engaged == std::nullopt);
  CHECK(all.replace("disengaged", Linear{})->disengaged.has_value());
  CHECK(all.replace("handle", Linear{.units = 9})->handle->units == 9);
  CHECK(all.replace("handle", Tree{Linear{.units = 9}})->handle->units == 9);
  CHECK(all.replace("options", Options{.steps = 9})->options.steps == 9);
  CHECK(replace(all, "options.steps", 6)->options.steps == 6);
  CHECK(all == Tree{All{}});
}

TEST_CASE("every path that leaves report can be replaced", "[tree][replace]") {
  Tree all{All{}};
  for (const auto& path : paths(all)) {
    INFO(path);
    auto replaced = all.replace(path, Vec(77));
    int changed = 0;
    for (const auto& [info, leaf] : leaves_with_path(replaced)) {
      if (leaf.sum() != 77) continue;
      ++changed;
      CHECK(info.path == path);
    }
    CHECK(changed == 1);
  }
}

TEST_CASE("a path that is not there says how far it goes", "[tree][replace]") {
  Tree all{All{}};
  auto error = [&](std::string_view path) { return message([&] { (void)all.replace(path, 1.0f); }); };
  CHECK(error("sequence.1.kernle") ==
        "replace: there is no \"sequence.1.kernle\": \"sequence.1\" is a Linear with the members kernel, "
        "bias, units");
  CHECK(error("sequence.5.kernel") ==
        "replace: there is no \"sequence.5.kernel\": \"sequence\" is a sequence of 2");
  CHECK(error("sequence.first").find("\"sequence\" is a sequence of 2") != std::string::npos);
  CHECK(error("map.z.bias").find("\"map\" is a map with the keys \"\", \"a\", \"b.c\"") != std::string::npos);
  CHECK(error("tuple.3").find("\"tuple\" is a tuple of 3") != std::string::npos);
  CHECK(error("disengaged.bias").find("\"disengaged\" is none") != std::string::npos);
  CHECK(error("null.bias").find("\"null\" is none") != std::string::npos);
  CHECK(error("variant.kernel").find("\"variant\"") != std::string::npos);
  CHECK(error("options.steps.x").find("\"options.steps\" is an int") != std::string::npos);
  CHECK(error("nothing").find("the root is an All with the members options") != std::string::npos);
  CHECK(error("").find("the path is empty") != std::string::npos);
  CHECK(error("options.").find("there is no") != std::string::npos);
  CHECK(error(".options").find("there is no") != std::string::npos);
  CHECK(error("options..steps").find("there is no") != std::string::npos);
  CHECK(error("map[\"a").find("there is no") != std::string::npos);
  CHECK(error("map[a]").find("there is no") != std::string::npos);
}

TEST_CASE("a value that does not fit is refused", "[tree][replace]") {
  Tree all{All{}};
  CHECK(message([&] { (void)all.replace("options.name", 1.0f); }) ==
        "replace: \"options.name\" is a string, which does not take the float 1.0");
  CHECK(message([&] { (void)all.replace("options.steps", 1.5); }) ==
        "replace: \"options.steps\" is an int, which does not take the double 1.5");
  CHECK(message([&] { (void)all.replace("options.small", 256); }).find("does not take the int 256") !=
        std::string::npos);
  CHECK(message([&] { (void)all.replace("options.on", "yes"); }).find("does not take the string \"yes\"") !=
        std::string::npos);
  CHECK_THROWS_AS(all.replace("options.small", -1), TreeError);
  CHECK_THROWS_AS(all.replace("options.steps", 1e300), TreeError);
  CHECK_THROWS_AS(all.replace("options.steps", std::numeric_limits<double>::quiet_NaN()), TreeError);
  CHECK_THROWS_AS(all.replace("sequence", Linear{}), TreeError);
  CHECK_THROWS_AS(all.replace("engaged.kernel", std::string("text")), TreeError);
  CHECK(all.replace("options.steps", 2.0)->options.steps == 2);
  CHECK(all.replace("options.rate", 2)->options.rate == 2.0);
  CHECK(all.replace("options.small", 255)->options.small == 255);
  CHECK(all.replace("options.on", true)->options.on);
}

TEST_CASE("leaves can be replaced by Nothing", "[tree][replace]") {
  Tree net{Net{}};
  auto without = net.replace<&Net::encoder, &Linear::bias>(Nothing{});
  CHECK(is_nothing(without->encoder.bias));
  CHECK(without == net.replace("encoder.bias", Nothing{}));
  CHECK(leaves(without).size() == leaves(net).size() - 1);
  CHECK(without.replace("encoder.bias", 0.5f) == net);
  CHECK_THROWS_AS(net.replace("label", Nothing{}), TreeError);
}

TEST_CASE("replace works on plain values, too", "[tree][replace]") {
  Net net;
  CHECK(replace<&Net::label>(net, "other").label == "other");
  CHECK(replace(net, "encoder.units", 4).encoder.units == 4);
  std::vector<Linear> list(3);
  CHECK(replace(list, "2.units", 4)[2].units == 4);
  CHECK(net.encoder.units == 3);
}

TEST_CASE("a path of members leads through a variant that holds what has them", "[tree][replace]") {
  struct Holder {
    std::variant<Linear, Tree<Counter>, int> either = Linear{};
    std::optional<std::variant<std::monostate, std::vector<Linear>>> list = std::vector<Linear>(2);
  };
  Tree tree{Holder{}};
  CHECK(std::get<Linear>(tree.replace<&Holder::either, &Linear::units>(9)->either).units == 9);
  auto counting = tree.replace<&Holder::either>(Tree{Counter{}});
  CHECK(std::get<Tree<Counter>>(counting.replace<&Holder::either, &Counter::n>(2.0f)->either)->n->sum() == 2);
  auto second = tree.replace<&Holder::list, 1, &Linear::units>(5);
  CHECK(std::get<std::vector<Linear>>(*second->list)[1].units == 5);
  CHECK(message([&] { (void)counting.replace<&Holder::either, &Linear::units>(9); }) ==
        "replace: the path leads through a variant that holds a Tree, which does not have the member");
  CHECK(message([&] {
          (void)tree.replace<&Holder::either>(3).replace<&Holder::either, &Linear::units>(9);
        }) == "replace: the path leads through a variant that holds an int, which does not have the member");
}
