// expect: copse: a struct in a tree has a base class with data
#include "copse/tree.hpp"

struct Base {
  int x = 0;
};
struct Bad : Base {
  int y = 0;
};

int main() {
  copse::Tree<Bad> tree;
  return static_cast<int>(copse::structure_hash(tree)) + copse::structure_equal(tree, tree);
}
