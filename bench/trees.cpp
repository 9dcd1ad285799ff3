// Items on trees alone: what every step pays before any arithmetic.
#include "copse/copse.hpp"
#include "item.hpp"

namespace bench {
namespace {

using namespace copse;

struct Layer {
  Parameter kernel = Array(1.0f), bias = Array(0.0f);
};
struct Block {
  std::vector<Layer> layers = std::vector<Layer>(5);
};
struct Encoder {
  std::vector<Block> blocks = std::vector<Block>(10);
  Layer last;
};
struct Network {
  std::vector<Encoder> encoders = std::vector<Encoder>(10);
  Encoder head{.blocks = {}, .last = {}};
};

// 1,000 leaves in a tree of four levels as a list of leaves and a structure.
Bench flatten_1k() {
  Network network;
  for (Encoder& e : network.encoders) e.last = {};
  const auto tree = std::make_shared<const Tree<Network>>(network);
  return {[] {},
          [=](int calls) {
            for (int i = 0; i < calls; ++i) (void)flatten(*tree);
          },
          [=] { return std::vector<double>{static_cast<double>(leaves(*tree).size())}; }};
}

// A new tree with one array changed at the end of a path of three members.
Bench replace_3() {
  const auto tree = std::make_shared<Tree<Network>>(Network{.encoders = {}});
  const Array value = 2.0f;
  return {[] {},
          [=](int calls) {
            for (int i = 0; i < calls; ++i)
              *tree = tree->replace<&Network::head, &Encoder::last, &Layer::bias>(value);
          },
          [=] {
            const auto changed = tree->replace<&Network::head, &Encoder::last, &Layer::bias>(value);
            return std::vector<double>{changed->head.last.bias->item<double>()};
          }};
}

}  // namespace

std::vector<Item> tree_items() {
  return {{"tree_flatten_1k", {1022}, {0}, [] { return flatten_1k(); }},
          {"tree_replace_3", {2}, {0}, [] { return replace_3(); }}};
}

}  // namespace bench
