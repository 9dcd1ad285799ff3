// Functions whose names the standard library has, too: argument-dependent lookup must not choose its own.
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "catch.hpp"
#include "copse/tree.hpp"
#include "leaves.hpp"

using namespace copse;
using testing_trees::Vec;

namespace {

struct Block {
  int units = 1;
  Node<Vec> scale = Vec(1);
};
const auto widen = [](Block& block) { block.units += 1; };

}  // namespace

TEST_CASE("apply on containers of the standard library is that of trees") {
  const std::vector<Block> blocks(3);
  const auto wider = apply(widen, blocks);
  CHECK((wider.size() == 3 && wider[0].units == 2 && wider[2].units == 2 && blocks[0].units == 1));
  CHECK(apply(widen, std::vector<Block>(2))[1].units == 2);
  std::map<std::string, Block> named{{"first", {}}, {"second", {2}}};
  CHECK(apply(widen, named).at("second").units == 3);
  CHECK(apply(widen, std::optional<Block>{Block{}})->units == 2);
  CHECK(apply(widen, std::make_shared<const Block>())->units == 2);
  CHECK(apply(widen, std::array<Block, 2>{})[1].units == 2);
  CHECK(std::get<1>(apply(widen, std::pair{std::string("name"), Block{}})).units == 2);
  CHECK(std::get<0>(apply(widen, std::tuple{std::vector<Block>(1), 3}))[0].units == 2);
  const std::function<void(Block&)> f = widen;
  CHECK(apply(f, Tree{Block{}})->units == 2);
  CHECK(apply(f, blocks)[0].units == 2);
  // With other trees beside it.
  const auto larger = [](Block& block, const Block& other) { block.units = other.units + 5; };
  CHECK(apply(larger, blocks, blocks)[1].units == 6);
}

TEST_CASE("std::apply keeps what only it has a meaning for") {
  CHECK(apply([](int a, int b) { return a + b; }, std::tuple{1, 2}) == 3);
  CHECK(std::apply([](int a, int b) { return a + b; }, std::array{1, 2}) == 3);
}
