// expect: copse: a struct in a tree has a C array; use std::array
#include "copse/tree.hpp"

struct Bad {
  float matrix[2][3] = {};
};

int main() {
  copse::Tree<Bad> tree;
  return static_cast<int>(copse::structure_hash(tree)) + copse::structure_equal(tree, tree);
}
