// expect: copse: a static member of a tree has no operator==
#include "copse/tree.hpp"

struct Bad {
  std::function<int(int)> f;
};

int main() {
  copse::Tree<Bad> tree;
  return static_cast<int>(copse::structure_hash(tree)) + copse::structure_equal(tree, tree);
}
