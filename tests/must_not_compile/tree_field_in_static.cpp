// expect: copse: a field inside of a Static: it is either static or a node
#include "copse/tree.hpp"

struct Bad {
  copse::Static<copse::State<float>> x;
};

int main() {
  copse::Tree<Bad> tree;
  return static_cast<int>(copse::structure_hash(tree)) + copse::structure_equal(tree, tree);
}
