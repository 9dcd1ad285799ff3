// expect: copse: a field inside of a field: a node has one kind
#include "copse/tree.hpp"

struct Bad {
  copse::State<copse::Node<float>> x;
};

int main() {
  copse::Tree<Bad> tree;
  return static_cast<int>(copse::structure_hash(tree)) + copse::structure_equal(tree, tree);
}
