// expect: copse: a Static inside of a field: it is either static or a node
#include "copse/tree.hpp"

struct Bad {
  copse::State<copse::Static<float>> x;
};

int main() {
  copse::Tree<Bad> tree;
  return static_cast<int>(copse::structure_hash(tree)) + copse::structure_equal(tree, tree);
}
